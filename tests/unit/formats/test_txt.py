"""The plain text export, as a reader sees it."""

import pytest
from wcwidth import wcswidth

from activities.formats.testing import EVERYTHING, render
from activities.formats.testing.items import (
    arabic_item,
    chinese_item,
    full_item,
    hostile_item,
    item,
    plain_item,
    world_items,
)
from activities.model.content import Faq, Flashcard, Item, ReadingQuestion
from activities.model.options import DocumentOptions, RenderOptions

LONG = "Photosynthesis turns the light of the sun into chemical energy that lasts a winter long. "


def text_of(*items: Item, options: RenderOptions = EVERYTHING) -> str:
    data, _ = render("txt", items, options)
    return data.decode("utf-8")


def guide(markdown: str) -> list[str]:
    """The lines that a study guide becomes."""
    lines = text_of(item(study_guide=markdown)).splitlines()
    return lines[lines.index("Study guide") + 3 :]


def test_file_is_plain_utf_8_with_unix_lines() -> None:
    data, _ = render("txt", [*world_items(), hostile_item()])
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    assert data.endswith(b"\n")
    assert not data.endswith(b"\n\n")
    assert not any(line.endswith(" ") for line in data.decode().splitlines())


def test_items_and_parts_are_told_apart() -> None:
    lines = text_of(plain_item("a"), full_item("b")).splitlines()
    assert lines[:3] == ["=" * 80, "Water cycle", "=" * 80]
    second = lines.index("Photosynthesis, in depth")
    assert lines[second - 4 : second] == ["", "", "", "=" * 80]
    for part in ("Outline", "Study guide", "Frequently asked questions", "Flashcards"):
        assert lines[lines.index(part, second) + 1] == "=" * len(part)


def test_outline_is_numbered() -> None:
    text = text_of(full_item())
    assert "1 Light reactions\n-----------------\n\nIn the thylakoid.\n" in text
    assert "Learning objectives:\n• Explain ATP synthesis\n• Name both photosystems\n" in text
    assert "1.1.1 Antenna\n\nCollects photons.\n" in text


def test_questions_cards_and_tasks() -> None:
    text = text_of(
        item(
            faqs=[Faq("Why?", "Because.\n\nReally.")],
            flashcards=[Flashcard("Front", "Back", tags=["a", "b"])],
            reading_guide_questions=[ReadingQuestion("Who?", "They."), ReadingQuestion("When?")],
        )
    )
    assert "1. Why?\n\n   Because.\n\n   Really.\n" in text
    assert "1. Front\n\n   Back\n\n   Tags: a, b\n" in text
    assert "1. Who?\n\n   They.\n" in text
    assert "2. When?\n\n   ______" in text


def test_headings_follow_the_language_of_the_item() -> None:
    assert "\n学习指南\n========\n" in text_of(chinese_item())
    assert "\nدليل الدراسة\n" in text_of(arabic_item())


def test_long_text_is_wrapped_with_hanging_indents() -> None:
    lines = guide(f"{LONG * 2}\n\n1. {LONG * 2}\n   - {LONG * 2}")
    assert max(map(len, lines)) <= 80
    assert min(len(line) for line in lines[:2]) > 60
    first = next(place for place, line in enumerate(lines) if line.startswith("1. "))
    assert lines[first + 1].startswith("   ")
    bullet = next(place for place, line in enumerate(lines) if line.startswith("   • "))
    assert lines[bullet + 1].startswith("     ")
    assert " ".join(" ".join(lines).split()).count("winter long.") == 6


@pytest.mark.parametrize(
    "text",
    [
        "植物把光能转化为化学能，并释放出氧气。" * 12,
        "पौधे प्रकाश को रासायनिक ऊर्जा में बदलते हैं। " * 8,
        "Τα φυτά μετατρέπουν το φως σε ενέργεια. " * 8,
        "日本語とEnglishの混ざった文章です。" * 10,
    ],
)
def test_no_line_is_wider_than_80_columns_in_any_script(text: str) -> None:
    lines = guide(text)
    assert len(lines) > 2
    assert max(map(wcswidth, lines)) <= 80
    assert all(wcswidth(line) > 60 for line in lines[:-1])
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_no_line_of_chinese_starts_with_closing_punctuation() -> None:
    lines = guide("一" + "二三四五六七八，" * 30)
    assert len(lines) > 3
    assert not any(line.startswith("，") for line in lines)


def test_long_words_and_addresses_stay_whole() -> None:
    address = "https://example.org/" + "a" * 100
    assert any(line == f"<{address}>" for line in guide(f"[Read this]({address})"))


def test_lists_count_from_their_start_and_nest() -> None:
    assert guide("9. nine\n10. ten\n    - deep") == [" 9. nine", "10. ten", "    • deep"]
    assert guide("- [x] done\n- [ ] open") == ["[x] done", "[ ] open"]
    assert guide("1. [x] done\n2. open") == ["1. [x] done", "2. open"]


def test_items_of_several_paragraphs_are_set_apart() -> None:
    assert guide("- one\n\n  more\n- two") == ["• one", "", "  more", "", "• two"]


def test_tables_are_aligned_by_what_one_sees() -> None:
    assert guide("| 阶段 | n |\n|:--|--:|\n| 光反应 | 3 |\n| x | 100 |") == [
        "阶段   |   n",
        "-------+----",
        "光反应 |   3",
        "x      | 100",
    ]


