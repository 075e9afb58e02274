"""Texts as they are compared: without the differences that readers do not mean.

Letters are folded as Unicode says: `str.casefold` (the Unicode Standard, 3.13) and NFKC (UAX 15).
"""

import re
import unicodedata
from typing import Final

# Invisible characters: soft hyphens, joiners, marks of direction, variation selectors.
_INVISIBLE: Final = re.compile(
    "[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Accents of Latin, Greek and Cyrillic letters, points of Hebrew and vowel marks of Arabic, which
# people leave out as they type. Marks of other scripts are letters of their own.
_MARKS: Final = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670]")
_NUMBER: Final = re.compile(r"\d{1,12}")
_DIGITS: Final = 12


def one_line(text: str) -> str:
    """The text in one line and in NFC, without control characters and blanks around it."""
    return unicodedata.normalize("NFC", " ".join(_CONTROL.sub(" ", text).split()))


def folded(text: str) -> str:
    """The same for texts that differ in case, width, blanks or the spelling of a character."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return one_line(unicodedata.normalize("NFKC", visible.casefold()))


def searchable(text: str) -> str:
    """As `folded`, and without the accents and vowel marks that are left out in typing."""
    marks = unicodedata.normalize("NFKD", folded(text))
    return unicodedata.normalize("NFC", _MARKS.sub("", marks))


def sort_key(text: str, most_bytes: int) -> str:
    """By which texts are put in order: numbers in them by their value, `2` before `10`.

    Args:
        text: what is put in order.
        most_bytes: of the key in UTF-8.
    """
    padded = _NUMBER.sub(lambda found: str(int(found[0])).zfill(_DIGITS), searchable(text))
    return first_bytes(padded, most_bytes)


def first_bytes(text: str, most_bytes: int) -> str:
    """As many characters of the text as have so many bytes in UTF-8."""
    return text.encode(errors="replace")[:most_bytes].decode(errors="ignore")
