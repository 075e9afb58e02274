"""Taking exports when there is no room, and the idempotency key."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from activities.automation.destinations import read_destinations
from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.documents.design.theme_shelf import ThemeShelf
from activities.jobs.held_files import OwnerRoom
from activities.jobs.migrate import migrate
from activities.jobs.records import JobRecords
from activities.jobs.themes import ThemeRecords
from activities.model.jobs import NO_LIMITS
from activities.settings import Settings
from activities.storage.local import LocalStorage
from activities.storage.protocol import LEAST_FREE_BYTES
from web.auth.tokens import Caller
from web.http.problems import ProblemError
from web.schemas.requests import CreateExportRequest
from web.services.changes_since import ChangesSince
from web.services.create_export import ExportCreator, parse_idempotency_key
from web.services.destination_choice import DestinationChoice
from web.services.dispatcher import Dispatcher
from web.services.file_reuse import FileReuse
from web.services.job_creator import JobCreator
from web.services.owner_usage import OwnerUsage
from web.services.theme_choice import ThemeChoice


class AlmostFull(LocalStorage):
    """A disk with one byte less than is needed."""

    def free_bytes(self) -> int:
        return LEAST_FREE_BYTES - 1


def test_an_almost_full_disk_takes_no_new_export(tmp_path: Path) -> None:
    settings = Settings(temp_path=str(tmp_path / "files"))
    url = f"sqlite:///{tmp_path / 'export.db'}"
    migrate(url)
    storage = AlmostFull(Path(settings.temp_path))
    caller = Caller("owner", frozenset(), 0)

    async def run() -> int:
        database = connect(url)
        records = JobRecords(database)
        creator = JobCreator(records, cast("Dispatcher", None), at_once=2)
        content = SqlContent(database)
        reuse = FileReuse(database, content, storage, settings.retention)
        exports = ExportCreator(
            records,
            content,
            storage,
            creator,
            reuse,
            ThemeChoice(ThemeShelf("")),
            ThemeRecords(database),
            ChangesSince(records, content),
            DestinationChoice(read_destinations("")),
            OwnerUsage(OwnerRoom(database, 0), content, most_pinned=0),
            limits=NO_LIMITS,
            makes_receipts=True,
            max_items=100,
        )
        body = CreateExportRequest(content_ids=["a"], format="pdf")
        with pytest.raises(ProblemError) as caught:
            await exports.create(caller, body, None, "request-1")
        assert caught.value.kind.status == 507
        _, total, *_ = await records.page("owner", status=None, page=1, page_size=1)
        await database.close()
        return total

    assert asyncio.run(run()) == 0


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (None, None),
        ("abc", "abc"),
        ('"abc"', "abc"),
        (' "a b" ', "a b"),
        ('"', '"'),
        ("x" * 255, "x" * 255),
    ],
)
def test_an_idempotency_key_may_be_quoted(header: str | None, key: str | None) -> None:
    assert parse_idempotency_key(header) == key
