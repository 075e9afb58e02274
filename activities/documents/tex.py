"""TeX formulas as presentation MathML, and what their operators are.

latex2mathml reads the TeX. The classes of operators follow the operator dictionary of MathML Core
(appendix B) and TeX's (The TeXbook, chapter 17), so that every format sets a formula alike.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import unescape
from types import MappingProxyType
from typing import Final, Generic, Protocol, TypeVar
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

_FORMULAS_CACHED = 2048
"""Formulas that a format keeps in a process once they are set."""
_CACHED_LENGTH = 200
"""Longer formulas hardly come again, and would fill the memory of a process that lives long."""
_TEX_MAX = 4000
"""Characters; what is longer is no formula that anybody wrote."""
# Environments that the reader knows by other names.
_WITHIN_FORMULA = re.compile(r"\\(begin|end)\{(align|gather)ed\}")
_ESCAPED_IN_TEXT = re.compile(r"\\([#$%&_{}])")

RELATIONS: Final = frozenset("=<>≤≥≠≈≡∼≅∝→⇒⇔↔←⇐↦⟶⟹⟺∈∉∋⊂⊆⊃⊇⊥⟂∥∣≪≫≺≻⇌⟵↑↓:∴∵")
BINARY_OPERATORS: Final = frozenset("+−-±∓×÷⋅·∗*∘∪∩∧∨⊕⊗∖⧵/")
PUNCTUATION: Final = frozenset(",;")
SUMS: Final = frozenset("∏∐∑⋀⋁⋂⋃⨀⨁⨂⨄⨆")
"""Large operators whose limits stand above and below them in displayed formulas."""
INTEGRALS: Final = frozenset("∫∬∭∮∯∰")
LARGE_OPERATORS: Final = SUMS | INTEGRALS
OPENING: Final = frozenset("([{⟨⌈⌊")
CLOSING: Final = frozenset(")]}⟩⌉⌋")
EITHER_SIDE: Final = frozenset("|‖")
"""Delimiters that open and close alike."""
FENCES: Final = OPENING | CLOSING | EITHER_SIDE
COMBINING_ACCENTS: Final = MappingProxyType(
    {
        "^": "\u0302",
        "~": "\u0303",
        "˙": "\u0307",
        "¨": "\u0308",
        "ˇ": "\u030c",
        "˘": "\u0306",
        "`": "\u0300",
        "´": "\u0301",
        "→": "\u20d7",
    }
)
"""The combining character of each accent that stands above its base."""
BARS: Final = frozenset("―¯_‾\u0305\u0332")
BRACES: Final = frozenset("⏞⏟")
_LIMIT_NAMES = frozenset({"lim", "max", "min", "sup", "inf"})

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class _Setter(Protocol[_T_co]):
    def __call__(self, tex: str, *, displayed: bool) -> _T_co: ...


class CachedFormulas(Generic[_T]):
    """A function that sets formulas, and remembers those that may come again."""

    def __init__(self, setter: _Setter[_T]) -> None:
        self._setter = setter
        self._cached = lru_cache(maxsize=_FORMULAS_CACHED)(setter)
        self.cache_clear = self._cached.cache_clear
        self.cache_info = self._cached.cache_info

    def __call__(self, tex: str, *, displayed: bool) -> _T:
        """Set the formula."""
        known = self._cached if len(tex) <= _CACHED_LENGTH else self._setter
        return known(tex, displayed=displayed)


class UnreadableFormulaError(Exception):
    """MathML that a format has no counterpart for, or marks of TeX that the reader passed on."""


def convert_tex(tex: str, convert: Callable[[Element], _T], *, displayed: bool) -> _T | None:
    """Read a formula and convert it.

    Args:
        tex: The formula without its delimiters.
        convert: Makes something of the `math` element; may raise whatever it likes.
        displayed: Whether the formula stands on a line of its own.

    Returns:
        What `convert` made, or None when the formula is too long, or cannot be read or converted.
    """
    if len(tex) > _TEX_MAX:
        return None
    try:
        return convert(_read(tex, displayed))
    except Exception:  # noqa: BLE001 - on bad input the reader raises whatever it runs into
        return None


def _read(tex: str, displayed: bool) -> Element:
    mathml: Element = convert_to_element(
        _WITHIN_FORMULA.sub(r"\\\1{\2*}", tex), display="block" if displayed else "inline"
    )
    for element in mathml.iter():
        if text := element.text:
            element.text = _plain_text(text, quoted=element.tag == "mtext")
    return mathml


def _plain_text(text: str, *, quoted: bool) -> str:
    """The text of an element, of which the reader leaves character references as they are."""
    if quoted:
        text = _ESCAPED_IN_TEXT.sub(r"\1", text)
    elif text == "&":
        # It parts columns, and there are none here.
        raise UnreadableFormulaError(text)
    if "\\" in text:
        raise UnreadableFormulaError(text)
    return unescape(text).strip(" \n")


def text_of(element: Element) -> str:
    """The text that an element itself holds."""
    return element.text or ""


def lines_of(elements: Sequence[Element]) -> list[list[Element]]:
    """The elements of each line of a row."""
    lines: list[list[Element]] = [[]]
    for element in elements:
        if element.get("linebreak") == "newline":
            lines.append([])
        else:
            lines[-1].append(element)
    return lines


def is_limit_name(element: Element) -> bool:
    """Whether an element is the name of an operator that has its subscript below it: lim, max.

    The reader marks all of them but the five most common ones.
    """
    return text_of(element) in _LIMIT_NAMES or (
        element.get("movablelimits") == "true" and len(text_of(element)) > 1
    )
