"""Formulas as MathML for browsers, and for programs that read aloud, search or calculate."""

from functools import lru_cache
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement, tostring

from activities.documents.control_characters import remove_control_characters
from activities.documents.formulas.tex import CachedFormulas, convert_tex, letter_of_variant

_CACHED = 2048
_NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_ELEMENTS = frozenset(
    {"math", "mrow", "mi", "mn", "mo", "mtext", "ms", "mspace", "mfrac", "msqrt", "mroot", "mstyle"}
    | {"merror", "mpadded", "mphantom", "menclose", "msub", "msup", "msubsup", "munder", "mover"}
    | {"munderover", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd", "mfenced"}
)
_ATTRIBUTES = frozenset(
    {"display", "mathvariant", "stretchy", "fence", "separator", "lspace", "rspace", "minsize"}
    | {"maxsize", "largeop", "movablelimits", "accent", "accentunder", "linethickness", "notation"}
    | {"width", "height", "depth", "columnalign", "rowspacing", "columnspacing", "displaystyle"}
    | {"scriptlevel", "linebreak", "form", "symmetric"}
)
_CHILDREN = MappingProxyType(
    {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2}
    | {"msubsup": 3, "munderover": 3}
)
"""How many children an element must have."""
_LETTERS = frozenset({"mi", "mn"})


@lru_cache(maxsize=_CACHED)
def mathml_of(tex: str) -> str | None:
    """A displayed formula as a `math` element; None when it cannot be read.

    Only elements and attributes of MathML 3 are in it, each with the children that it must have.
    """
    return convert_tex(tex, _written, displayed=True)


def _annotated(tex: str, *, displayed: bool) -> str | None:
    source = remove_control_characters(tex)[0]
    return convert_tex(tex, lambda mathml: _beside_source(mathml, source), displayed=displayed)


annotated_mathml = CachedFormulas(_annotated)
"""The same for people: with its TeX beside it, to be copied and read where there is no MathML, and
letters that look alike everywhere, as MathML Core knows of no variants."""


def _written(mathml: Element) -> str:
    math = _cleaned(mathml)
    math.set("xmlns", _NAMESPACE)
    return tostring(math, encoding="unicode")


def _beside_source(mathml: Element, source: str) -> str:
    cleaned = _cleaned(mathml)
    math = Element("math", {"xmlns": _NAMESPACE, **cleaned.attrib, "alttext": source})
    semantics = SubElement(math, "semantics")
    shown = semantics if len(cleaned) == 1 else SubElement(semantics, "mrow")
    shown.extend(map(_with_letters, cleaned))
    SubElement(semantics, "annotation", encoding="application/x-tex").text = source
    return tostring(math, encoding="unicode")


def _cleaned(element: Element) -> Element:
    """A copy with what is known alone.

    Raises:
        ValueError: an element is not known, or has other children than it must have.
    """
    if element.tag not in _ELEMENTS or len(element) != _CHILDREN.get(element.tag, len(element)):
        raise ValueError(element.tag)
    clean = Element(element.tag, {k: v for k, v in element.attrib.items() if k in _ATTRIBUTES})
    clean.text = element.text
    clean.extend(map(_cleaned, element))
    return clean


def _with_letters(element: Element) -> Element:
    """The element with letters of their own for those of a variant."""
    variant = element.get("mathvariant", "normal")
    if element.tag in _LETTERS and variant != "normal":
        del element.attrib["mathvariant"]
        letters = element.text or ""
        element.text = "".join([letter_of_variant(letter, variant) for letter in letters])
    element[:] = map(_with_letters, element)
    return element