def test_tables_that_are_too_wide_become_lists() -> None:
    cell = "c" * 50
    assert guide(f"| one | two |\n|--|--|\n| {cell} | {cell} |\n| short | |") == [
        f"• one: {cell}",
        f"  two: {cell}",
        "• one: short",
    ]
    assert guide(f"| {cell} | {cell} |\n|--|--|") == [f"{cell} |", cell]


def test_headings_of_empty_columns_stand_above_the_lists() -> None:
    known, asked = "k" * 50, "a" * 50
    to_fill_in = f"| {known} | {asked} |\n|--|--|\n"
    assert guide(f"{to_fill_in}| | |\n| | |") == [f"{known} |", asked]
    assert guide(f"{to_fill_in}| one | |\n| two | |") == [
        f"{known} |",
        asked,
        f"• {known}: one",
        f"• {known}: two",
    ]
    assert guide(f"{to_fill_in}| one | |\n| | two |") == [
        f"• {known}: one",
        f"• {asked}: two",
    ]


def test_code_is_indented_and_never_wrapped() -> None:
    code = "x = [" + "1, " * 60 + "]"
    assert guide(f"```python\ndef f():\n    {code}\n```") == ["    def f():", f"        {code}"]


def test_formulas_stay_tex() -> None:
    assert guide("Let $a^2$ be.\n\n$$\nb = \\frac{1}{2}\n$$") == [
        "Let $a^2$ be.",
        "",
        "    $$b = \\frac{1}{2}$$",
    ]


def test_links_show_where_they_lead() -> None:
    assert guide("[a **bold** link](https://x.org) and <https://y.org>") == [
        "a bold link <https://x.org> and https://y.org"
    ]


def test_quotes_notes_rules_and_images() -> None:
    markdown = (
        "> quoted\n>\n> > deeper\n\nText[^1].\n\n---\n\n![A leaf](leaf.png)\n\n[^1]: The note."
    )
    assert guide(markdown) == [
        "> quoted",
        ">",
        "> > deeper",
        "",
        "Text[1].",
        "",
        "* * *",
        "",
        "[A leaf: leaf.png]",
        "",
        "[1] The note.",
    ]
    assert "\n[A green field]\n" in text_of(full_item())


def test_facts_follow_the_options() -> None:
    assert "target_audience: grade 9, grade 10\n" in text_of(full_item())
    assert "overall: 0.91\n" in text_of(full_item())
    bare = text_of(full_item(), options=RenderOptions(False, False))
    assert "writer-2" not in bare
    assert "0.91" not in bare


def test_what_is_no_element_is_shown_and_scripts_and_control_characters_are_not() -> None:
    text = text_of(hostile_item())
    assert "\n[/etc/passwd] <b> form feed\n" in text
    assert "<b>never closed **bold `code\n" in text
    assert text.count("alert(1)") == 1, "of the metadata alone"
    assert not any(ord(character) < 32 and character != "\n" for character in text)


def test_a_title_of_its_own_stands_above_the_first_item() -> None:
    options = RenderOptions(title="Biologie, Klasse 9")
    text = text_of(plain_item("a"), plain_item("b"), options=options)
    assert text.splitlines()[:8] == [
        "#" * 80,
        "Biologie, Klasse 9",
        "#" * 80,
        "",
        "",
        "",
        "=" * 80,
        "Water cycle",
    ]
    assert text.count("Biologie") == 1


def test_the_learners_edition_leaves_lines_to_write_on() -> None:
    options = RenderOptions(
        parts=("reading_guide_questions", "faqs", "flashcards"),
        include_answers=False,
        include_metadata=False,
    )
    text = text_of(full_item(), options=options)
    assert "Where does the oxygen come from?" in text
    assert "Why are leaves green?" in text
    assert "Chlorophyll" in text
    for answer in ("From water", "reflect green light", "The green pigment", "Oxygen"):
        assert answer not in text
    assert text.count("_" * 77) == 6
    assert "\n\n\n" not in text


def test_headings_and_captions_are_in_the_language_asked_for() -> None:
    text = text_of(full_item(), options=DocumentOptions(language="fr"))
    assert "Questions fréquentes\n====" in text
    assert "Objectifs d’apprentissage:" in text
    assert "Étiquettes: pigment, leaf" in text
    assert "Frequently asked questions" not in text


def test_callouts_and_definitions_are_set_apart() -> None:
    assert guide("> [!NOTE]\n> Text\n\nTerm\n: Meaning") == [
        "| Note",
        "|",
        "| Text",
        "",
        "Term",
        "    Meaning",
    ]


def test_raised_and_lowered_text_is_told_from_the_rest() -> None:
    assert guide("H~2~O x^2^ x^abc^ y~(j,k)~") == ["H₂O x² x^abc y_((j,k))"]


def test_what_is_struck_out_keeps_its_marks() -> None:
    assert guide("is ~~ol**d**~~ <del>too</del> new") == ["is ~~old~~ ~~too~~ new"]


def test_numbers_of_lists_are_the_authors() -> None:
    assert guide("i) x\nii) y\niii) z") == ["  i) x", " ii) y", "iii) z"]
