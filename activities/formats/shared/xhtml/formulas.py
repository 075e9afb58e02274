r"""Formulas in XHTML: MathML with its TeX beside it, or TeX between the delimiters of MathJax."""

import re

from activities.documents.formulas.mathml import annotated_mathml
from activities.formats.shared.xhtml.escaping import Escaping
from activities.formats.shared.xhtml.profiles import Profile

_UNSAFE_TEX = re.compile(
    r"\\(?:begin\s*\{(?!(?:[pbBvV]?matrix|smallmatrix|array|cases|aligned|align|split|gathered|"
    r"gather|equation|subarray)\*?\})"
    r"|(?:href|url|style|class|cssId|data|html\w*|require|includegraphics|input|include|unicode|"
    r"(?:re)?newcommand|(?:re)?newenvironment|[egx]?def|let|csname|catcode|special|write\w*|"
    r"openout|openin|read|immediate|mathchoice|toggle|mathtip|texttip|action\w*|bbox)"
    r"(?![A-Za-z]))"
)
"""What MathJax, or a receiver that runs LaTeX itself, makes more of than a formula: links, styles,
files and definitions."""
_INLINE, _DISPLAYED = (r"\(", r"\)"), (r"\[", r"\]")


def formula(tex: str, profile: Profile, escaping: Escaping, *, displayed: bool) -> str | None:
    """A formula as XHTML; None when it cannot be read, or would do more than be shown."""
    mathml = annotated_mathml(tex, displayed=displayed)
    if mathml is None or profile.maths == "mathml":
        return mathml
    if may_act(tex):
        return None
    start, end = _DISPLAYED if displayed else _INLINE
    # The blanks keep the delimiter apart from a bracket or backslash of the formula.
    return f"{start} {escaping.tex(' '.join(tex.split()))} {end}"


def may_act(tex: str) -> bool:
    """Whether a program that sets TeX would make more of a formula than what is to be seen."""
    return _UNSAFE_TEX.search(tex) is not None
