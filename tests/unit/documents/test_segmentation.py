"""Texts are divided where Unicode says, but for tailorings that are named here."""

import re
from collections.abc import Iterator

import pytest
from uniseg.linebreak import line_break_units

from activities.documents.segmentation import (
    ENDLESS,
    grapheme_clusters,
    may_break_between,
    unbreakable_units,
)

TEXTS = [
    "state-of-the-art, well-known; e-mail and re-entry a--b x---",
    "2024-05-01 and 030-123-4567, -5 to -foo, 2-8-1, COVID-19, 3-fold, A-4, x-1, 1–2, 1990–2000",
    "yes—no, “quoted” (a)b [c] f(x) 'it's' 12:30 1,000.5 3×4 a=b x→y x_y word",
    "it's 5 € €5 $5 5% 50°C ¥100 100元 C# no\u00a0break zero\u200bwidth word\u2011hard",
    "光合作用是植物利用光能，把二氧化碳和水变成“有机物”的过程（约50%）。",
    "《书》〈名〉、；：第1章第２節，中文English中文，50%的",
    "ATP、NADPH和DNA，x；y",
    "植物は光を使って、デンプンをつくる。「ゃっきー」！月々ヵヶ",
    "「光合成」とは？ATPを作る。がか\u3099ぎ ｶﾀｶﾅｶﾞ半角",
    "식물은 빛을 이용하여 (포도당)을 만든다. 광합성-호흡",
    "การสังเคราะห์ด้วยแสงเป็นเรื่องเก่า",
    "ພາສາລາວເປັນ",
    "ሰላም፡ዓለም፡ደህና",
    "ភាសាខ្មែរ។ហើយ",
    "हिन्दी।भाषा क्षमता-विकास",
    "مرحبا-بك 12-34 שלום-עולם",
    "Ελληνικά-λέξη Привет-мир",
    "👩🏽‍🔬🇩🇪🇫🇷👍🏽🌱ok",
    "https://example.org/a-b/c?d=e&f=1 and/or 1/2 km/h",
    "wait…what really?yes!no a|b C++ co\u00adop a}b (g)[h] --flag I❤️NY",
]


def is_korean(before: str, after: str) -> bool:
    """Words of Korean stay whole."""
    return any("\uac00" <= character <= "\ud7a3" for character in (before, after))


def is_thai_or_lao(before: str, after: str) -> bool:
    """There is no dictionary: lines break before the leading vowels."""
    return bool(re.match("[\u0e40-\u0e44\u0ec0-\u0ec4]", after))


def is_within_a_word(before: str, after: str) -> bool:
    """Addresses, words with slashes, emphasis in the middle, code and soft hyphens stay whole."""
    return before in "/?!…|}+\u00ad" or after == "|" or before + after == ")["


def begins_with_a_dash(before: str, after: str) -> bool:
    """No line begins with an em dash, and none ends with the first hyphens of a word."""
    return after == "—" or before == "-"


def is_a_picture_among_letters(before: str, after: str) -> bool:
    """Symbols that were text before they became pictures are letters."""
    return "❤" in (before, after[0]) or before == "\ufe0f"


TAILORINGS = (
    is_korean,
    is_thai_or_lao,
    is_within_a_word,
    begins_with_a_dash,
    is_a_picture_among_letters,
)


def places(units: Iterator[str] | list[str]) -> set[int]:
    """Where units begin, the first one excepted."""
    found = set()
    place = 0
    for unit in units:
        found.add(place)
        place += len(unit)
    return found - {0}


@pytest.mark.parametrize("text", TEXTS)
def test_lines_break_where_uax_14_has_them_break(text: str) -> None:
    standard = places(line_break_units(text))
    for word in re.finditer("[^ ]+", text):
        ours = {word.start() + place for place in places(unbreakable_units(word[0]))}
        theirs = {place for place in standard if word.start() < place < word.end()}
        unexplained = [
            f"{text[place - 1]}|{text[place]}"
            for place in sorted(ours ^ theirs)
            if not any(named(text[place - 1], text[place]) for named in TAILORINGS)
        ]
        assert unexplained == []


@pytest.mark.parametrize("word", ["2024-05-01", "030-123-4567", "2-8-1", "COVID-19", "-5"])
def test_numbers_and_dates_stay_whole(word: str) -> None:
    assert unbreakable_units(word) == [word]


@pytest.mark.parametrize(
    "cluster",
    [
        "e\u0301",
        "👍🏽",
        "👩🏽‍🔬",
        "🇩🇪",
        "1\ufe0f\u20e3",
        "\u1112\u1161\u11ab",
        "क्ष",
        "น้ำ",
        "葛\U000e0100",
    ],
)
def test_what_readers_take_for_one_character_is_never_divided(cluster: str) -> None:
    assert grapheme_clusters(f"a{cluster}{cluster}b") == ["a", cluster, cluster, "b"]
    assert "".join(unbreakable_units(f"光{cluster}光")).count(cluster) == 1
    assert any(cluster in unit for unit in unbreakable_units(f"光{cluster}光"))


def test_words_without_end_are_divided_between_clusters() -> None:
    cluster = "e\u0301"
    units = unbreakable_units(cluster * ENDLESS)
    assert len(units) > 10
    assert {unit.replace(cluster, "") for unit in units} == {""}


@pytest.mark.parametrize("mark", "。」）ゃッｰヶ々％!)")
def test_no_line_begins_with_what_belongs_to_the_character_before(mark: str) -> None:
    assert not may_break_between("光", mark)


@pytest.mark.parametrize(
    "endless",
    ["a" + "\u0301" * 999, "\U0001f469\u200d" * 500, "\u0628\u200d" * 500, "\u1100" * 999],
)
def test_no_cluster_is_endless(endless: str) -> None:
    found = grapheme_clusters(endless)
    assert "".join(found) == endless
    assert max(map(len, found)) <= 64
