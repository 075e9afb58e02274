"""Where a line may break within a word: the part of UAX #14 that courses need.

Spaces are handled by the caller. Here: after hyphens and dashes, between ideographs and kana
(but not before closing marks or after opening ones), before the leading vowels of Thai and Lao;
and, for words that are wider than a line, anywhere between characters.
"""

import re
import unicodedata

_OPENING = "「『【（〔〈《｛［“‘([{"
_CLOSING = (
    "、。，．・：；？！」』】）〕〉》｝］”’ー々〜…‥"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ)\\]}.,;:!?%"
)
_IDEOGRAPHIC = (
    "\u2e80-\u2fdf\u3006-\u3007\u3021-\u3029\u3042-\u30fa\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff10-\uff5a\U00020000-\U0003ffff"
)
_LEADING_VOWELS = "\u0e40-\u0e44\u0ec0-\u0ec4"
_DASHES = "\\-\u2010\u2013\u2014\u200b"

_SUSPECT = re.compile(f"[{_IDEOGRAPHIC}{_LEADING_VOWELS}{_DASHES}]")
_UNIT = re.compile(
    f"[{_OPENING}]*[{_IDEOGRAPHIC}][{_CLOSING}]*"
    f"|[{_LEADING_VOWELS}][^{_LEADING_VOWELS}{_IDEOGRAPHIC}]*"
    f"|[^{_DASHES}{_IDEOGRAPHIC}{_LEADING_VOWELS}]+?[{_DASHES}]+(?=\\w)"
    f"|(?:(?![{_OPENING}]*[{_IDEOGRAPHIC}])[^{_LEADING_VOWELS}])+?"
    f"(?=[{_OPENING}]*[{_IDEOGRAPHIC}]|[{_LEADING_VOWELS}]|(?<=[^{_DASHES}][{_DASHES}])\\w|$)"
    "|.",
    re.DOTALL,
)
_ADDRESS_PART = re.compile(r"[^/._?&=#-]*[/._?&=#-]+|[^/._?&=#-]+")
ENDLESS = 1_000
"""Characters of a word that nobody wrote to be read: it takes time, and breaks as it comes."""
_STRETCH = 8
_JOINERS = frozenset("\u200d\ufe0e\ufe0f\u034f")


def units(word: str) -> list[str]:
    """The stretches of a word between which a line may break."""
    if word.isascii() and "-" not in word:
        return stretches(word)
    found = _UNIT.findall(word) if _SUSPECT.search(word) else [word]
    if len(word) < ENDLESS:
        return found
    return [stretch for unit in found for stretch in stretches(unit)]


def stretches(word: str) -> list[str]:
    """The word; one that goes over lines and lines, in stretches that can be shaped at once."""
    if len(word) < ENDLESS:
        return [word]
    found = clusters(word)
    return ["".join(found[i : i + _STRETCH]) for i in range(0, len(found), _STRETCH)]


def may_break_between(before: str, after: str) -> bool:
    """Whether a line may break between two neighbouring characters."""
    return len(units(before + after)) > 1


def address_parts(word: str) -> list[str]:
    """A long word such as a URL, cut after its punctuation."""
    return _ADDRESS_PART.findall(word)


def clusters(word: str) -> list[str]:
    """What a reader takes for single characters, marks and joined pictures included."""
    if word.isascii():
        return list(word)
    found: list[str] = []
    for character in word:
        joined = found and (
            character in _JOINERS
            or found[-1][-1] == "\u200d"
            or unicodedata.category(character)[0] == "M"
        )
        if joined:
            found[-1] += character
        else:
            found.append(character)
    return found
