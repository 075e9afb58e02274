"""Formulas in HTML: between delimiters of TeX in the text, as MathML, or as an editor's picture."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from activities.documents.formulas.delimiters import Delimited, formula_at
from activities.documents.html.attributes import Attributes, classes

_TEX_TYPES: Final = frozenset({"math/tex", "math/tex; mode=display", "math/latex"})
_TEX_ENCODINGS: Final = frozenset({"application/x-tex", "application/x-latex", "tex", "latex"})


def formulas_in(text: str) -> Iterator[str | Delimited]:
    """A text, taken apart into what is a formula between delimiters and what is not."""
    start = place = 0
    while (place := _next_opening(text, place)) >= 0:
        found = formula_at(text, place, len(text))
        if found is None:
            # A row of dollars is money, and none of them opens a formula.
            while text[place : place + 1] == "$":
                place += 1
            place += text[place : place + 1] == "\\"
            continue
        if place > start:
            yield text[start:place]
        yield found
        start = place = found.end
    if start < len(text):
        yield text[start:]


def _next_opening(text: str, start: int) -> int:
    places = [place for mark in "$\\" if (place := text.find(mark, start)) >= 0]
    return min(places, default=-1)


def tex_of_image(attributes: Attributes) -> str:
    """The TeX of a formula that an editor stored as a picture; empty for other pictures.

    Canvas keeps it in `data-equation-content`, Moodle's TeX filter in the title of a picture of
    the class `texrender`, WordPress, Wikipedia and others in the description of one of theirs.
    """
    tex = attributes.get("data-equation-content") or attributes.get("data-latex") or ""
    if tex.strip():
        # Canvas encodes it twice where the editor had encoded it before.
        return unquote(tex).strip() if tex.startswith(("%5C", "%255C")) else tex.strip()
    names = {name.lower() for name in classes(attributes)}
    if names & {"texrender", "latex", "tex"} or any("math-fallback" in name for name in names):
        return attributes.get("alt", "").strip().strip("$").strip()
    if "equation_image" in names:
        address = unquote(unquote(urlsplit(attributes.get("src", "")).path))
        return address.partition("/equation_images/")[2].strip()
    return (
        parse_qs(urlsplit(attributes.get("src", "")).query).get("latex", [""])[0].strip()
        if "equation" in names
        else ""
    )


def is_tex_script(attributes: Attributes) -> bool:
    """Whether a script is a formula, as MathJax 2 kept it."""
    return attributes.get("type", "").lower().strip() in _TEX_TYPES


def is_displayed_script(attributes: Attributes) -> bool:
    """Whether such a formula stands on a line of its own."""
    return "mode=display" in attributes.get("type", "").lower()


def is_tex_annotation(attributes: Attributes) -> bool:
    """Whether an annotation of MathML is its TeX (MathML 3, 5.1.3)."""
    return attributes.get("encoding", "").lower().strip() in _TEX_ENCODINGS
