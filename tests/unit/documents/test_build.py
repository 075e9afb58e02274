"""An item becomes a document: which parts it has, and what the report is told."""

import msgspec
import pytest

from activities.documents.build import build
from activities.documents.model import (
    Card,
    Document,
    Facts,
    Heading,
    ListBlock,
    Objectives,
    Paragraph,
    Part,
    QuestionAnswer,
    ReadingTask,
    Run,
)
from activities.documents.plain import plain_blocks, plain_runs
from activities.formats.testing import EVERYTHING, Recorder, StopRequestedError
from activities.formats.testing.items import arabic_item, full_item, hostile_item, item, world_items
from activities.model.book_options import BookOptions
from activities.model.content import (
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Section,
    stable_ids,
)
from activities.model.options import DocumentOptions, RenderOptions
from activities.model.themes import Theme

ALL_PARTS = [
    "outline",
    "study_guide",
    "faqs",
    "flashcards",
    "reading_guide_questions",
    "metadata",
    "quality_metrics",
]


def built(
    source: Item, options: RenderOptions = EVERYTHING, report: Recorder | None = None
) -> Document:
    return build(source, options, report or Recorder())


class NoPictures:
    """Implements `Media`."""

    def picture(self, reference: str) -> bytes | None:
        return None


def part(source: Item, name: str) -> Part:
    [found] = [part for part in built(source).parts if part.name == name]
    return found


def text(*texts: str) -> tuple[Paragraph, ...]:
    return tuple(Paragraph((Run(each),)) for each in texts)


def test_parts_come_in_order_under_headings_of_level_two() -> None:
    document = built(full_item())
    assert [part.name for part in document.parts] == ALL_PARTS
    assert {part.heading.level for part in document.parts} == {2}
    assert document.title.level == 1
    assert plain_runs(document.title.runs) == "Photosynthesis, in depth"


def test_an_item_without_a_part_has_none_of_it() -> None:
    assert built(item()).parts == ()
    empty = item(
        outline=Outline(),
        study_guide=" \n",
        faqs=[],
        flashcards=[],
        reading_guide_questions=[],
        metadata={},
        quality_metrics={},
    )
    assert built(empty).parts == ()


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("metrics", [True, False])
def test_metadata_and_metrics_follow_the_options(metadata: bool, metrics: bool) -> None:
    options = RenderOptions(include_metadata=metadata, include_quality_metrics=metrics)
    names = {part.name for part in built(full_item(), options).parts}
    assert ("metadata" in names, "quality_metrics" in names) == (metadata, metrics)


def test_only_the_parts_asked_for_come_in_the_order_asked_for() -> None:
    options = RenderOptions(parts=("flashcards", "outline"), include_quality_metrics=True)
    document = built(full_item(), options)
    assert [part.name for part in document.parts] == [
        "flashcards",
        "outline",
        "metadata",
        "quality_metrics",
    ]


def test_the_learners_edition_answers_nothing_and_leaves_room_to_write() -> None:
    blocks = [
        block
        for part in built(full_item(), RenderOptions(include_answers=False)).parts
        for block in part.blocks
    ]
    questions = [block for block in blocks if isinstance(block, QuestionAnswer)]
    cards = [block for block in blocks if isinstance(block, Card)]
    tasks = [block for block in blocks if isinstance(block, ReadingTask)]
    assert [len(found) for found in (questions, cards, tasks)] == [2, 2, 2]
    assert not any(question.answer for question in questions)
    assert not any(card.back for card in cards)
    assert all(task.answer is None for task in tasks)
    assert all(question.question for question in questions)
    assert all(task.question for task in tasks)


def test_headings_are_in_the_language_asked_for_and_the_text_stays_in_its_own() -> None:
    document = built(arabic_item(), DocumentOptions(language="de"))
    assert plain_runs(document.parts[0].heading.runs) == "Lernleitfaden"
    assert document.labels.contents == "Inhalt"
    assert (document.language, document.right_to_left) == ("ar", True)


def test_headings_are_in_the_language_of_the_item() -> None:
    headings = [plain_runs(built(each).parts[0].heading.runs) for each in world_items()[1:]]
    assert headings == ["学习指南", "دليل الدراسة", "अध्ययन मार्गदर्शिका", "Οδηγός μελέτης"]


def test_language_and_direction() -> None:
    assert [(built(each).language, built(each).right_to_left) for each in world_items()] == [
        ("en", False),
        ("zh-CN", False),
        ("ar", True),
        ("hi", False),
        ("el", False),
    ]
    assert built(hostile_item()).language == "und"


