"""How far apart the lines of a paragraph stand, by the script that most of it is written in."""

import re
from collections.abc import Sequence

from activities.documents.design.tokens import TOKENS, Face
from activities.documents.model import Runs
from activities.formats.pdf.text.lines import Line

_LATER = "\u0530"
"""The first character behind those of Latin, Greek and Cyrillic."""
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefe]")
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff]")
_OTHER = re.compile(
    "[\u0530-\u05ff\u0700-\u074f\u0780-\u086f\u0900-\u1cff\u2c00-\u2dff\ua800-\ua95f\ua980-\uabff]"
)
_LEAST_SHARE = 0.4
"""Of the characters, which are not all letters."""


def leading_ratio(runs: Runs, face: Face) -> float:
    """How far apart lines are beside those of Latin letters."""
    text = "".join([run.text for run in runs if not run.math])
    if text.isascii() or max(text) < _LATER:
        return 1.0
    sizes, least = TOKENS.sizes, len(text) * _LEAST_SHARE
    if len(_ARABIC.findall(text)) > least:
        return sizes.arabic_leading if face == "serif" else sizes.other_scripts_leading
    if len(_EAST_ASIAN.findall(text)) > least:
        return sizes.han_leading if face == "serif" else sizes.other_scripts_leading
    return sizes.other_scripts_leading if len(_OTHER.findall(text)) > least else 1.0


def apart(lines: Sequence[Line], more: float) -> list[Line]:
    """The lines with so much more room above each, in thousandths of an em."""
    return [
        Line(line.width, line.operators, line.segments, line.above + more, line.below)
        for line in lines
    ]
