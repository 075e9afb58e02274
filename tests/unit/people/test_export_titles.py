"""Titles that the service makes are told in the language of whoever reads them; others stay."""

from datetime import UTC, datetime

import msgspec
import pytest

from activities.model.changes import ChangeCounts
from activities.model.jobs import Job, Phase, Status
from activities.model.options import RenderOptions
from activities.people.export_titles import (
    content_in_short,
    in_language,
    kept_titles,
    shown_title,
    title_of_changes,
    title_of_items,
)
from activities.people.languages import LANGUAGES, speaking

FIVE = ["*Photosynthesis*", "Cells", "Roots", "Leaves", "Seeds"]
NOW = datetime(2024, 3, 4, tzinfo=UTC)


def job(title: str, titles: list[str]) -> Job:
    return Job(
        *("job", "owner", Status.COMPLETED, Phase.ENDED, "pdf", RenderOptions(), title),
        items_total=len(titles),
        created_at=NOW,
        titles=titles,
    )


@pytest.mark.parametrize("made_in", LANGUAGES)
def test_a_made_title_is_told_in_the_language_of_the_reader(made_in: str) -> None:
    made = in_language(lambda: title_of_items(FIVE), LANGUAGES[made_in])
    assert shown_title(job(made, FIVE)) == "Photosynthesis and 4 more"
    with speaking(LANGUAGES["de"]):
        assert shown_title(job(made, FIVE)) == "Photosynthesis und 4 weitere"
        assert shown_title(job(title_of_items(FIVE[:2]), FIVE[:2])) == (
            "Photosynthesis und 1 weiterer"
        )


def test_a_title_of_the_owners_own_stays() -> None:
    with speaking(LANGUAGES["de"]):
        assert shown_title(job("Photosynthesis and more", FIVE)) == "Photosynthesis and more"
        assert shown_title(job("Course export of 5 items", [])) == "Course export of 5 items"


def test_an_export_of_changes_says_since_when() -> None:
    counts = ChangeCounts(NOW, None, 1, 0, 0, 0)
    changed = msgspec.structs.replace(job(title_of_changes(NOW), FIVE), changes=counts)
    assert shown_title(changed) == "Course changes since 2024-03-04"
    with speaking(LANGUAGES["de"]):
        assert shown_title(changed) == "Änderungen am Kurs seit 2024-03-04"


def test_a_list_names_the_first_titles() -> None:
    assert content_in_short(job("X", FIVE)) == "Photosynthesis, Cells, Roots and 2 more"
    assert content_in_short(job("X", FIVE[:2])) == "Photosynthesis and Cells"
    assert content_in_short(job("X", FIVE[:1])) == ""


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_list_is_told_in_every_language(tag: str) -> None:
    with speaking(LANGUAGES[tag]):
        assert "Roots" in content_in_short(job("X", FIVE))
        assert "Leaves" in content_in_short(job("X", FIVE[1:4]))


def test_no_more_is_kept_of_a_title_than_tells_it_from_others() -> None:
    [short, long] = kept_titles(["**Cells**", "**" + "Word " * 100 + "**"])
    assert short == "**Cells**"
    assert len(long) == 80
    assert long.endswith("…")