def test_outline_sections_keep_their_numbers_below_the_lowest_heading() -> None:
    section = Section("5")
    for level in range(4, 0, -1):
        section = Section(str(level), sections=[section, Section("next")])
    headings = [
        (block.level, block.number)
        for block in part(item(outline=Outline(sections=[section])), "outline").blocks
        if isinstance(block, Heading)
    ]
    assert headings == [
        (3, (1,)),
        (4, (1, 1)),
        (5, (1, 1, 1)),
        (6, (1, 1, 1, 1)),
        (6, (1, 1, 1, 1, 1)),
        (6, (1, 1, 1, 1, 2)),
        (6, (1, 1, 1, 2)),
        (5, (1, 1, 2)),
        (4, (1, 2)),
    ]


def test_a_section_has_summary_objectives_and_key_points() -> None:
    outline = Outline("All", [Section("*One*", "Sum", ["learn", ""], ["key"])])
    assert part(item(outline=outline), "outline").blocks == (
        Paragraph((Run("All"),), "summary"),
        Heading(3, (Run("One", emphasis=True),), (1,)),
        Paragraph((Run("Sum"),), "summary"),
        Objectives("learning_objectives", ((Run("learn"),),)),
        Objectives("key_points", ((Run("key"),),)),
    )


def test_a_section_without_a_title_still_has_a_heading() -> None:
    [heading] = part(item(outline=Outline(sections=[Section("")])), "outline").blocks
    assert heading == Heading(3, (Run("…"),), (1,))


def test_headings_of_a_study_guide_lie_below_the_part() -> None:
    guide = part(item(study_guide="# a\n\n## b\n\n##### c\n\n###### d"), "study_guide")
    assert [block.level for block in guide.blocks if isinstance(block, Heading)] == [3, 4, 6, 6]


def test_records_are_numbered_and_have_ids() -> None:
    source = item(
        faqs=[Faq("Q1", "A1", "id-1"), Faq("Q2", "")],
        flashcards=[Flashcard("F", "B", tags=["t\x07"])],
        reading_guide_questions=[ReadingQuestion("R1", "A"), ReadingQuestion("R2")],
    )
    faqs = source.faqs or []
    assert part(source, "faqs").blocks == (
        QuestionAnswer(1, "id-1", text("Q1"), text("A1")),
        QuestionAnswer(2, stable_ids(faqs)[1], text("Q2"), ()),
    )
    [card] = part(source, "flashcards").blocks
    assert isinstance(card, Card)
    assert (card.front, card.back, card.tags) == (text("F"), text("B"), ("t",))
    first, second = part(source, "reading_guide_questions").blocks
    assert isinstance(first, ReadingTask)
    assert isinstance(second, ReadingTask)
    assert (first.answer, second.answer) == (text("A"), None)


def test_facts_are_sorted_and_lists_stay_lists() -> None:
    source = item(metadata={"b": [1, "x", True, None], "a": None}, quality_metrics={"q": 0.5})
    assert part(source, "metadata").blocks == (
        Facts("metadata", (("a", None), ("b", (1, "x", True, None)))),
    )
    assert part(source, "quality_metrics").blocks == (Facts("quality_metrics", (("q", 0.5),)),)


def test_an_item_without_a_title_goes_by_its_id() -> None:
    assert plain_runs(built(item("content-9", title=" ")).title.runs) == "content-9"


def test_footnotes_of_one_item_never_share_a_number() -> None:
    source = item(
        study_guide="a[^1]\n\n[^1]: one", faqs=[Faq("q", "b[^1]\n\n[^1]: two")], title="t"
    )
    plain = [
        plain_blocks(block.answer if isinstance(block, QuestionAnswer) else (block,))
        for part in built(source).parts
        for block in part.blocks
    ]
    assert plain == ["a[1]", "[1] one", "b[2]\n\n[2] two"]


def test_each_reason_is_told_once_an_item_with_its_places() -> None:
    report = Recorder()
    report.media = NoPictures()
    broken = item(
        "content-7",
        title="\x01title",
        faqs=[Faq("a\x00\x00", "[b](javascript:x)"), Faq("c\x00", "![d](e) ![f](g)")],
        metadata={"\x02": "\x03"},
    )
    built(broken, report=report)
    questions = "Frequently asked questions"
    found = [
        (
            warning.code,
            warning.detail.rpartition(": ")[2],
            warning.part,
            [(place.part, place.heading) for place in warning.places],
        )
        for warning in report.warnings
    ]
    assert found == [
        (
            "control-characters-removed",
            "6.",
            "",
            [("", ""), ("faqs", f"{questions} 1"), ("faqs", f"{questions} 2")],
        ),
        ("link-removed", "1.", "faqs", [("faqs", f"{questions} 1")]),
        ("image-not-embedded", "2.", "faqs", [("faqs", f"{questions} 2")]),
    ]
    assert {warning.item_id for warning in report.warnings} == {"content-7"}
    places = [place for warning in report.warnings for place in warning.places]
    assert {(place.item_id, place.title) for place in places} == {("content-7", "title")}


