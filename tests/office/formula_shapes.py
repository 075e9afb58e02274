"""Formulas as texts by which two spellings of the same formula are equal."""

import re
from types import MappingProxyType
from unicodedata import normalize
from xml.etree.ElementTree import Element

from activities.documents.formulas.tex import convert_tex

_UNSEEN = re.compile(r"[\s\u200b\u2000-\u200a\u2061-\u2064]+")
_SAME = MappingProxyType(
    str.maketrans("−‾―_\u0304\u0305⃗^\u0302~\u0303\u0307", "-" + 5 * "¯" + "→ˆˆ˜˜˙")
)
"""Signs that look alike, of which programs choose another."""
_SHAPES = MappingProxyType(
    {
        "msub": "{}_{{{}}}",
        "munder": "{}_{{{}}}",
        "msup": "{}^{{{}}}",
        "mover": "{}^{{{}}}",
        "msubsup": "{}_{{{}}}^{{{}}}",
        "munderover": "{}_{{{}}}^{{{}}}",
        "mfrac": "({})/({})",
        "mroot": "√({};{})",
    }
)


def shape_of(tex: str) -> str:
    """What a formula is, without what only its spelling or its spacing says."""
    shape = convert_tex(tex, _shape, displayed=True)
    assert shape, tex
    # A sum that has no limits may have empty ones.
    return re.sub(r"[_^]\{\}", "", shape)


def _shape(element: Element) -> str:
    children = [_shape(child) for child in element]
    if not children:
        text = "" if element.tag == "mspace" else element.text or ""
        return _UNSEEN.sub("", normalize("NFKC", text)).translate(_SAME)
    if element.tag in _SHAPES:
        return _SHAPES[element.tag].format(*children)
    inner = "".join(children)
    match element.tag:
        case "msqrt":
            return f"√({inner})"
        case "mtr":
            # Missing cells at the end are empty ones.
            return f"[{'&'.join(children).rstrip('&')}]"
        case "menclose":
            return f"<{inner}>"
        case _:
            return inner
