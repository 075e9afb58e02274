"""An archive that is being made, and what others and its owner have exported meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.test_archives_live import URL, caller, items, made, store
from tests.waiting import eventually

pytestmark = pytest.mark.long

# In the format `slow`, of which an item takes a tenth of a second and no processor: what it waits
# for is its turn alone.
FORMAT = "slow"
ARCHIVED = 6_000
SIZES = {"small": 5, "large": 20}
"""Items of an export for the queue of small renders, and of one beside the parts."""
TIMES = 2
LONGEST = 15.0
"""Seconds that an export may wait for its turn: the chunks that are under way when it comes."""


@contextmanager
def archiving(stack: Stack, owner: str) -> Iterator[Any]:
    """An archive whose parts are being rendered; gives what says whether it still is."""
    with caller(stack, owner) as client:
        archive_id = made(client, formats=[FORMAT], part_bytes=1024**2)

        def status() -> str:
            told: str = client.http.get(f"{URL}/{archive_id}").json()["status"]
            return told

        def begun() -> bool:
            parts = client.http.get(f"{URL}/{archive_id}").json()["parts"]
            return any(client.job(each["job_id"])["progress"]["percent"] > 0 for each in parts)

        eventually(begun, 180, pause=0.2)
        try:
            yield status
        finally:
            client.http.delete(f"{URL}/{archive_id}")
            eventually(lambda: status() == "cancelled", 180, pause=0.2)


def seconds(client: ServiceClient, ids: list[str]) -> float:
    """What one export takes, from its request to its end."""
    start = time.monotonic()
    job = client.wait(client.export(ids, FORMAT)["job_id"], 180)
    assert job["status"] == "completed"
    return time.monotonic() - start


def test_an_export_has_its_turn_beside_an_archive_of_its_owner_and_of_another(
    stack: Stack, record_property: Any
) -> None:
    for name, count in (("archivist", ARCHIVED), ("neighbour", max(SIZES.values()))):
        store(stack, items(name, count))
    with caller(stack, "archivist") as owner, caller(stack, "neighbour") as other:
        alone = {
            size: seconds(other, [f"neighbour-{n}" for n in range(count)])
            for size, count in SIZES.items()
        }
        beside: dict[tuple[str, str], list[float]] = {}
        with archiving(stack, "archivist") as status:
            for _ in range(TIMES):
                for size, count in SIZES.items():
                    for name, client in (("archivist", owner), ("neighbour", other)):
                        took = seconds(client, [f"{name}-{n}" for n in range(count)])
                        beside.setdefault((size, name), []).append(took)
            assert status() == "processing", "the archive was over too soon"
    for (size, name), all_took in beside.items():
        shown = [round(each, 1) for each in (alone[size], *all_took)]
        record_property(f"{size} of {name}", shown)
        assert max(all_took) < alone[size] + LONGEST, (size, name, shown)