def test_the_place_is_the_heading_above() -> None:
    report = Recorder()
    content = item(
        title="All about *leaves*",
        outline=Outline("[a](x:)", [Section("Light", "", ["[a](x:)"], [])]),
        study_guide="[a](x:)\n\n# Out `code` $x$\n\n[a](x:)\n\n> ## In\n>\n> - [a](x:)",
    )
    built(content, report=report)
    [warning] = report.warnings
    assert (warning.code, warning.count) == ("link-removed", 5)
    assert [(place.part, place.heading) for place in warning.places] == [
        ("outline", ""),
        ("outline", "Light"),
        ("study_guide", ""),
    ]
    assert {place.title for place in warning.places} == {"All about leaves"}


def test_a_place_is_told_by_the_beginning_of_a_long_heading() -> None:
    report = Recorder()
    built(item(study_guide=f"# {'Leaf and root ' * 20}\n\n[a](x:)"), report=report)
    [warning] = report.warnings
    [place] = warning.places
    assert place.heading.startswith("Leaf and root Leaf")
    assert place.heading.endswith("…")
    assert len(place.heading) <= 80


def test_warnings_hold_no_content() -> None:
    report = Recorder()
    built(hostile_item(), report=report)
    assert report.warnings
    for warning in report.warnings:
        assert "passwd" not in warning.detail
        assert "javascript" not in warning.detail


def test_work_can_be_stopped_between_texts() -> None:
    full = Recorder()
    built(full_item(), report=full)
    texts = 20
    assert full.checks > texts
    report = Recorder(stop_at_check=texts)
    with pytest.raises(StopRequestedError):
        built(full_item(), report=report)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain", "plain"),
        ("gpj\u202eexe", "gpj\u202eexe\u202c"),
        ("\u2067a\u202eb", "\u2067a\u202eb\u202c\u2069"),
        ("\u2067a\u202eb\u2069 c", "\u2067a\u202eb\u2069 c"),
        ("\u202aclosed\u202c \u2069", "\u202aclosed\u202c \u2069"),
    ],
)
def test_a_direction_that_a_fact_begins_ends_within_it(written: str, shown: str) -> None:
    source = item(
        flashcards=[Flashcard("front", "back", tags=[written, "next"])],
        metadata={written: [written, "next"]},
    )
    [card] = part(source, "flashcards").blocks
    assert isinstance(card, Card)
    assert card.tags == (shown, "next")
    assert part(source, "metadata").blocks == (Facts("metadata", ((shown, (shown, "next")),)),)


def test_parts_are_read_as_they_are_written() -> None:
    source = item(
        title="*Title*",
        outline=Outline("<p>a <b>b</b></p>", [Section("<i>c</i>", "", ["<b>d</b> &amp; e"])]),
        study_guide="a *b*",
        faqs=[Faq("<p>q</p>", "<ul><li>r</li></ul>")],
        text_format={"outline": "html", "faqs": "html"},
    )
    document = built(source)
    assert document.title.runs == (Run("Title", emphasis=True),)
    outline, guide, faqs = document.parts
    assert outline.blocks[0] == Paragraph((Run("a "), Run("b", strong=True)), "summary")
    assert outline.blocks[2] == Objectives(
        "learning_objectives", ((Run("d", strong=True), Run(" & e")),)
    )
    assert guide.blocks == (Paragraph((Run("a "), Run("b", emphasis=True))),)
    [faq] = faqs.blocks
    assert isinstance(faq, QuestionAnswer)
    assert faq.question == (Paragraph((Run("q"),)),)
    assert isinstance(faq.answer[0], ListBlock)


def test_the_licence_of_a_theme_stands_with_metadata_that_name_none() -> None:
    def facts(options: RenderOptions, **metadata: str) -> dict[str, object]:
        report = Recorder(theme=Theme(licence="CC BY-SA 4.0"))
        content = msgspec.structs.replace(full_item(), metadata=dict(metadata))
        found = build(content, options, report).parts
        return {
            str(name): value
            for part in found
            for block in part.blocks
            if isinstance(block, Facts) and part.name == "metadata"
            for name, value in block.entries
        }

    assert facts(BookOptions())["licence"] == "CC BY-SA 4.0"
    assert facts(BookOptions(), license="CC0") == {"license": "CC0"}
    assert facts(BookOptions(), licence="CC0") == {"licence": "CC0"}
    assert facts(BookOptions(include_metadata=False)) == {}
    assert "licence" not in facts(DocumentOptions(), subject="Biology")
