"""TeX formulas as presentation MathML, and what their operators are.

latex2mathml reads the TeX. The classes of operators follow the operator dictionary of MathML Core
(appendix B) and TeX's (The TeXbook, chapter 17), so that every format sets a formula alike.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import unescape
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Generic, Protocol, TypeVar
from unicodedata import normalize
from xml.etree.ElementTree import Element, SubElement

from latex2mathml.converter import convert_to_element

from activities.documents.formulas.macros import RewrittenTex, Words
from activities.documents.formulas.words import read_words

_FORMULAS_CACHED = 2048
"""Formulas that a format keeps in a process once they are set."""
_READ_CACHED = 256
"""Formulas that were read a moment ago: a PDF sets, says and writes each."""
_CACHED_LENGTH = 200
"""Longer formulas hardly come again, and would fill the memory of a process that lives long."""
_TEX_MAX = 4000
"""Characters; what is longer is no formula that anybody wrote."""
_LENGTH = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))\s*(em|ex|mu|pt|bp|px|mm|cm|in)")
_UNITS = MappingProxyType(
    {"em": 1.0, "ex": 0.43, "mu": 1 / 18, "pt": 0.1, "bp": 0.1, "px": 0.075, "mm": 0.283,
     "cm": 2.835, "in": 7.2}
)  # fmt: skip
_NAMED_SPACES = MappingProxyType(
    {
        f"{sign}{name}mathspace": (-1 if sign else 1) * width
        for name, width in (("thin", 0.167), ("medium", 0.222), ("thick", 0.278))
        for sign in ("", "negative")
    }
)
_NESTED_MAX = 8
"""Formulas in words in formulas."""
_LINES = ("columnlines", "rowlines")
_DELIMITERS = MappingProxyType(
    {
        "\\{": "{", "\\}": "}", "\\|": "‖", "\\lbrace": "{", "\\rbrace": "}", "\\lbrack": "[",
        "\\rbrack": "]", "\\langle": "⟨", "\\rangle": "⟩", "<": "⟨", ">": "⟩", "\\lvert": "|",
        "\\rvert": "|", "\\vert": "|", "\\lVert": "‖", "\\rVert": "‖", "\\Vert": "‖",
        "\\lfloor": "⌊", "\\rfloor": "⌋", "\\lceil": "⌈", "\\rceil": "⌉", "\\lgroup": "(",
        "\\rgroup": ")", "\\uparrow": "↑", "\\downarrow": "↓", "\\updownarrow": "↕",
        "\\Uparrow": "⇑", "\\Downarrow": "⇓", "\\Updownarrow": "⇕", "\\backslash": "\\", ".": "",
    }
)  # fmt: skip
"""Those behind `\\big` and its kin, which the reader leaves as they are written."""
_SLASH = "⧸"

_PLAIN_RELATIONS = (
    "=<>≤≥≡∼≅≈∝∈∋⊂⊃⊆⊇⊥⟂∥∣≪≫≺≻:∴∵≔≕≜≝≟≐≑≒≓≍≎≏≖≗≞≣≦≧≲≳≶≷≼≽≾≿⊏⊐⊑⊒⊢⊣⊨⊩⊪⊲⊳⊴⊵⋈⋍⋐⋑⋔⋖⋗⋘⋙⋚⋛⋞⋟⌢⌣⩽⩾⪅⪆⪯⪰"
)
_ARROWS = (range(0x2190, 0x2200), range(0x27F0, 0x2800), range(0x2900, 0x2980))
_NEGATION = "\u0338"

RELATIONS: Final = frozenset(_PLAIN_RELATIONS) | {
    *(
        negated
        for sign in _PLAIN_RELATIONS
        if len(negated := normalize("NFC", sign + _NEGATION)) == 1
    ),
    *(chr(code) for codes in _ARROWS for code in codes),
}
BINARY_OPERATORS: Final = frozenset("+−-±∓×÷⋅·∗*∘∪∩∧∨⊕⊗∖⧵/∔⊎⊓⊔⊖⊘⊙⊚⊛⊝⊞⊟⊠⊡⋄⋆⋉⋊⋋⋌⋎⋏⋒⋓≀†‡")
PUNCTUATION: Final = frozenset(",;")
SUMS: Final = frozenset("∏∐∑⋀⋁⋂⋃⨀⨁⨂⨄⨆")
"""Large operators whose limits stand above and below them in displayed formulas."""
INTEGRALS: Final = frozenset("∫∬∭∮∯∰")
LARGE_OPERATORS: Final = SUMS | INTEGRALS
OPENING: Final = frozenset("([{⟨⌈⌊")
CLOSING: Final = frozenset(")]}⟩⌉⌋")
NAMED_SIGNS: Final = frozenset({"mod"})
"""Words that stand between two operands as signs do."""
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
        "˚": "\u030a",
    }
)
"""The combining character of each accent that stands above its base."""
_VARIANT_STARTS: Final = MappingProxyType(
    {
        # capitals, small letters, Greek capitals, small Greek letters, digits; 0 where none are
        "bold": (0x1D400, 0x1D41A, 0x1D6A8, 0x1D6C2, 0x1D7CE),
        "italic": (0x1D434, 0x1D44E, 0x1D6E2, 0x1D6FC, 0),
        "bold-italic": (0x1D468, 0x1D482, 0x1D71C, 0x1D736, 0x1D7CE),
        "script": (0x1D49C, 0x1D4B6, 0, 0, 0),
        "fraktur": (0x1D504, 0x1D51E, 0, 0, 0),
        "double-struck": (0x1D538, 0x1D552, 0, 0, 0x1D7D8),
        "sans-serif": (0x1D5A0, 0x1D5BA, 0, 0, 0x1D7E2),
        "sans-serif-italic": (0x1D608, 0x1D622, 0, 0, 0x1D7E2),
        "monospace": (0x1D670, 0x1D68A, 0, 0, 0x1D7F6),
    }
)
"""Mathematical alphanumeric symbols (The Unicode Standard, 22.2), by the variants of MathML."""
_LETTERLIKE: Final = MappingProxyType(
    {
        "italic": {"h": "ℎ"},
        "script": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
        "fraktur": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
        "double-struck": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
    }
)
"""Letters that had a place before the others got theirs."""
_GREEK_FORMS = "∂ϵϑϰϕϱϖ"
"""They follow the small letters, in this order."""
_RANGES = (("A", "Z"), ("a", "z"), ("Α", "Ω"), ("α", "ω"), ("0", "9"))
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
        convert: Makes something of the `math` element, which it leaves as it is, as others get it
            too; may raise whatever it likes.
        displayed: Whether the formula stands on a line of its own.

    Returns:
        What `convert` made, or None when the formula is too long, or cannot be read or converted.
    """
    if len(tex) > _TEX_MAX:
        return None
    read = _read_once if len(tex) <= _CACHED_LENGTH else _read
    try:
        return convert(read(tex, displayed))
    except Exception:  # noqa: BLE001 - on bad input the reader raises whatever it runs into
        return None


