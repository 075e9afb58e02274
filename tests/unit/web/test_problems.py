"""Exceptions become problem documents."""

import asyncio
from pathlib import Path

import httpx
import pytest
from litestar import Litestar, get
from litestar.testing import TestClient
from obstore.exceptions import BaseError as StorageError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from activities.common.database import connect
from activities.common.lanes import TooBusyError
from activities.common.metrics import ERRORS
from activities.content.source import (
    BrokenContentError,
    BrokenResponseError,
    ContentSourceError,
    RefusedError,
)
from activities.storage.protocol import StorageUnavailableError
from web.http.problems import problem_response


def database_error(path: Path, statements: list[str]) -> DBAPIError:
    """The exception that the database really raises."""
    database = connect(f"sqlite:///{path}")

    def execute(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    with pytest.raises(DBAPIError) as caught:
        asyncio.run(database.run(execute))
    asyncio.run(database.close())
    return caught.value


def response_to(error: Exception) -> httpx.Response:
    @get("/", sync_to_thread=False)
    def handler() -> None:
        raise error

    app = Litestar([handler], exception_handlers={Exception: problem_response}, logging_config=None)
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/")
    assert "secret" not in response.text
    return response


def status_of(error: Exception) -> tuple[int, str]:
    response = response_to(error)
    return response.status_code, response.json()["code"]


def test_a_full_disk_is_told_apart_from_other_trouble_with_the_database(tmp_path: Path) -> None:
    full = database_error(
        tmp_path / "full.db",
        [
            "PRAGMA max_page_count = 4",
            "CREATE TABLE t (x)",
            "INSERT INTO t VALUES (zeroblob(100000))",
        ],
    )
    # The words stand in a value here, not in what the database says.
    missing = database_error(tmp_path / "a.db", ["INSERT INTO no_table VALUES ('disk is full')"])

    assert status_of(TooBusyError("the turn did not come in time")) == (503, "busy")
    assert status_of(full) == (507, "insufficient-storage")
    assert status_of(missing) == (503, "database-unavailable")


def test_storage_that_is_away_is_told_apart_from_other_errors_of_the_system() -> None:
    assert status_of(StorageUnavailableError(5, "secret")) == (503, "storage-unavailable")
    assert status_of(StorageError("secret")) == (503, "storage-unavailable")
    assert status_of(StorageUnavailableError(28, "secret")) == (507, "insufficient-storage")
    assert status_of(OSError(5, "secret")) == (500, "internal-error")


@pytest.mark.parametrize(("pause", "told"), [(None, "5"), (0.5, "5"), (29.5, "30"), (900.0, "900")])
def test_caller_waits_as_long_as_the_content_source_wants(pause: float | None, told: str) -> None:
    assert response_to(ContentSourceError("secret", pause)).headers["Retry-After"] == told


@pytest.mark.parametrize("error", [RefusedError, BrokenResponseError])
def test_what_is_wrong_with_a_whole_response_is_told(error: type[BrokenResponseError]) -> None:
    detail = response_to(error("it answered 404")).json()["detail"]
    assert detail == "The content source gave something that is not content: it answered 404."


def test_trouble_with_the_content_source() -> None:
    assert status_of(ContentSourceError("secret")) == (503, "content-source-unavailable")
    assert status_of(BrokenContentError("secret")) == (502, "content-source-broken")


def test_a_surprise_is_counted_and_keeps_its_message_to_itself() -> None:
    before = ERRORS.labels("internal-error")._value.get()

    assert status_of(RuntimeError("secret")) == (500, "internal-error")
    assert status_of(RecursionError("secret")) == (500, "internal-error")

    assert ERRORS.labels("internal-error")._value.get() == before + 2
