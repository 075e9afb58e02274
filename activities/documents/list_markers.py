"""The numbers of lists as they are written."""

from collections.abc import Callable
from string import ascii_letters, ascii_lowercase, digits
from types import MappingProxyType
from typing import Final

from activities.documents.model import ListBlock, ListStyle

_ROMAN = (
    ("m", 1000),
    ("cm", 900),
    ("d", 500),
    ("cd", 400),
    ("c", 100),
    ("xc", 90),
    ("l", 50),
    ("xl", 40),
    ("x", 10),
    ("ix", 9),
    ("v", 5),
    ("iv", 4),
    ("i", 1),
)
_ROMAN_MAX = 3999
_LETTERS_MAX = 2
"""What is longer is a word."""

DASH: Final = "\u2013"
DOTS: Final = "\u2022\u25e6\u25aa\u2023"
"""Bullets that need no space behind them."""
BULLETS: Final = f"-+*{DOTS}\u00b7{DASH}"
MARKER_SIGNS: Final = BULLETS + digits + ascii_letters
"""What a list may begin with."""


def list_marker(block: ListBlock, value: int) -> str:
    """What stands before an entry of a numbered list: `1.`, `b)`, `iv.`.

    Numbers for which a style has no sign are decimal, as in CSS (CSS Counter Styles 3, 6.1).
    """
    return f"{list_number(block.style, value)}{block.delimiter}"


def list_number(style: ListStyle, value: int) -> str:
    """A number as the style writes it."""
    return _WRITERS[style](value)


def list_value(style: ListStyle, text: str) -> int | None:
    """The value of a number as the style writes it, None when it is none of this style."""
    if style == "decimal":
        return int(text) if text.isdecimal() else None
    if style.startswith("upper"):
        if not text.isupper():
            return None
        text = text.lower()
    elif not text.islower():
        return None
    value = _roman_value(text) if style.endswith("roman") else _alphabetic_value(text)
    return value if value is not None and list_number(style, value).lower() == text else None


def _roman_value(text: str) -> int | None:
    value = place = 0
    for digit, worth in _ROMAN:
        while text.startswith(digit, place):
            value += worth
            place += len(digit)
    return value if place == len(text) else None


def _alphabetic_value(text: str) -> int | None:
    if len(text) > _LETTERS_MAX:
        return None
    value = 0
    for letter in text:
        value = value * len(ascii_lowercase) + ascii_lowercase.find(letter) + 1
    return value


def _alphabetic(value: int) -> str:
    """Letters; after z comes aa."""
    if value < 1:
        return str(value)
    letters = ""
    while value:
        value, letter = divmod(value - 1, len(ascii_lowercase))
        letters = ascii_lowercase[letter] + letters
    return letters


def _roman(value: int) -> str:
    if not 1 <= value <= _ROMAN_MAX:
        return str(value)
    number = ""
    for digit, worth in _ROMAN:
        count, value = divmod(value, worth)
        number += digit * count
    return number


_WRITERS: MappingProxyType[ListStyle, Callable[[int], str]] = MappingProxyType(
    {
        "decimal": str,
        "lower-alpha": _alphabetic,
        "upper-alpha": lambda value: _alphabetic(value).upper(),
        "lower-roman": _roman,
        "upper-roman": lambda value: _roman(value).upper(),
    }
)