@lru_cache(maxsize=_READ_CACHED)
def _read_once(tex: str, displayed: bool) -> Element:
    return _read(tex, displayed)


def _read(tex: str, displayed: bool, depth: int = 0) -> Element:
    """The `math` element of a formula.

    Attributes beyond those of MathML Core tell of an array's rules: `columnlines` holds the gaps
    that have one, `rowlines` gap, first and last column of each.
    """
    rewritten = RewrittenTex(tex)
    mathml: Element = convert_to_element(rewritten.tex, display="block" if displayed else "inline")
    is_negated = "\\not" in rewritten.tex
    for element in list(mathml.iter()):
        text = element.text
        if text and element.get("minsize") and text in _DELIMITERS:
            element.text = _DELIMITERS[text]
        elif text and text in rewritten.words and element.tag == "mtext":
            _put_words(element, rewritten.words[text], depth)
        elif text and text not in rewritten.rules:
            element.text = plain = _plain_text(text)
            if element.tag == "mi" and plain != text and plain.isascii() and plain.isalpha():
                # Of a letter in roman type the reader keeps the code alone.
                element.set("mathvariant", "normal")
        if element.tag == "mtable":
            _put_rules(element, rewritten)
        if is_negated and len(element) > 1:
            _join_negations(element)
        if element.tag == "msup":
            _free_prime(element)
    return mathml


