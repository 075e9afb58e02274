"""Where text may be divided: grapheme clusters (UAX #29), and line breaks (UAX #14).

Both are ICU's, whose dictionaries part the words of Thai, Lao, Khmer and Burmese. Lines break at no
place where Unicode forbids it, and for courses at fewer than it allows: words of Korean stay whole,
as their writers part them by spaces; so do addresses, code and words with slashes; numbers are not
parted from their signs, nor in groups of digits, where there is a space; an em dash begins no line.
What is wider than a line is cut all the same: into `wide_units`, then into `address_parts`, then
into `smallest_parts`.

Callers break lines at spaces. Spaces at which no line may break, such as those of French before an
exclamation mark, are `HELD_SPACE` while text is set, and belong to words.
"""

import re
from itertools import accumulate, pairwise

from icu4py.breakers import CharacterBreaker, LineBreaker

HELD_SPACE = "\0"
"""Stands for a space at which no line may break; documents have no such character."""

SOFT_HYPHEN = "\xad"
"""Lines may break behind it, and show a hyphen then."""

_ROOT = "root"
"""Unicode's rules without those of a language."""

_HYPHENS = "\\-\xad\u058a\u05be\u0964\u0965\u2010\u2012\u2013\u2014\u200b"
"""What lines break after between letters: hyphens, shown or not, dashes, dandas, and the zero width
space."""
_ALPHABETS = "\0-\u0dff\u1e00-\u1fff\u2010-\u205f\u20a0-\u214f"
"""Letters and signs of scripts that are written with spaces."""
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
_IDEOGRAPHIC = (
    "\u2e80-\u2fdf\u3006-\u3007\u3021-\u3029\u3041-\u30fa\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
_WHOLE = re.compile(
    "[\0!-,.-~\xa1-\xac\xae-\u02c7\u02ce\u02cf\u0300-\u034e\u0370-\u0482\u048a-\u0589\u05d0-\u05ea"
    "\u0620-\u0669\u0900-\u0963\u0966-\u0970\u0980-\u09e3\u0a01-\u0a75\u0a81-\u0acd\u0b80-\u0bcd"
    "\u0c00-\u0c6f\u0d00-\u0d6f\u1e00-\u1fff\u2018-\u201f\u2026\u2039\u203a]*"
)
"""Words within which no line breaks, so that nobody has to be asked."""
_IDEOGRAPHS = re.compile("[\u4e00-\u9fff]+")
"""Chinese without punctuation: lines break between any two of them."""
_JOINED = re.compile(
    ".[\u2014|]"
    f"|(?![{_HYPHENS}])[{_ALPHABETS}][{_ALPHABETS}]"
    f"|[{_HANGUL}][^{_IDEOGRAPHIC}]"
    f"|[^{_HYPHENS}{_IDEOGRAPHIC}][{_HANGUL}]",
    re.DOTALL,
)
"""Two characters between which lines do not break although they may."""
_LEADING_HYPHENS = re.compile(f"[{_HYPHENS}]+")
_ADDRESS_PART = re.compile(r"[^/._?&=#-]*[/._?&=#-]+|[^/._?&=#-]+")

_EN_SPACE = "\u2002"
"""Stands behind the numbers of headings, and breaks where the usual space does."""
_OTHER_SPACE = "\t\u1680\u2000\u2001\u2003-\u2006\u2008-\u200a\u205f\u3000"
_SPACE = f" {_EN_SPACE}{_OTHER_SPACE}"
_SPACES = re.compile(f"[{_SPACE}]+")
_HELD_SPACES = re.compile(f"{HELD_SPACE}+")
_HELD_IN_ASCII = re.compile(r" +(?=[\])}!?/]|[,.:;](?![0-9]))|(?<=[\[({]) +(?=[^ ])", re.DOTALL)
"""Spaces at which no line may break, by the same rules as ICU's."""
_MAY_BE_HELD_IN_ASCII = re.compile(
    r" (?:[\])}!?,.:;/]|[0-9%$](?<=[0-9$] .)|(?<=[\[({] ).)", re.DOTALL
)
_INDIC = "\u0900-\u0963\u0966-\u0dff\u0e40-\u0e4e\u1000-\u104f"
_MARKS = f"\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f{_INDIC}"
_LETTERS = f"\\w{_MARKS}"
_USUAL = (
    "0-9A-Za-z\xc0-\xd6\xd8-\xf6\u0400-\u0481\u05d0-\u05ea\u0620-\u064a\u4e00-\u9fff\uac00-\ud7a3"
)
"""What most words begin with, before which a line may break at any space."""
_MAY_BE_HELD = re.compile(
    f"[{_OTHER_SPACE}]|{_EN_SPACE}(?![{_USUAL}])|[ {_EN_SPACE}](?:"
    f"(?<![{_LETTERS},.;:!?)\\]}}\u2026%\u201d\u2019\u00bb\u203a\"'\u2013\u2014*/\u3001\u3002-].)"
    f"|(?![{_LETTERS}{_SPACE}([{{\"'\u201c\u2018\u201e\u201a\u00ab\u2039*+#&<=>@\\\\^_`~\u2013-])"
    f"|(?<=[^{_LETTERS}][{_MARKS}].)"
    "|(?<=[0-9].)(?=[0-9])|(?<=\\W.)(?=[\u17d6\u3005-\u30ff\u31f0-\u31ff\ua015\uff66-\uff9f])"
    "|(?<=[\U00013000-\U0001b167].)|(?=[\U00013000-\U0001b167]))",
    re.DOTALL,
)
"""Whether there is a space at which perhaps no line may break."""
_NUMBER = re.compile(
    f"(?<=[0-9])[{_SPACE}]+(?=[%\u2030\u2031\u00b0\u2103\u2109$\u00a3\u00a5\u20a0-\u20cf])"
    f"|(?<=[$\u00a3\u00a5\u20a0-\u20cf\u2116\u00a7])[{_SPACE}]+(?=[0-9])"
    f"|(?<![\\w.,:/-])(?<![0-9][{_SPACE}])"
    f"(?:[0-9]{{1,3}}(?:[{_SPACE}][0-9]{{3}}){{1,4}}"
    f"|\\+[0-9]{{1,3}}(?:[{_SPACE}][0-9]{{1,8}}){{1,5}})(?!\\w|[{_SPACE}][0-9])"
)
"""A number and its sign, and numbers in groups of digits."""

_ALONE = re.compile(
    "[ -\u02ff\u0370-\u0482\u048a-\u058f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20cf"
    "\u2100-\u2bff\u2e80-\u2fdf\u3000-\u3029\u3030-\u3098\u309b-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\uff01-\uff9d\U00020000-\U0003ffff]*"
)
"""Text in which each character is a grapheme cluster."""
_SYLLABIC = re.compile("[\u0e00-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f]")
_LEADING_VOWEL = re.compile("[\u0e40-\u0e44\u0ec0-\u0ec4]")
_WITHIN_SYLLABLE = re.compile(
    "[\u0e2f\u0e30\u0e32\u0e33\u0e45\u0e46\u0eaf\u0eb0\u0eb2\u0eb3\u0ec6]"
    "|[\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c]"
    "|[\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f]\u1037?[\u1039\u103a]"
)
"""Vowels that follow a consonant in Thai, Lao and Burmese, and Burmese consonants without one."""

_CLUSTER_MAX = 64
"""Characters of a cluster. Longer ones, which Unicode allows, nobody wrote to be read; nothing that
sets text is made for them."""
ENDLESS = 1_000
"""Characters of a word that nobody wrote to be read: it takes time, and breaks as it comes."""
_CHUNK = 8
BESIDE = 64
"""Characters on each side of a place that tell whether a line may break there."""


def grapheme_clusters(text: str) -> list[str]:
    """What a reader takes for single characters: with marks, joined pictures, flags, syllables.

    The extended grapheme clusters of UAX #29, in parts of at most 64 characters.
    """
    if _ALONE.fullmatch(text):
        return list(text)
    found = list(CharacterBreaker(text, _ROOT))
    if len(text) > _CLUSTER_MAX and max(map(len, found)) > _CLUSTER_MAX:
        return [part for cluster in found for part in _bounded(cluster)]
    return found


def _bounded(cluster: str) -> list[str]:
    return [cluster[i : i + _CLUSTER_MAX] for i in range(0, len(cluster), _CLUSTER_MAX)]


def hold_spaces(text: str) -> str:
    """The text with `HELD_SPACE` for each space at which no line may break."""
    if text.isascii() and "\t" not in text:
        if not _MAY_BE_HELD_IN_ASCII.search(text):
            return text
        held = _HELD_IN_ASCII.sub(_held, text)
    else:
        if not _MAY_BE_HELD.search(text):
            return text
        breaks = set(accumulate(map(len, LineBreaker(text, _ROOT))))
        held = _SPACES.sub(lambda space: space[0] if space.end() in breaks else _held(space), text)
    return _NUMBER.sub(lambda number: _SPACES.sub(_hold, number[0]), held)


def _held(space: re.Match[str]) -> str:
    """What stands for a space; at the beginning and end of a line it stays itself."""
    start, end = space.span()
    around = space.string[max(start - 1, 0) : end + 1]
    within = start and end < len(space.string) and "\n" not in around
    return _hold(space) if within else space[0]


def _hold(space: re.Match[str]) -> str:
    return HELD_SPACE * len(space[0])


def as_shown(text: str) -> str:
    """The text with the spaces that were held, neighbours as one, and without soft hyphens."""
    if SOFT_HYPHEN in text:
        text = text.replace(SOFT_HYPHEN, "")
    return _HELD_SPACES.sub(" ", text) if HELD_SPACE in text else text


def is_unbreakable(word: str) -> bool:
    """Whether no line may break within a word, which has no spaces; asked once for most words."""
    if word.isascii() and "-" not in word:
        return len(word) < ENDLESS
    return len(unbreakable_units(word)) == 1


def unbreakable_units(word: str) -> list[str]:
    """The parts of a word, which has no spaces, between which a line may break."""
    if (word.isascii() and "-" not in word) or _WHOLE.fullmatch(word):
        return chunks(word)
    if _IDEOGRAPHS.fullmatch(word):
        return list(word)
    if HELD_SPACE in word:
        found = _joined_units(word.replace(HELD_SPACE, " "))
        ends = list(accumulate(map(len, found)))
        found = [word[start:end] for start, end in pairwise([0, *ends])]
    else:
        found = _joined_units(word)
    if len(word) < ENDLESS:
        return found
    return [chunk for unit in found for chunk in chunks(unit)]


def _joined_units(word: str) -> list[str]:
    found: list[str] = []
    for unit in LineBreaker(word, _ROOT):
        if found and (
            _JOINED.match(found[-1][-1] + unit[0])
            or (len(found) == 1 and _LEADING_HYPHENS.fullmatch(found[0]))
            or _WITHIN_SYLLABLE.match(unit)
            or found[-1][-1] == " "
        ):
            found[-1] += unit
        else:
            found.append(unit)
    return found


def wide_units(word: str) -> list[str]:
    """The parts of a word that is wider than a line, between which Unicode lets lines break."""
    return list(LineBreaker(word, _ROOT))


def chunks(word: str) -> list[str]:
    """The word; one that goes over lines and lines, in chunks that can be shaped at once."""
    if len(word) < ENDLESS:
        return [word]
    found = grapheme_clusters(word)
    return ["".join(found[i : i + _CHUNK]) for i in range(0, len(found), _CHUNK)]


def may_break_between(before: str, after: str) -> bool:
    """Whether a line may break between two neighbouring pieces of a word."""
    before, after = before[-BESIDE:], after[:BESIDE]
    return len(before) in accumulate(map(len, unbreakable_units(before + after)))


def address_parts(word: str) -> list[str]:
    """A long word such as a URL, cut after its punctuation."""
    return _ADDRESS_PART.findall(word)


def smallest_parts(word: str) -> list[str]:
    """The clusters of a word; in Thai, Lao and Burmese, with what has no sound of its own."""
    found = grapheme_clusters(word)
    if not _SYLLABIC.search(word):
        return found
    parts: list[str] = []
    for cluster in found:
        if parts and (_LEADING_VOWEL.fullmatch(parts[-1]) or _WITHIN_SYLLABLE.match(cluster)):
            parts[-1] += cluster
        else:
            parts.append(cluster)
    return parts
