"""Formulas as a line of Unicode text, for bookmarks, contents and titles: `α and 1/2`.

Near to what is read out and to Unicode's plain-text mathematics (Unicode Technical Note 28):
indices and exponents by the characters for them where there are some, fractions with a slash.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from types import MappingProxyType
from unicodedata import normalize
from xml.etree.ElementTree import Element

from activities.documents.formulas.tex import (
    BINARY_OPERATORS,
    COMBINING_ACCENTS,
    LARGE_OPERATORS,
    PUNCTUATION,
    RELATIONS,
    convert_tex,
    length_of,
    letter_of_variant,
    lines_of,
    text_of,
)
from activities.documents.model import Run

_CACHED = 512
_RAISED = MappingProxyType(
    dict(zip("0123456789+−-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾", strict=True))
    | dict(zip("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
    | {"′": "′", "″": "″", "°": "°", "∘": "°", "*": "*", "T": "ᵀ"}
)
_LOWERED = MappingProxyType(
    dict(zip("0123456789+−-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
    | dict(zip("aehijklmnoprstuvxβγρφχ", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
)
_THIN = 0.15
_SPACED = RELATIONS | BINARY_OPERATORS - {"/", "⋅", "·", "∗", "*", "∘"}
_STRUCK = "\u0336"
_ROOTS = MappingProxyType({"3": "∛", "4": "∜"})


def readable_text(run: Run) -> str:
    """The text of a run, of a formula what can be read of it."""
    return readable_formula(run.text) if run.math else run.text


@lru_cache(maxsize=_CACHED)
def readable_formula(tex: str) -> str:
    """A formula as a line of text; its TeX when it cannot be read."""
    text = convert_tex(tex, lambda mathml: _row(list(mathml)), displayed=False)
    return " ".join(text.split()) if text and text.strip() else tex


def _row(elements: Sequence[Element]) -> str:
    return "; ".join(filter(None, map(_line, lines_of(elements))))


def _line(elements: Sequence[Element]) -> str:
    shown = ""
    for element in elements:
        text = _element(element)
        is_leaf = element.tag in {"mo", "mi"}
        if is_leaf and text in _SPACED and shown.strip() and shown.rstrip()[-1:] not in "([{,=•":
            shown = f"{shown.rstrip()} {text} "
        elif is_leaf and text in PUNCTUATION:
            shown += f"{text} "
        elif is_leaf and len(text) > 1 and text.isalpha():
            shown += f" {text} " if shown[-1:].isalnum() else f"{text} "
        elif text.startswith("(") and shown.endswith(" ") and shown[-2:-1].isalpha():
            shown = shown.rstrip() + text
        else:
            shown += text
    return shown


def _element(element: Element) -> str:
    handler = _HANDLERS.get(element.tag)
    if handler:
        return handler(element)
    text = text_of(element)
    if element.tag == "mi" and element.get("mathvariant") in _SHOWN_VARIANTS and len(text) == 1:
        return letter_of_variant(text, element.get("mathvariant", ""))
    return text + _row(list(element))


def _fraction(element: Element) -> str:
    upper, lower = map(_grouped, element)
    return f"{upper} over {lower}" if element.get("linethickness") == "0" else f"{upper}/{lower}"


def _square_root(element: Element) -> str:
    return f"√{_grouped_row(list(element))}"


def _root(element: Element) -> str:
    base, degree = element
    shown = _element(degree)
    sign = _ROOTS.get(shown) or _script(shown, _RAISED, "") + "√"
    return sign + _grouped(base)


def _table(element: Element) -> str:
    rows = (", ".join(filter(None, (_row(list(cell)) for cell in row))) for row in element)
    return "; ".join(rows)


def _enclosed(element: Element) -> str:
    inner = _row(list(element))
    struck = "strike" in element.get("notation", "")
    return "".join(f"{letter}{_STRUCK}" for letter in inner) if struck else inner


def _space(element: Element) -> str:
    return " " if length_of(element.get("width", "")) >= _THIN else ""


_SHOWN_VARIANTS = frozenset({"double-struck", "script", "fraktur"})


def _scripts(element: Element) -> str:
    children = list(element)
    base = _element(children[0])
    tag = element.tag
    if tag == "mover" and children[1].tag == "mo":
        mark = COMBINING_ACCENTS.get(text_of(children[1]))
        if mark and len(base) == 1:
            return normalize("NFC", base + mark)
        if text_of(children[1]) in "―¯⏞":
            return base
    if tag == "munder" and text_of(children[1]) in ("⏟", "―", "_"):
        return base
    below = _element(children[1]) if tag in {"msub", "munder", "msubsup", "munderover"} else ""
    above = _element(children[-1]) if tag in {"msup", "mover", "msubsup", "munderover"} else ""
    is_name = len(base) > 1 and children[0].tag != "mtext" and base.isalpha()
    behind = " " if is_name or base in LARGE_OPERATORS else ""
    return base + _script(below, _LOWERED, "_") + _script(above, _RAISED, "^") + behind


def _script(text: str, forms: MappingProxyType[str, str], sign: str) -> str:
    text = text.strip()
    if all(character in forms for character in text.replace(" ", "")):
        return "".join(forms[character] for character in text.replace(" ", ""))
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def _grouped_row(elements: Sequence[Element]) -> str:
    text = _row(elements)
    return text if len(text) == 1 or text.isalnum() else f"({text})"


def _grouped(element: Element) -> str:
    return _grouped_row([element])


def _nothing(_element: Element) -> str:
    return ""


_HANDLERS: MappingProxyType[str, Callable[[Element], str]] = MappingProxyType(
    {
        "mfrac": _fraction,
        "msqrt": _square_root,
        "mroot": _root,
        "mtable": _table,
        "menclose": _enclosed,
        "mphantom": _nothing,
        "mspace": _space,
        **dict.fromkeys(("msup", "msub", "msubsup", "mover", "munder", "munderover"), _scripts),
    }
)
