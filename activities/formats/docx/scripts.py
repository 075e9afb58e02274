"""Tells the script of a piece of text, as far as Word needs it.

Word formats a run as Latin, East Asian or complex script. It sees most of that itself; it
must be told the direction of a run, and which font to take for characters that East Asian and
Latin scripts share.
"""

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType

import msgspec

from activities.documents.labels import UNKNOWN_LANGUAGE
from activities.formats.shared.xml_escaping import xml_attribute

_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_LTR = (
    "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u0370-\u058f\u0900-\u1fff"
    "\u2c00-\ud7ff\uf900-\ufaff\uff21-\uffdc\U00010000-\U000107ff\U00011000-\U0001e7ff"
    "\U00020000-\U0003ffff"
)
_RTL_STRETCH = re.compile(f"[{_RTL}](?:[^{_LTR}]*[{_RTL}])?")
_LTR_STRETCH = re.compile(f"[{_LTR}](?:[^{_RTL}]*[{_LTR}])?")

_DOCUMENT_TAGS = frozenset({"en", "en-US"})
_EAST_ASIAN_LANGUAGES = MappingProxyType(
    {"ja": "ja-JP", "ko": "ko-KR", "yue": "zh-HK", "zh": "zh-CN"}
)
_COMPLEX_LANGUAGES = frozenset(
    {"as", "bn", "bo", "dz", "gu", "hi", "km", "kn", "kok", "lo", "mai", "ml", "mr", "my", "ne"}
    | {"or", "pa", "sa", "si", "ta", "te", "th"}
)


class Script(IntEnum):
    """The script of a run, as Word distinguishes them."""

    PLAIN = 0
    RIGHT_TO_LEFT = 1
    EAST_ASIAN = 2
    COMPLEX = 3


class Language(msgspec.Struct, frozen=True):
    """The properties of runs in an item of one language."""

    right_to_left: bool
    foreign: Script
    """The script of text beyond ASCII, unless it is written from right to left."""
    properties: dict[Script, tuple[str, str]]
    """For each script what goes before and behind the other run properties (ECMA-376 part 1,
    17.3.2.28): `w:rFonts`, and `w:rtl`, `w:cs` and `w:lang`."""


@lru_cache(maxsize=64)
def language(tag: str, right_to_left: bool) -> Language:
    """The marks for a BCP 47 tag."""
    primary = tag.partition("-")[0].lower()
    foreign = Script.PLAIN
    if primary in _EAST_ASIAN_LANGUAGES:
        foreign = Script.EAST_ASIAN
    elif primary in _COMPLEX_LANGUAGES:
        foreign = Script.COMPLEX
    value = xml_attribute(tag)
    known = tag != UNKNOWN_LANGUAGE
    # Latin text in an item of another script keeps the document's language, which is English.
    latin = known and foreign is Script.PLAIN and not right_to_left and tag not in _DOCUMENT_TAGS
    lang = {
        Script.PLAIN: f'<w:lang w:val="{value}"/>' if latin else "",
        Script.RIGHT_TO_LEFT: f'<w:lang w:bidi="{value}"/>' if right_to_left and known else "",
        Script.EAST_ASIAN: f'<w:lang w:eastAsia="{value}"/>',
        Script.COMPLEX: f'<w:lang w:bidi="{value}"/>',
    }
    return Language(
        right_to_left,
        foreign,
        {
            Script.PLAIN: ("", lang[Script.PLAIN]),
            Script.RIGHT_TO_LEFT: ("", "<w:rtl/>" + lang[Script.RIGHT_TO_LEFT]),
            Script.EAST_ASIAN: ('<w:rFonts w:hint="eastAsia"/>', lang[Script.EAST_ASIAN]),
            Script.COMPLEX: ('<w:rFonts w:hint="cs"/>', "<w:cs/>" + lang[Script.COMPLEX]),
        },
    )


def east_asian_font_language(tags: Iterable[str]) -> str:
    """The language, with its country, by which Word picks the one font for East Asian text."""
    for tag in tags:
        primary, _, rest = tag.lower().partition("-")
        if primary == "zh" and ("hant" in rest or rest in {"tw", "hk", "mo"}):
            return "zh-TW"
        if primary in _EAST_ASIAN_LANGUAGES:
            return _EAST_ASIAN_LANGUAGES[primary]
    return "zh-CN"


def by_script(text: str, *, right_to_left: bool, foreign: Script) -> Iterator[tuple[str, Script]]:
    """The text in stretches of one script.

    What has no direction goes with the paragraph, whose direction is `right_to_left`, unless
    it stands between two letters that run against the paragraph.
    """
    if right_to_left:
        inner, outer_script, inner_script = _LTR_STRETCH, Script.RIGHT_TO_LEFT, Script.PLAIN
    else:
        inner, outer_script, inner_script = _RTL_STRETCH, foreign, Script.RIGHT_TO_LEFT
    position = 0
    for stretch in inner.finditer(text):
        if stretch.start() > position:
            yield text[position : stretch.start()], outer_script
        yield stretch[0], inner_script
        position = stretch.end()
    if position < len(text):
        yield text[position:], outer_script
