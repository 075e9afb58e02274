"""The demo content is what people see first: complete, varied, loadable and current."""

import re
import runpy
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from activities.model.content import PART_NAMES, Item

DEMO = Path(__file__).parents[2] / "scripts" / "demo"
OWNERS = ("teacher-1", "teacher-2")
SUBJECTS = {"biology", "chemistry", "computer science", "history", "mathematics", "physics"}


@pytest.fixture(scope="module")
def items() -> dict[str, list[Item]]:
    decoder = msgspec.json.Decoder(Item)
    return {
        owner: [
            decoder.decode(line) for line in (DEMO / f"{owner}.jsonl").read_bytes().splitlines()
        ]
        for owner in OWNERS
    }


@pytest.fixture(scope="module")
def every_item(items: dict[str, list[Item]]) -> list[Item]:
    return [item for owner in OWNERS for item in items[owner]]


@pytest.mark.parametrize("owner", OWNERS)
def test_file_is_what_its_sources_give(owner: str) -> None:
    build = runpy.run_path(str(DEMO / "build.py"))
    assert (DEMO / f"{owner}.jsonl").read_text("utf-8") == build["jsonl"](owner)


def test_there_are_enough_items_and_each_belongs_to_its_owner(
    items: dict[str, list[Item]],
) -> None:
    assert len(items["teacher-1"]) >= 130
    assert len(items["teacher-2"]) >= 30
    for owner in OWNERS:
        assert {item.owner_id for item in items[owner]} == {owner}


def test_no_id_or_title_is_given_twice(every_item: list[Item]) -> None:
    assert [i for i, n in Counter(item.id for item in every_item).items() if n > 1] == []
    assert [t for t, n in Counter(item.title for item in every_item).items() if n > 1] == []


def test_documented_example_ids_exist_for_the_first_owner(items: dict[str, list[Item]]) -> None:
    ids = {item.id for item in items["teacher-1"]}
    assert {f"content-{number}" for number in range(1, 131)} <= ids


def test_six_subjects_share_the_first_owners_items(items: dict[str, list[Item]]) -> None:
    subjects = Counter(
        item.metadata["subject"] for item in items["teacher-1"] if item.metadata is not None
    )
    assert set(subjects) == SUBJECTS
    assert min(subjects.values()) >= 15


def test_a_course_has_eight_lessons_in_its_own_order(items: dict[str, list[Item]]) -> None:
    places = [
        (place.position or 0, item.created_at)
        for item in items["teacher-1"]
        for place in item.collections or ()
        if place.title == "How life works"
    ]
    assert sorted(position for position, _ in places) == list(range(1, 9))
    in_order = [created_at for _, created_at in sorted(places)]
    assert in_order not in (sorted(in_order), sorted(in_order, reverse=True))


def test_many_scripts_and_emoji_are_present(every_item: list[Item]) -> None:
    languages = Counter(item.language for item in every_item)
    assert set(languages) == {"en", "de", "es", "fr", "el", "zh", "ar", "hi"}
    assert min(languages.values()) >= 2
    assert any(re.search("[\U0001f300-\U0001faff]", item.title) for item in every_item)


@pytest.mark.parametrize("part", [*PART_NAMES, "metadata", "quality_metrics"])
def test_each_part_is_present_in_most_items_and_missing_in_some(
    part: str, every_item: list[Item]
) -> None:
    present = sum(bool(getattr(item, part)) for item in every_item)
    assert len(every_item) / 2 < present < len(every_item)


def test_dates_are_spread_and_a_bulk_export_of_2024_finds_dozens(
    items: dict[str, list[Item]],
) -> None:
    months = {(item.created_at.year, item.created_at.month) for item in items["teacher-1"]}
    assert min(months) == (2024, 1)
    assert max(months) >= (2026, 9)
    assert {month for year, month in months if year == 2024} == set(range(1, 13))
    found = [
        item
        for item in items["teacher-1"]
        if item.created_at.year == 2024 and {"study_guide", "flashcards"} & set(item.parts())
    ]
    assert len(found) >= 60
    assert all(item.created_at <= item.updated_at for item in items["teacher-1"])


def test_study_guides_are_of_readable_length(every_item: list[Item]) -> None:
    words = sorted(
        len(re.sub(r"\(data:[^)]*\)", "", item.study_guide).split())
        for item in every_item
        if item.study_guide and item.language != "zh"
    )
    assert 230 <= sum(words) / len(words) <= 900
    assert words[-1] > 1200
    assert words[0] < 200


@pytest.mark.parametrize(
    ("feature", "pattern"),
    [
        ("heading", r"^### "),
        ("nested list", r"^ {2,}- "),
        ("numbered list", r"^1\. "),
        ("aligned table", r"^\|.*-+:.*\|$"),
        ("code block", r"^```python$"),
        ("inline maths", r"(?<!\$)\$[^$\n]+\$(?!\$)"),
        ("displayed maths", r"^\$\$.+\$\$$"),
        ("link", r"\]\(https://"),
        ("quote", r"^> "),
        ("footnote", r"^\[\^\w+\]: "),
        ("task list", r"^- \[ \] "),
        ("image", r"!\[[^\]]+\]\(data:image/png;base64,"),
    ],
)
def test_study_guides_use_the_whole_of_markdown(
    feature: str, pattern: str, every_item: list[Item]
) -> None:
    using = [i.id for i in every_item if re.search(pattern, i.study_guide or "", re.MULTILINE)]
    assert len(using) >= 3, feature


def test_no_sentence_is_repeated_across_lessons(every_item: list[Item]) -> None:
    """Companions and decks gather lessons on purpose; all others stand for themselves."""
    seen: Counter[str] = Counter()
    for item in every_item:
        if "companion" in item.title or item.study_guide is None:
            continue
        paragraphs = {line for line in item.study_guide.splitlines() if len(line) > 120}
        seen.update(paragraphs - {line for line in paragraphs if line.startswith(("|", "!["))})
    assert [text for text, count in seen.items() if count > 1] == []


def test_files_stay_small_enough_for_a_repository() -> None:
    assert sum((DEMO / f"{owner}.jsonl").stat().st_size for owner in OWNERS) < 2_000_000
