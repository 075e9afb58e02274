"""The room that an owner's files take, and what happens when there is none left."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.pages.visitor import Visitor
from tests.services.export.api_kit import Api, problem

PLACE = "/api/export/jobs"
SIZE = 40_000
MOST = 100_000


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service whose owners have little room."""
    with Api(tmp_path_factory.mktemp("room"), {"EXPORT_OWNER_MAX_BYTES": str(MOST)}) as running:
        yield running


def usage(api: Api, owner: str) -> dict[str, Any]:
    with api.client(owner) as client:
        told: dict[str, Any] = client.get("/api/export/usage").json()
        return told


def test_room_is_told_and_a_file_that_is_deleted_makes_some(small: Api, owner: str) -> None:
    item = small.add_content(owner, 1)
    first, _ = (small.add_file(owner, b"x" * SIZE) for _ in range(2))
    small.add_file(owner, b"x" * SIZE, retention=timedelta(seconds=-1))
    assert usage(small, owner) == {
        "files": 2,
        "bytes": 2 * SIZE,
        "max_bytes": MOST,
        "pinned": 0,
        "max_pinned": 20,
    }
    body = {"content_ids": item, "format": "pdf"}
    with small.client(owner) as client:
        refused = problem(client.post("/api/export/", json=body), 409, "bytes-limit")
        assert f"{2 * SIZE} bytes of {MOST}" in refused["detail"]
        assert client.post("/api/export/", json=body | {"format": "txt"}).status_code == 202

        assert client.put(f"{PLACE}/{first}/pin").status_code == 200
        assert usage(small, owner)["pinned"] == 1
        assert client.delete(f"{PLACE}/{first}/file").status_code == 204
        assert usage(small, owner)["bytes"] == SIZE
        assert client.post("/api/export/", json=body).status_code == 202


def test_who_has_more_than_may_be_keeps_nothing_longer(small: Api, owner: str) -> None:
    first, second, _ = (small.add_file(owner, b"x" * SIZE) for _ in range(3))
    with small.client(owner) as client:
        problem(client.put(f"{PLACE}/{first}/pin"), 409, "bytes-limit")
        problem(client.post(f"{PLACE}/{first}/shares", json={}), 409, "bytes-limit")
        client.delete(f"{PLACE}/{second}/file")
        assert client.put(f"{PLACE}/{first}/pin").status_code == 200
        assert client.post(f"{PLACE}/{first}/shares", json={}).status_code == 201


def test_the_page_says_how_much_is_used(small: Api, api: Api, owner: str) -> None:
    small.add_file(owner, b"x" * SIZE)
    with Visitor(small, owner) as visitor:
        page = visitor.get("/exports")
        assert "40 kB of 100 kB used" in page.text
        [meter] = page.find("//meter")
        assert (meter.get("value"), meter.get("max")) == (str(SIZE), str(MOST))
    with Visitor(api, owner) as visitor:
        assert visitor.get("/exports").find("//meter") == []


def test_an_owner_sees_what_is_his(small: Api, owner: str) -> None:
    small.add_file(owner, b"x" * SIZE)
    assert usage(small, f"{owner}-2")["bytes"] == 0
