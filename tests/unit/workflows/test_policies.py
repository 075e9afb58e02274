"""Chunks cover all items once, and cost about the same; retention's steps fit into its interval."""

from datetime import timedelta

import pytest

from workflows.contracts import ExportRequest, Slice
from workflows.policies import (
    CHUNK_ITEMS,
    CHUNK_SECONDS,
    RECONCILE_INTERVAL,
    RETENTION,
    RETENTION_INTERVAL,
    RETENTION_STEP,
    slices,
)


def request(items: int, seconds: float) -> ExportRequest:
    return ExportRequest("job-1", "json", items, seconds, chunked=True)


@pytest.mark.parametrize("seconds", [0.0, 0.0005, 0.02, 0.03, 0.1, 1, 7, 1e9])
@pytest.mark.parametrize("items", [1, 2, 49, 50, 51, 100, 1_000])
def test_slices_cover_every_item_once_and_in_order(items: int, seconds: float) -> None:
    cut = slices(request(items, seconds))
    assert [piece.chunk for piece in cut] == list(range(len(cut)))
    covered = [number for piece in cut for number in range(piece.start, piece.stop)]
    assert covered == list(range(items))


@pytest.mark.parametrize(
    ("seconds", "size"), [(0.0005, CHUNK_ITEMS), (0.1, int(CHUNK_SECONDS / 0.1)), (1, 1), (60, 1)]
)
def test_dear_items_come_in_smaller_chunks(seconds: float, size: int) -> None:
    cut = slices(request(200, seconds))
    assert {piece.stop - piece.start for piece in cut[:-1]} == {size}


def test_no_items_are_one_empty_chunk_which_tells_of_what_is_gone() -> None:
    assert slices(request(0, 0.1)) == [Slice(0, 0, 0)]


def test_the_parts_of_a_run_of_retention_fit_into_one_activity_and_its_interval() -> None:
    # Expiry, progress, audit entries, records, the walk and the check of files have as much each.
    longest = RETENTION["start_to_close_timeout"]
    assert longest is not None
    # The last slice, or piece of a walk, is not broken off.
    assert longest / 2 >= 6 * RETENTION_STEP
    assert longest <= RETENTION_INTERVAL


def test_retention_costs_little_and_hides_no_exports() -> None:
    # A start, two activities, and the schedule's own action: docs.temporal.io/cloud/actions
    assert 4 * timedelta(days=1) / RETENTION_INTERVAL < 200
    assert timedelta(minutes=30) >= RETENTION_INTERVAL, "as it is told to users"
    assert timedelta(minutes=1) >= RECONCILE_INTERVAL
