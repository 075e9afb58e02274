"""JSON with one form for each value, so that it can be signed (RFC 8785, "JCS")."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

LARGEST_WHOLE: Final = 2**53 - 1
"""Beyond it not every reader has the same number (RFC 7493, 2.2)."""

_MOST_DIGITS: Final = 21
_MOST_ZEROS: Final = 6


def canonical(value: object) -> bytes:
    """A value as JSON, in UTF-8.

    Args:
        value: None, a flag, a text, a number, or lists and mappings of these with texts as keys.

    Raises:
        ValueError: a number that not every reader of JSON has, or half of a surrogate pair.
        TypeError: something that JSON has not.
    """
    return _text(value).encode()


def _text(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            if abs(value) > LARGEST_WHOLE:
                raise ValueError("a whole number that not every reader has")
            return str(value)
        case float():
            return _number(value)
        case Mapping():
            # By units of UTF-16, as the RFC wants it.
            ordered = sorted(value, key=lambda key: str(key).encode("utf-16-be", "surrogatepass"))
            return "{" + ",".join(f"{_key(key)}:{_text(value[key])}" for key in ordered) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_text, value)) + "]"
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError("keys of JSON are texts")
    return _text(key)


def _number(value: float) -> str:
    """A number as ECMAScript writes it (ECMA-262, Number::toString)."""
    if not math.isfinite(value):
        raise ValueError("no number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    # Python, too, takes the fewest digits that give the same number again.
    _, figures, power = Decimal(repr(abs(value))).normalize().as_tuple()
    digits = "".join(map(str, figures))
    point = len(digits) + int(power)
    if len(digits) <= point <= _MOST_DIGITS:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= _MOST_DIGITS:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -_MOST_ZEROS < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
    return f"{sign}{mantissa}e{point - 1:+d}"
