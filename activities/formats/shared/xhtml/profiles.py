"""What each kind of receiver takes of XHTML, as data of the one emitter."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

_DELIMITERS: Final = r"\\(?=[(\[]|begin\{)|\$(?=\$)"
"""What begins a formula, for MathJax and the filters of LMSs, in any text."""


class Profile(msgspec.Struct, frozen=True):
    """What a receiver takes. The defaults are those of a browser that shows a page of ours."""

    maths: Literal["mathml", "tex"] = "mathml"
    r"""Whether formulas are MathML, or TeX between `\(` and `\)`, or `\[` and `\]`."""
    replaced: Mapping[str, str] = MappingProxyType({})
    """Elements of HTML that the receiver lacks, each with the one that stands for it."""
    delimiters: str = ""
    """A regular expression of characters that, with what follows, the receiver would take for more
    than text: an element of their own keeps them from it."""
    references: str = ""
    """Characters that are written as references, since they mean something to the receiver."""
    language_attribute: Literal["lang", "xml:lang"] = "lang"
    """How an element says its language."""
    directions: bool = True
    """Whether paragraphs can have a direction of their own."""
    numbered_lists: bool = True
    """Whether lists can begin at any number, and count in letters and Roman numerals."""
    styled: bool = False
    """Whether our style sheet is there, which classes tell of sides of cells and of levels."""
    linked_notes: bool = False
    """Whether footnotes and references to them lead to each other."""
    places: bool = True
    """Whether elements have ids, to which links lead."""
    scrolls: bool = False
    """Whether wide tables and code scroll within the page, and can be reached by keyboard."""


PAGE: Final = Profile(styled=True, linked_notes=True, scrolls=True)
"""Pages with our style sheet: `html`, `epub`, `scorm`."""

_UNFOLDED: Final = MappingProxyType({"details": "div", "summary": "p"})
_PLAIN: Final = _UNFOLDED | {"figure": "div", "figcaption": "p", "section": "div", "mark": "strong"}

LMS: Final = Profile(maths="tex", replaced=_UNFOLDED, delimiters=_DELIMITERS, linked_notes=True)
"""Pages of a Common Cartridge, for learning management systems."""

LMS_QUESTIONS: Final = msgspec.structs.replace(LMS, linked_notes=False, places=False)
"""Its questions, of which such a system shows some together and some beside their page."""

MOODLE: Final = Profile(
    maths="tex",
    replaced=_PLAIN,
    delimiters=_DELIMITERS,
    references="@[{",
    places=False,
)
"""Texts of questions of Moodle, which shows several on one page."""

QTI: Final = Profile(
    replaced=_PLAIN | {"s": "span", "u": "em"},
    language_attribute="xml:lang",
    directions=False,
    numbered_lists=False,
    places=False,
)
"""The strict subset of XHTML that QTI 2.1 takes, for texts that stand there twice."""

QTI_3: Final = msgspec.structs.replace(QTI, directions=True)
"""The same with directions, which QTI 3.0 has."""

ANKI: Final = Profile(maths="tex", delimiters=_DELIMITERS, references="[")
"""Fields of Anki's notes, where `[` begins sounds, TeX and speech."""
