"""Displayed formulas: indented, with a number at the end where their author gave them one."""

import re
from typing import Final, NamedTuple

from activities.documents.model import MathBlock

_TAG: Final = re.compile(r"\\tag(\*?)\s*\{([^{}$\\]{1,20})\}")
_LABEL: Final = re.compile(r"\\label\s*\{[^{}]{0,80}\}")
_NOT_ALONE: Final = re.compile(r"\\begin\s*\{(?!equation|split|cases|[pbvBV]?matrix)")


class NumberedFormula(NamedTuple):
    """The TeX of a formula without its number, and that one as it is shown."""

    tex: str
    number: str
    is_counted: bool
    """Whether it has a label and no number of the author's."""


def number_of(block: MathBlock) -> NumberedFormula:
    """Part a formula from its number; one of several lines keeps those of its lines."""
    tex = block.tex
    tags = list(_TAG.finditer(tex))
    if len(tags) == 1 and not _NOT_ALONE.search(tex):
        tag = tags[0]
        number = tag[2] if tag[1] else f"({tag[2]})"
        return NumberedFormula(_LABEL.sub("", tex.replace(tag[0], "")), number, False)
    if not tags and _LABEL.search(tex):
        return NumberedFormula(_LABEL.sub("", tex), "", True)
    return NumberedFormula(tex, "", False)
