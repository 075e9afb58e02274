"""Where lines end: as printers would have it, whatever the styles of the words."""

import io
import re

import pypdf
import pytest

from activities.formats.testing import render
from activities.formats.testing.items import item

TITLE = "Photosynthesis"


def lines_of(guide: str) -> list[str]:
    """The lines of a study guide on its pages."""
    data, _ = render("pdf", [item(title=TITLE, study_guide=guide)])
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    bodies = [re.sub(rf"(\s*{TITLE})?\s*\d+ /\s*\d+\s*$", "", page) for page in pages]
    lines = [line.strip() for body in bodies for line in body.splitlines()]
    others = re.compile(rf"(?:{TITLE}|Study guide.*|4 March 2024)?")
    return [line for line in lines if not others.fullmatch(line)]


@pytest.mark.parametrize("mark", ["", "**", "*"])
def test_words_with_hyphens_break_after_them(mark: str) -> None:
    words = ["state-of-the-art", "well-known", "plain", "longer"] * 100
    lines = lines_of(" ".join([words[0], f"{mark}{words[1]}{mark}", *words[2:]]))
    assert any(line.endswith("-") for line in lines)
    joined = "".join(line if line.endswith("-") else f"{line} " for line in lines)
    assert joined.split() == words


def test_marks_stay_with_the_word_before_them_whatever_its_style() -> None:
    words = [
        f"**bold{n}**, (*slanted{n}*), `code{n}`; [link{n}](https://e.org)." for n in range(90)
    ]
    lines = lines_of("Begin " + " ".join(words))
    assert len(lines) > 20
    assert [line for line in lines if line[0] in ",.;)"] == []
    assert [line for line in lines if line[-1] == "("] == []
    shown = " ".join(words).translate(str.maketrans("", "", "*`[]")).replace("(https://e.org)", "")
    assert " ".join(lines) == f"Begin {shown}"


def test_long_addresses_break_after_their_punctuation() -> None:
    address = "https://example.org/" + "/".join(f"part{n}" for n in range(60))
    *lines, last = lines_of(f"See {address}?last=yes")
    assert len(lines) > 3
    assert [line for line in lines if line[-1] not in "/."] == []
    assert "".join([*lines, last]).removeprefix("See").strip() == f"{address}?last=yes"


def test_longer_german_words_than_the_line_are_filled_up() -> None:
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
    whole, *others = lines_of(f"{word}\n\n{word * 3}")
    assert whole == word
    assert "".join(others) == word * 3
    assert len({len(line) for line in others[:-1]}) <= 2


def test_spaces_of_any_kind_and_number_are_one() -> None:
    guide = "one \u2003 **two**  \u2002*three* \u3000`four`"
    assert lines_of(guide) == ["one two three four"]


@pytest.mark.parametrize("number", ["2024-05-01", "030-123-4567"])
def test_no_line_ends_within_a_date_or_number(number: str) -> None:
    lines = lines_of(" ".join(["on", number] * 100))
    assert len(lines) > 10
    assert "".join(lines).replace(" ", "") == f"on{number}" * 100
    assert [line for line in lines if line.endswith("-")] == []


def test_chinese_breaks_between_words_of_latin_letters() -> None:
    lines = lines_of("ATP、NADPH，" * 60)
    assert len(lines) > 5
    assert {line[-1] for line in lines} <= set("、，")
    assert "".join(lines) == "ATP、NADPH，" * 60


@pytest.mark.parametrize("mark", ["", "**", "`"], ids=["plain", "strong", "code"])
@pytest.mark.parametrize("rtl", ["", "שלום "], ids=["left to right", "mixed"])
def test_no_line_of_french_begins_with_a_sign_or_ends_with_an_opening_one(
    mark: str, rtl: str
) -> None:
    words = [
        f"{mark}mot{'s' * (n % 7)}{mark} {'!?;:'[n % 4]} « oui{'i' * (n % 5)} » 10 000 puis 5 %"
        for n in range(120)
    ]
    lines = lines_of(f"Ah {rtl}{' '.join(words)}")
    assert len(lines) > 25
    assert [line for line in lines if line[0] in "!?;:»%" or line.startswith("000")] == []
    assert [line for line in lines if line[-1] == "«" or line.endswith(" 10")] == []


def test_a_phrase_that_is_wider_than_its_column_breaks_at_its_spaces() -> None:
    long_word = "Wort" * 8
    guide = f"| a | b | c |\n|---|---|---|\n| {'x ! ' * 150} | {long_word} | {long_word} |"
    assert sum(line.count("x !") for line in lines_of(guide)) == 150
