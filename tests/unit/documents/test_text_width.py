"""Columns of text, and lines that fit."""

import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activities.documents.text_width import width, wrap


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("naïve – “quoted” αβγ жук", 24),
        ("光合", 4),
        ("ﾊﾝｶｸ", 4),
        ("e\u0301", 1),
        ("हिन्दी", 4),
        ("1\ufe0f\u20e3 ❤\ufe0f ❤", 7),
        ("🇩🇪🇫🇷", 4),
        ("a\tb", 3),
        ("שָׁלוֹם", 4),
        ("a\u200bb", 2),
        ("🌱", 2),
        ("👍🏽", 2),
        ("👩🏽‍🔬", 2),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", 4),
    ],
)
def test_width_is_what_a_terminal_shows(text: str, columns: int) -> None:
    assert width(text) == columns


def test_a_long_text_is_not_kept_in_memory() -> None:
    text = "光合" * 1000
    before = sys.getrefcount(text)
    assert width(text) == 4000
    assert sys.getrefcount(text) == before


def test_thousands_of_flags_take_no_time() -> None:
    started = time.process_time()
    flags = "🇩🇪" * 20_000
    assert width(flags) == 40_000
    assert len(wrap(flags, 80)) == 500
    assert time.process_time() - started < 2


def test_lines_break_at_spaces_and_newlines() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("one\ntwo", 80) == ["one", "two"]
    assert wrap("", 80) == [""]
    assert wrap("aaaaaaaaaa bb", 5) == ["aaaaaaaaaa", "bb"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("שָׁלוֹם שָׁלוֹם שָׁלוֹם", ["שָׁלוֹם שָׁלוֹם", "שָׁלוֹם"]),
        ("हिन्दी हिन्दी हि", ["हिन्दी हिन्दी", "हि"]),
        ("سلام سلام سلام", ["سلام سلام", "سلام"]),
    ],
)
def test_marks_on_letters_take_no_room(text: str, lines: list[str]) -> None:
    assert wrap(text, 9) == lines


def test_chinese_breaks_anywhere_but_before_closing_punctuation() -> None:
    assert wrap("一二三四五", 4) == ["一二", "三四", "五"]
    assert wrap("一二，三", 4) == ["一", "二，", "三"]
    assert wrap("一二（三", 6) == ["一二", "（三"]


def test_a_syllable_of_korean_in_pieces_stays_whole() -> None:
    syllable = "\u1112\u1161\u11ab"
    assert wrap(syllable * 5, 5) == [syllable * 2, syllable * 2, syllable]


def test_punctuation_of_korean_stays_with_its_word() -> None:
    assert wrap("가나다라.", 8) == ["가나다", "라."]
    assert wrap("가나, 다라 (마바)?", 6) == ["가나,", "다라", "(마", "바)?"]
    assert wrap("가나(다", 5) == ["가나", "(다"]


@pytest.mark.parametrize("picture", ["👩🏽‍🔬", "🇩🇪"])
def test_pictures_of_several_characters_stay_whole(picture: str) -> None:
    assert wrap(picture * 5, 5) == [picture * 2, picture * 2, picture]


@pytest.mark.parametrize("word", ["naïve", "हिन्दी", "光"])
def test_no_line_ends_at_a_no_break_space(word: str) -> None:
    assert wrap(f"{word} §\xa010", width(word) + 3) == [word, "§\xa010"]


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from("ab  -–é光合，（）\u0301\u200d🌱👩🔬हि\n"), max_size=60),
    st.integers(6, 30),
)
@example("（aa \u200da）", 6)
def test_wrapping_keeps_the_text_and_the_width(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line) <= columns or " " not in line.strip() for line in lines)
