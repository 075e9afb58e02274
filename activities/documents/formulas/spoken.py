"""Formulas as words that can be read aloud, in the language of the text around them.

The wording follows MathSpeak's brief style: what is short is said plainly ("a over b"), what could
be misheard has an end ("fraction a plus b over c end fraction").
"""

import tomllib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from xml.etree.ElementTree import Element

import msgspec

from activities.documents.formulas.tex import (
    LARGE_OPERATORS,
    convert_tex,
    is_limit_name,
    lines_of,
    text_of,
)

_CACHED = 2048
_TABLE = Path(__file__).with_name("spoken.toml")
_OTHERWISE = "en"
_PRIMES = MappingProxyType({"′": 1, "'": 1, "″": 2, "‴": 3})
_SAME = str.maketrans(
    {"-": "−", "⋅": "×", "·": "×", "∗": "×", "*": "×", "⟶": "→", "⟹": "⇒", "⟺": "⇔"}
)
_MARKS = MappingProxyType(
    {
        **dict.fromkeys("^ˆ", "^"),
        **dict.fromkeys("―¯‾_\u0305\u0332", "¯"),
        **dict.fromkeys("→⃗", "→"),
        **dict.fromkeys("~˜", "~"),
        **dict.fromkeys(".˙", "."),
        "¨": "..",
    }
)
"""The marks that have a name, by how they are written above or below a letter."""
_SILENT = frozenset("\u2061\u2062\u2063\u2064\u200b")
"""Signs that only tell what belongs together."""


class _Phrases(msgspec.Struct, frozen=True):
    """How one language says what formulas are made of."""

    fraction: str
    long_fraction: str
    stacked: str
    square_root: str
    long_square_root: str
    root: str
    subscript: str
    squared: str
    cubed: str
    power: str
    long_power: str
    from_: str = msgspec.field(name="from")
    to: str
    under: str
    over: str
    matrix: str
    row: str
    struck: str
    prime: str
    marks: dict[str, str]
    signs: dict[str, str]


@cache
def _all_phrases() -> dict[str, _Phrases]:
    return msgspec.convert(tomllib.loads(_TABLE.read_text("utf-8")), dict[str, _Phrases])


@lru_cache(maxsize=_CACHED)
def spoken_formula(tex: str, language: str) -> str:
    """A formula as words; its TeX when it cannot be read.

    Args:
        tex: The formula without its delimiters.
        language: A BCP 47 tag. Of what has no phrases here, they are English.
    """
    known = _all_phrases()
    phrases = known.get(language.lower().partition("-")[0], known[_OTHERWISE])
    said = convert_tex(tex, _Speaker(phrases).said, displayed=True)
    return said or tex


class _Speaker:
    def __init__(self, phrases: _Phrases) -> None:
        self._phrases = phrases
        self._short_powers = {"2": phrases.squared, "3": phrases.cubed}
        self._handlers: dict[str, Callable[[Element], str]] = {
            "mfrac": self._fraction,
            "msqrt": self._square_root,
            "mroot": self._root,
            "mtable": self._table,
            "menclose": self._enclosed,
            "mphantom": lambda _element: "",
            "mspace": lambda _element: "",
            "msub": self._scripts,
            "msup": self._scripts,
            "msubsup": self._scripts,
            "munder": self._scripts,
            "mover": self._scripts,
            "munderover": self._scripts,
        }

    def said(self, mathml: Element) -> str:
        return " ".join(self._row(list(mathml)).split())

    def _row(self, elements: Sequence[Element]) -> str:
        return "; ".join(
            filter(
                None, (" ".join(map(self._element, line)).strip() for line in lines_of(elements))
            )
        )

    def _element(self, element: Element) -> str:
        handler = self._handlers.get(element.tag)
        if handler:
            return handler(element)
        text = text_of(element)
        sign = "" if text in _SILENT else self._phrases.signs.get(text.translate(_SAME), text)
        return f"{sign} {self._row(list(element))}"

    def _fraction(self, element: Element) -> str:
        upper, lower = map(self._element, element)
        if element.get("linethickness") == "0":
            return self._phrases.stacked.format(upper, lower)
        short = _is_short(upper) and _is_short(lower)
        return (self._phrases.fraction if short else self._phrases.long_fraction).format(
            upper, lower
        )

    def _square_root(self, element: Element) -> str:
        inner = self._row(list(element))
        short = self._phrases.square_root if _is_short(inner) else self._phrases.long_square_root
        return short.format(inner)

    def _root(self, element: Element) -> str:
        base, degree = map(self._element, element)
        return self._phrases.root.format(base, degree)

    def _table(self, element: Element) -> str:
        # The columns of aligned equations are parts of them.
        between = " " if element.get("displaystyle") == "true" else ", "
        rows = [between.join(self._row(list(cell)) for cell in row) for row in element]
        if len(rows) == 1:
            return rows[0]
        numbered = map(self._phrases.row.format, range(1, len(rows) + 1), rows)
        return self._phrases.matrix.format(len(rows), "; ".join(numbered))

    def _enclosed(self, element: Element) -> str:
        inner = self._row(list(element))
        struck = "strike" in element.get("notation", "")
        return self._phrases.struck.format(inner) if struck else inner

    def _scripts(self, element: Element) -> str:
        base, *scripts = element
        tag = element.tag
        lower = scripts[0] if tag in {"msub", "munder", "msubsup", "munderover"} else None
        upper = scripts[-1] if tag in {"msup", "mover", "msubsup", "munderover"} else None
        said = self._element(base)
        if text_of(base) in LARGE_OPERATORS:
            return self._with_limits(said, lower, upper)
        if lower is not None and upper is None and is_limit_name(base):
            return f"{said} {self._element(lower)}"
        beside = tag.startswith("ms")
        if lower is not None:
            phrase = self._phrases.subscript if beside else self._phrases.under
            said = phrase.format(said, self._mark(lower))
        if upper is None:
            return said
        return (
            self._raised(said, upper)
            if beside
            else self._phrases.over.format(said, self._mark(upper))
        )

    def _with_limits(self, said: str, lower: Element | None, upper: Element | None) -> str:
        if lower is not None:
            said = self._phrases.from_.format(said, self._element(lower))
        return said if upper is None else self._phrases.to.format(said, self._element(upper))

    def _raised(self, said: str, upper: Element) -> str:
        exponent = self._element(upper).strip()
        primes = _PRIMES.get("".join(upper.itertext()).strip())
        if primes:
            for _ in range(primes):
                said = self._phrases.prime.format(said)
            return said
        usual = self._phrases.power if _is_short(exponent) else self._phrases.long_power
        return self._short_powers.get(exponent, usual).format(said, exponent)

    def _mark(self, element: Element) -> str:
        kind = _MARKS.get(text_of(element))
        return self._phrases.marks[kind] if kind else self._element(element)


def _is_short(said: str) -> bool:
    return len(said.split()) <= 1