def _plain_text(text: str) -> str:
    """The text of an element, of which the reader leaves character references as they are."""
    if text == "&" or "\\" in text:
        # The former parts columns, and there are none here.
        raise UnreadableFormulaError(text)
    return unescape(text).strip(" \n")


def _put_words(element: Element, words: Words, depth: int) -> None:
    """Let an element be the words and formulas that a command holds."""
    if depth > _NESTED_MAX:
        raise UnreadableFormulaError
    variant = element.get("mathvariant") or words.variant
    pieces = read_words(words.tex, variant)
    element.attrib.pop("mathvariant", None)
    if len(pieces) == 1 and not pieces[0].is_formula:
        element.text = pieces[0].text
        if pieces[0].variant:
            element.set("mathvariant", pieces[0].variant)
        return
    element.tag, element.text = "mrow", None
    for piece in pieces:
        if piece.is_formula:
            element.extend(_read(piece.text, False, depth + 1))
        else:
            attributes = {"mathvariant": piece.variant} if piece.variant else {}
            SubElement(element, "mtext", attributes).text = piece.text


def _put_rules(table: Element, rewritten: RewrittenTex) -> None:
    """Give a table the rules that its first cell tells of, which the reader reads in its way."""
    for name in _LINES:
        table.attrib.pop(name, None)
    cell = table.find("mtr/mtd")
    if cell is None or not len(cell):
        return
    rules = rewritten.rules.get(text_of(cell[0]))
    if rules is None:
        return
    cell.remove(cell[0])
    if rules.columns:
        table.set("columnlines", " ".join(map(str, rules.columns)))
    if rules.rows:
        table.set("rowlines", " ".join(":".join(map(str, rule)) for rule in rules.rows))


def _free_prime(script: Element) -> None:
    """Let a prime that has nothing to stand at be a sign by itself, as the first in `f^{''}`."""
    base, prime = script
    if base.tag == "mi" and not text_of(base) and not len(base) and prime.tag == "mi":
        script.tag, script.text = "mi", _plain_text(text_of(prime))
        script[:] = []


def _join_negations(row: Element) -> None:
    """Let a slash and the sign after it be one character, where there is one."""
    for slash, following in list(pairwise(row)):
        if slash.tag == "mpadded" and len(slash) and text_of(slash[0]) in (_SLASH, "&#x029F8;"):
            sign = following
            while len(sign) and sign.tag in ("mrow", "msub", "msup", "msubsup"):
                sign = sign[0]
            negated = normalize("NFC", unescape(text_of(sign)) + _NEGATION)
            if len(negated) == 1:
                sign.text = negated
                row.remove(slash)


def letter_of_variant(character: str, variant: str) -> str:
    """The letter or digit in a variant such as `bold-italic`; itself where there is none."""
    early = _LETTERLIKE.get(variant, {}).get(character)
    if early:
        return early
    starts = _VARIANT_STARTS.get(variant)
    if starts is None:
        return character
    for (first, last), start in zip(_RANGES, starts, strict=True):
        if start and first <= character <= last:
            return chr(start + ord(character) - ord(first))
    if character in _GREEK_FORMS and starts[3]:
        return chr(starts[3] + 25 + _GREEK_FORMS.index(character))
    return character


def length_of(text: str) -> float:
    """A length of TeX or MathML in em, at ten points to the em; 0 for what is none."""
    found = _LENGTH.fullmatch(text.strip())
    return float(found[1]) * _UNITS[found[2]] if found else _NAMED_SPACES.get(text, 0.0)


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
