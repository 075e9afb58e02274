"""Where text may be divided: grapheme clusters (UAX #29), and line breaks (UAX #14).

Callers break lines at spaces. Here are the other places: within a word, and what may stand at the
beginning or end of a line at all. The line breaks are those of UAX #14 with tailorings for courses:
words of Korean stay whole, as their writers part them by spaces; so do addresses and words with
slashes, unless they are wider than a line; an em dash begins no line; lines may break before the
leading vowels of Thai and Lao, since there are no spaces and no dictionary here.
"""

import re

import regex

# Classes of UAX #14: closing punctuation (CL), exclamations (EX), what does not begin a line (NS,
# CJ), leaders (IN) and signs behind numbers (PO), as far as they stand beside ideographs.
NOT_FIRST = frozenset(
    "、。，．・：；？！」』】〗）〕〉》〙〛］｝〞〟｠｡｣､･”’ー々〻ゝゞヽヾ゛゜〜゠‼⁇⁈⁉…‥％℃°"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿｧｨｩｪｫｬｭｮｯｰ"
    ")]}.,;:!?%"
)
"""Characters that begin no line, beside letters between which lines break (kinsoku)."""
NOT_LAST = frozenset("「『【〖（〔〈《〘〚｛［〝｟｢“‘([{")
"""Characters that end no line."""

_OPENING = re.escape("".join(sorted(NOT_LAST)))
_CLOSING = re.escape("".join(sorted(NOT_FIRST)))
_IDEOGRAPHIC = (
    "\u2e80-\u2fdf\u3006-\u3007\u3021-\u3029\u3042-\u30fa\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff10-\uff5a\uff66-\uff9d\U0001f000-\U0001faff\U00020000-\U0003ffff"
)
_LEADING_VOWELS = "\u0e40-\u0e44\u0ec0-\u0ec4"
_BREAK_AFTER = "\\-\u2010\u2012\u2013\u2014\u200b\u0964\u0965\u1361\u17d4\u17d5"
"""Hyphens and dashes, the zero width space, and what ends words and sentences in Indic scripts,
Ethiopic and Khmer."""
_WIDE_CLOSING = "、。，．：；？！」』】〗）〕〉》］｝"

_SUSPECT = re.compile(f"[{_IDEOGRAPHIC}{_LEADING_VOWELS}{_BREAK_AFTER}{_WIDE_CLOSING}]")
# A hyphen before a digit belongs to a number or a date (rule LB25).
_NEXT_WORD = r"(?=\w)(?!(?<=-)\d)"
_LETTER = f"[{_OPENING}]*(?![{_CLOSING}])[{_IDEOGRAPHIC}]"
_UNIT = re.compile(
    f"{_LETTER}[{_CLOSING}]*"
    f"|[{_LEADING_VOWELS}][^{_LEADING_VOWELS}{_IDEOGRAPHIC}]*"
    f"|[^{_BREAK_AFTER}{_WIDE_CLOSING}{_IDEOGRAPHIC}{_LEADING_VOWELS}]+?"
    f"[{_BREAK_AFTER}]+{_NEXT_WORD}"
    f"|(?:(?!{_LETTER})[^{_LEADING_VOWELS}])+?"
    f"(?={_LETTER}|[{_LEADING_VOWELS}]"
    rf"|(?<=[^{_BREAK_AFTER}][{_BREAK_AFTER}]){_NEXT_WORD}|(?<=[{_WIDE_CLOSING}])(?=\w)|$)"
    "|.",
    re.DOTALL,
)
_ADDRESS_PART = re.compile(r"[^/._?&=#-]*[/._?&=#-]+|[^/._?&=#-]+")

# Flags by themselves: in a row of them, `regex` counts from its beginning again and again.
_CLUSTER = regex.compile("[\U0001f1e6-\U0001f1ff]{2}[\\p{M}\u200d]*|\\X")
_ALONE = re.compile(
    "[ -\u02ff\u0370-\u0482\u048a-\u058f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20cf"
    "\u2100-\u2bff\u2e80-\u2fdf\u3000-\u3029\u3030-\u3098\u309b-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\uff01-\uff9d\U00020000-\U0003ffff]*"
)
"""Text in which each character is a grapheme cluster."""
_JOINED = re.compile(
    "[\u0300-\u036f\u200d\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\U0001f1e6-\U0001f1ff"
    "\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
"""What may be one grapheme cluster with an ideograph or picture beside it."""

_CLUSTER_MAX = 64
"""Characters of a cluster. Longer ones, which Unicode allows, nobody wrote to be read; nothing that
sets text is made for them."""
ENDLESS = 1_000
"""Characters of a word that nobody wrote to be read: it takes time, and breaks as it comes."""
_CHUNK = 8


def grapheme_clusters(text: str) -> list[str]:
    """What a reader takes for single characters: with marks, joined pictures, flags, syllables.

    The extended grapheme clusters of UAX #29, in parts of at most 64 characters.
    """
    if text.isascii() or _ALONE.fullmatch(text):
        return list(text)
    found: list[str] = _CLUSTER.findall(text)
    if len(text) > _CLUSTER_MAX and max(map(len, found)) > _CLUSTER_MAX:
        return [part for cluster in found for part in _bounded(cluster)]
    return found


def _bounded(cluster: str) -> list[str]:
    return [cluster[i : i + _CLUSTER_MAX] for i in range(0, len(cluster), _CLUSTER_MAX)]


def unbreakable_units(word: str) -> list[str]:
    """The parts of a word, which has no spaces, between which a line may break."""
    if word.isascii() and "-" not in word:
        return chunks(word)
    found = [word]
    if _SUSPECT.search(word):
        found = _UNIT.findall(word)
        if len(found) > 1 and _JOINED.search(word):
            found = _whole_clusters(word, found)
    if len(word) < ENDLESS:
        return found
    return [chunk for unit in found for chunk in chunks(unit)]


def _whole_clusters(word: str, units: list[str]) -> list[str]:
    """The units, of which those that would divide a grapheme cluster are joined."""
    starts = set()
    place = 0
    for cluster in grapheme_clusters(word):
        starts.add(place)
        place += len(cluster)
    found: list[list[str]] = []
    place = 0
    for unit in units:
        if place in starts:
            found.append([unit])
        else:
            found[-1].append(unit)
        place += len(unit)
    return list(map("".join, found))


def chunks(word: str) -> list[str]:
    """The word; one that goes over lines and lines, in chunks that can be shaped at once."""
    if len(word) < ENDLESS:
        return [word]
    found = grapheme_clusters(word)
    return ["".join(found[i : i + _CHUNK]) for i in range(0, len(found), _CHUNK)]


def may_break_between(before: str, after: str) -> bool:
    """Whether a line may break between two neighbouring characters without a space."""
    return len(unbreakable_units(before + after)) > 1


def address_parts(word: str) -> list[str]:
    """A long word such as a URL, cut after its punctuation."""
    return _ADDRESS_PART.findall(word)
