"""How many columns a text takes in a fixed-width font, and lines of limited width.

Wide characters take two columns (https://www.unicode.org/reports/tr11/), combining ones none.
"""

import re
import unicodedata
from functools import lru_cache

# All of these take one column each: Latin, Greek, Cyrillic and common punctuation.
_NARROW = re.compile("[ -\xac\xae-˿Ͱ-҂Ҋ-ԯḀ-῿‐-‧‰-⁞₠-⃀←-⇿∀-⋿]*")

# Letters that take two columns, mostly; a word without any is not broken.
_WIDE = re.compile("[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹯！-｠￠-￦\U0001f000-\U0003fffd]")

# What no line starts with: closing punctuation of Chinese and Japanese.
_NOT_FIRST = frozenset("、。，．：；？！）］｝〕〉》」』】〗”’…ー々")
_NOT_LAST = frozenset("（［｛〔〈《「『【〖“‘")
_ZERO_WIDTH_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def width(text: str) -> int:
    """Columns of a text without line breaks."""
    return len(text) if _is_narrow(text) else _wide_width(text)


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most `columns`, broken at spaces and between wide characters.

    A newline in the text ends a line. A word that is longer than a line is kept whole.
    """
    if len(text) * 2 <= columns and "\n" not in text:
        return [text]
    lines: list[str] = []
    for line in text.split("\n"):
        if _is_narrow(line):
            lines += [line] if len(line) <= columns else _narrow_breaks(columns).findall(line)
        else:
            lines += _wrap_wide(line, columns)
    return lines


def _is_narrow(text: str) -> bool:
    return text.isascii() or _NARROW.fullmatch(text) is not None


@lru_cache(maxsize=256)
def _narrow_breaks(columns: int) -> re.Pattern[str]:
    return re.compile(rf"(.{{0,{columns - 1}}}[^ ]|[^ ]+)(?: +|$)")


@lru_cache(maxsize=65536)
def _wide_width(text: str) -> int:
    columns = 0
    joined = False
    for character in text:
        if not joined:
            columns += _character_width(character)
        joined = character == _ZERO_WIDTH_JOINER
    return columns


@lru_cache(maxsize=8192)
def _character_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"} or ord(character) in _SKIN_TONES:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _wrap_wide(line: str, columns: int) -> list[str]:
    lines: list[str] = []
    current = ""
    used = 0
    for word, space in _words(line):
        needed = width(word)
        if current and used + space + needed > columns:
            lines.append(current)
            current, used = word, needed
        else:
            current += " " * space + word
            used += space + needed
    lines.append(current)
    return lines


def _words(line: str) -> list[tuple[str, int]]:
    """Unbreakable stretches, each with the number of spaces (0 or 1) before it."""
    words: list[tuple[str, int]] = []
    for position, word in enumerate(line.split()):
        space = 1 if position else 0
        start = 0
        for place in range(1, len(word)) if _WIDE.search(word) else ():
            if _may_break(word[place - 1], word[place]):
                words.append((word[start:place], space))
                start, space = place, 0
        words.append((word[start:], space))
    return words


@lru_cache(maxsize=65536)
def _may_break(before: str, after: str) -> bool:
    if before in _NOT_LAST or after in _NOT_FIRST or before == _ZERO_WIDTH_JOINER:
        return False
    if _character_width(after) == 0:
        return False
    return _character_width(before) == 2 or _character_width(after) == 2
