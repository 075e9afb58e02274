"""Formulas as MathML for programs that read aloud, search or calculate."""

from functools import lru_cache
from types import MappingProxyType
from xml.etree.ElementTree import Element, tostring

from activities.documents.formulas.tex import convert_tex

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


@lru_cache(maxsize=_CACHED)
def mathml_of(tex: str) -> str | None:
    """A formula as a `math` element; None when it cannot be read.

    Only elements and attributes of MathML 3 are in it, each with the children that it must have.
    """
    return convert_tex(tex, _written, displayed=True)


def _written(mathml: Element) -> str:
    math = _cleaned(mathml)
    math.set("xmlns", _NAMESPACE)
    return tostring(math, encoding="unicode")


def _cleaned(element: Element) -> Element:
    """A copy with what is known alone.

    Raises:
        ValueError: an element is not known, or lacks children.
    """
    if element.tag not in _ELEMENTS or len(element) < _CHILDREN.get(element.tag, 0):
        raise ValueError(element.tag)
    clean = Element(element.tag, {k: v for k, v in element.attrib.items() if k in _ATTRIBUTES})
    clean.text = element.text
    clean.extend(map(_cleaned, element))
    return clean
