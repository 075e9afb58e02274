"""Warnings of a job: alike ones are one, and there are never too many."""

import msgspec
import pytest

from activities.model.warnings import (
    PLACES_MAX,
    WARNINGS_BYTES_MAX,
    WARNINGS_MAX,
    ExportWarning,
    Place,
    WarningList,
    bounded,
    place_text,
    skipped,
)


def warning(item_id: str, heading: str = "", part: str = "faqs") -> ExportWarning:
    return ExportWarning(
        "link-removed", "Links: {}.", item_id, part, 1, (Place(item_id, "Title", part, heading),)
    )


def collected(*warnings: ExportWarning) -> list[ExportWarning]:
    found = WarningList()
    for each in warnings:
        found.add(each)
    return list(found)


def test_alike_warnings_are_one_with_their_sum_and_first_places() -> None:
    headings = ["a", "b", "a", "c", "d"]
    [found] = collected(*(warning("content-1", heading) for heading in headings))
    assert (found.count, found.detail) == (5, "Links: 5.")
    assert [place.heading for place in found.places] == ["a", "b", "c"]
    assert len(found.places) == PLACES_MAX


def test_warnings_of_items_codes_and_details_are_told_apart() -> None:
    other = ExportWarning("image-unreadable", "Images: {}.", "content-1")
    names = [ExportWarning("script-missing", f"{name}: {{}}.", "content-1") for name in "ab"]
    found = collected(warning("content-1"), other, warning("content-2"), *names)
    assert len(found) == 5


def test_the_part_is_told_if_it_is_the_same_in_all_places() -> None:
    [same] = collected(warning("content-1", "a"), warning("content-1", "b"))
    [different] = collected(warning("content-1"), warning("content-1", part="outline"))
    assert (same.part, different.part) == ("faqs", "")


def test_what_is_too_much_is_counted_in_a_line_of_its_own() -> None:
    found = bounded(collected(*(warning(f"content-{n}") for n in range(WARNINGS_MAX + 7))))
    assert len(found) == WARNINGS_MAX + 1
    assert (found[-1].code, found[-1].count) == ("further-warnings", 7)
    assert " 7." in found[-1].detail


@pytest.mark.parametrize("chunk", [1, 3, 50, 1000])
@pytest.mark.parametrize("length", [1, 300])
def test_warnings_of_chunks_are_those_of_all_at_once(chunk: int, length: int) -> None:
    """Whether their number or their size is what is too much."""
    many = [warning(f"content-{n}-{'x' * length}") for n in range(150)]
    chunks = [many[start : start + chunk] for start in range(0, len(many), chunk)]
    once = bounded(collected(*many))
    joined = [each for part in chunks for each in bounded(collected(*part))]
    assert bounded(joined) == once
    assert bounded(once) == once
    assert len(msgspec.json.encode(once)) < WARNINGS_BYTES_MAX * 1.02


def test_items_that_were_left_out_are_all_named() -> None:
    """The number of items in a file follows from them."""
    gone = [skipped(f"content-{n}", "The item was left out.") for n in range(500)]
    found = bounded(collected(*map(warning, "ab" * WARNINGS_MAX), *gone))
    assert [each for each in found if each.code == "item-skipped"] == gone


def test_a_place_is_one_line() -> None:
    assert place_text("  a\n\tb  ") == "a b"
    assert place_text("x" * 81) == "x" * 79 + "…"
    assert place_text("x" * 80) == "x" * 80
