r"""Markdown rules for formulas between their delimiters.

These are the dollars of Pandoc's `tex_math_dollars`, over blank lines too; `\(..\)` and `\[..\]`
of LaTeX, also escaped once more; `` $`..`$ `` of GitLab and GitHub; environments such as `align`
that stand alone; and, wherever they stand, commands of chemistry and quantities such as `\ce{..}`
and `\SI{..}{..}`.

Prices, variables of shells and brackets that were escaped around words stay text: no space just
inside single dollars, no digit just outside, nothing that reads as prose. The dollarmath plugin is
not used, because it takes the last character of a paragraph for the one before its first, and lets
a formula leave its list item.
"""

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from activities.documents.formulas.chemistry import COMMANDS as CHEMISTRY
from activities.documents.formulas.quantities import COMMANDS as QUANTITIES

_LINES_MAX: Final = 200
"""The lines that one displayed formula may have: what opens without closing takes no more."""
_CHARACTERS_MAX: Final = 8_000
"""The characters that an environment within a paragraph may have, for the same reason."""
_NESTED_MAX: Final = 4
"""How often an environment may be within one of the same name."""
_ENVIRONMENTS: Final = frozenset(
    {
        *("align", "aligned", "alignat", "alignedat", "array", "cases", "dcases", "rcases"),
        *("displaymath", "eqnarray", "equation", "flalign", "gather", "gathered", "math"),
        *("matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix"),
        *("multline", "split", "subequations"),
    }
)
"""Environments that are formulas by themselves, or that nobody has but in one."""
_MATH_FENCES: Final = frozenset({"math", "katex"})
_TEX_FENCES: Final = frozenset({"latex", "tex"})

# A dollar within \text{..} opens another formula and does not close the one around it.
_TEXT = (
    r"\\(?:text(?:bf|it|rm|sf|tt|normal|up|md)?|[mhf]box|tag\*?|ce)\s*+"
    r"\{(?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.)*+\})*+\}"
)
_DOLLARS = re.compile(
    rf"\$\$(?!\$)(?P<displayed>(?:{_TEXT}|[^$\\]|\\.|\$(?!\$))++)\$\$(?P<end>[.,;:](?=\s|\Z))?"
    r"|\$`(?P<quoted>[^`]++)`\$"
    rf"|(?<!\d)\$(?![\s$])(?P<inline>(?:{_TEXT}|[^$\\`]|\\.)++)(?<!\s)\$(?!\d)",
    re.DOTALL,
)
_BRACKETS = re.compile(
    rf"\\\((?P<inline>(?:{_TEXT}|[^\\`]|\\[^()])++)\\\)"
    rf"|\\\[(?P<displayed>(?:{_TEXT}|[^\\`]|\\[^][])++)\\\](?P<end>[.,;:](?=\s|\Z))?",
    re.DOTALL,
)
_GROUP = r"\{(?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.)*+\})*+\})*+\}"
_FURTHER = MappingProxyType(
    {
        **dict.fromkeys(("SI", "qty", "SIlist", "qtylist", "qtyproduct", "numrange"), 1),
        **dict.fromkeys(("SIrange", "qtyrange"), 2),
    }
)
"""The arguments that commands have behind their first."""
_UNDELIMITED = re.compile(
    rf"\\(?P<name>{'|'.join(sorted({*CHEMISTRY, *QUANTITIES, 'qty'}))})(?:\[[^][\\]*+\])?"
    rf"(?P<first>{_GROUP})",
    re.DOTALL,
)
"""Chemistry and quantities, which models write without dollars."""
_ARGUMENT = re.compile(_GROUP, re.DOTALL)
_OPENING = re.compile(r"\$+|\\.", re.DOTALL)
_BEGIN = re.compile(r"\\begin\{(?P<name>[A-Za-z]+)(?P<star>\*?)\}")
_DOUBLED = MappingProxyType({r"\\(": r"\\)", r"\\[": r"\\]"})
_DOUBLED_COMMAND = re.compile(r"\\\\[A-Za-z]{2}")
_BACKSLASHES = re.compile(r"\\+")
_CLOSING_PUNCTUATION = ".,;:"
_MATHS_SIGN = re.compile(r"[\\^_=<>+/|{}≤≥≠≈→∈×·±√∑∫−-]|\d\s*\w|\w\s*\d")
_PROSE_WORD = re.compile(r"(?<![\\\w{])[^\W\d_]{3,}")
_REFERENCES = re.compile(r"\s*\d+(?:\s*[,;]\s*\d+|[-–]\d+)*\s*")
"""The numbers of sources, in brackets that were escaped."""
_AMOUNT_AND_WORDS = re.compile(r"[\d.,]*\d[kKmMbB]?\s.*?(?<!\w)[^\W\d_]{2,}", re.DOTALL)
_SPACED_WORDS = re.compile(r"\s(?:[^\W\d_]{2,}[,.]?\s+)+")
_UNFINISHED = frozenset("/:;,.=+-*&\"'(<[{@|~^_")
"""What ends no formula: a letter behind the dollar after it begins the name of a variable."""
_SHELL_NAME = re.compile(r"\{?[A-Z_][A-Z0-9_]*\}?|\{\w+\}")
_NO_FORMULA_LINES = ("```", "~~~", "# ", "## ", "### ")
_DOCUMENT = re.compile(
    r"\\(?:documentclass|usepackage|section|subsection|chapter|paragraph|item|includegraphics|caption"
    r"|newcommand|renewcommand|def|label|cite|ref|maketitle|usetikzlibrary|draw|node)(?![A-Za-z])"
)


class Delimited(NamedTuple):
    """A formula as it stands in a text."""

    tex: str
    displayed: bool
    end: int
    """Where the text after it begins."""


def formula_delimiters(md: MarkdownIt, *, displayed: bool) -> None:
    """Add tokens of the types `math_inline` and, on request, `math_block`.

    A displayed formula within a paragraph gives a `math_block` among the inline tokens.
    """
    md.inline.ruler.before("escape", "math_inline", _inline_rule)
    if displayed:
        md.block.ruler.before(
            "fence", "math_block", _block_rule, {"alt": ["paragraph", "reference", "blockquote"]}
        )


def formula_at(text: str, start: int, end: int) -> Delimited | None:
    """The formula that begins at a place of one paragraph, if one does and ends before `end`."""
    if text[start] == "$":
        return _in_dollars(text, start, end)
    if text[start] != "\\":
        return None
    if text.startswith("\\begin{", start):
        return _environment(text, start, end)
    if text[start + 1 : start + 2].isalpha():
        return _undelimited(text, start, end)
    if text.startswith("\\\\", start):
        return _in_doubled_brackets(text, start, end)
    match = _BRACKETS.match(text, start, end)
    if match is None:
        return None
    tex = match["inline"] or match["displayed"]
    displayed = match["inline"] is None
    if not tex.strip() or (_is_escaped_text if displayed else _is_escaped_prose)(tex):
        return None
    return Delimited(tex.strip() + (match["end"] or ""), displayed, match.end())


def formulas_in(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the formulas of a paragraph begin and end."""
    while match := _OPENING.search(text, start, end):
        start = match.end()
        formula = formula_at(text, match.start(), end)
        if formula:
            start = formula.end
            yield match.start(), start


def fenced_formula(language: str, text: str) -> str | None:
    """The formula that a fence of this language holds, without delimiters; None for other code.

    A fence of TeX holds one when there is nothing else in it: a document that is to be shown as
    its source is none.
    """
    name = language.lower()
    if name not in _MATH_FENCES and name not in _TEX_FENCES:
        return None
    tex = text.strip()
    for opening, closing in (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")):
        inner = tex[len(opening) : -len(closing)]
        if tex.startswith(opening) and tex.endswith(closing) and opening not in inner:
            tex = inner.strip()
            break
    if not tex:
        return None
    if name in _MATH_FENCES:
        return _undoubled(tex)
    if "$" in tex or "\\[" in tex or "%" in tex.replace("\\%", "") or _DOCUMENT.search(tex):
        return None
    environments = {match["name"] for match in _BEGIN.finditer(tex)}
    if environments - _ENVIRONMENTS or re.search(r"\n[ \t]*\n", tex) or not _MATHS_SIGN.search(tex):
        return None
    return tex


def _in_dollars(text: str, start: int, end: int) -> Delimited | None:
    if start and text[start - 1] == "$":
        # In the middle of a row of dollars, which is money or an end that lost its beginning.
        return None
    match = _DOLLARS.match(text, start, end)
    if match is None:
        return None
    if displayed := match["displayed"]:
        if not displayed.strip() or _SPACED_WORDS.fullmatch(displayed):
            return None
        return Delimited(displayed.strip() + (match["end"] or ""), True, match.end())
    if quoted := match["quoted"]:
        return Delimited(quoted.strip(), False, match.end()) if quoted.strip() else None
    tex = match["inline"]
    following = text[match.end() : match.end() + 1]
    is_price = "\\" not in tex and _AMOUNT_AND_WORDS.match(tex)
    if not tex.strip() or is_price or _is_variable(tex, following):
        return None
    return Delimited(tex.strip(), False, match.end())


def _is_variable(tex: str, following: str) -> bool:
    """Whether what stands between two dollars is the name of a variable and what follows it."""
    if not (following.isalpha() or (following and following in "_{(")):
        return False
    if following == "{" or tex[-1] in _UNFINISHED:
        return True
    return bool(_SHELL_NAME.fullmatch(tex)) and (len(tex) > 1 or not following.islower())


def _is_escaped_prose(tex: str) -> bool:
    r"""Whether brackets were escaped around words: `\[edit\]`, `\(see below\)`."""
    if _MATHS_SIGN.search(tex):
        return False
    return bool(_PROSE_WORD.search(tex))


def _in_doubled_brackets(text: str, start: int, end: int) -> Delimited | None:
    r"""`\\(..\\)` and `\\[..\\]`, with all in them escaped once more, as in JSON."""
    mark = text[start : start + 3]
    closing = _DOUBLED.get(mark)
    if closing is None or text[max(start - 1, 0) : start] == "\\":
        return None
    last = text.find(closing, start + 3, min(end, start + _CHARACTERS_MAX))
    tex = text[start + 3 : last].strip() if last >= 0 else ""
    # Single letters and words in such brackets are text with backslashes.
    if "`" in tex or mark in tex or _undoubled(tex) == tex:
        return None
    return Delimited(tex, mark[-1] == "[", last + 3)


def _undoubled(tex: str) -> str:
    r"""A formula of which each backslash was escaped, as in JSON, without that: `\\frac`."""
    if _DOUBLED_COMMAND.search(tex) is None:
        return tex
    if any(len(run) % 2 for run in _BACKSLASHES.findall(tex)):
        return tex
    return tex.replace("\\\\", "\\")


def _is_escaped_text(tex: str) -> bool:
    return _is_escaped_prose(tex) or _REFERENCES.fullmatch(tex) is not None


def _undelimited(text: str, start: int, end: int) -> Delimited | None:
    """A command of chemistry or of quantities with all of its arguments."""
    match = _UNDELIMITED.match(text, start, end)
    if match is None or not any(map(str.isalnum, match["first"])):
        return None
    after = match.end()
    for _ in range(_FURTHER.get(match["name"], 0)):
        further = _ARGUMENT.match(text, after, end)
        if further is None:
            return None
        after = further.end()
    return Delimited(text[start:after], False, after)


def _environment(text: str, start: int, end: int) -> Delimited | None:
    match = _BEGIN.match(text, start, end)
    if match is None or match["name"] not in _ENVIRONMENTS:
        return None
    closing = "\\end{" + match["name"] + match["star"] + "}"
    after, last = match.end(), min(end, start + _CHARACTERS_MAX)
    for closed in range(1, _NESTED_MAX + 1):
        found = text.find(closing, after, last)
        if found < 0:
            return None
        after = found + len(closing)
        if text.count(match[0], start, found) == closed:
            return Delimited(text[start:after], True, after)
    return None


def _inline_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    formula = formula_at(state.src, state.pos, state.posMax)
    if formula is None:
        if state.src[state.pos] != "$":
            return False
        return _money(state, silent)
    if not silent:
        kind = "math_block" if formula.displayed else "math_inline"
        state.push(kind, "math", 0).content = _undoubled(formula.tex)
    state.pos = formula.end
    return True


def _money(state: StateInline, silent: bool) -> bool:
    """Take a row of dollars that open no formula as one text, so that none of them is tried."""
    end = state.pos
    while end < state.posMax and state.src[end] == "$":
        end += 1
    if end - state.pos < 2:
        return False
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


class _Closing(NamedTuple):
    """How a displayed formula ends."""

    opening: str
    mark: str
    kept: bool
    """Whether both are a part of the formula."""


_FENCES = MappingProxyType(
    {
        "$$": _Closing("$$", "$$", False),
        "\\[": _Closing("\\[", "\\]", False),
        "\\\\": _Closing(r"\\[", r"\\]", False),
    }
)


def _block_rule(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    start = state.bMarks[first] + state.tShift[first]
    character = state.src[start : start + 1]
    if (character not in "$\\" and not character.isspace()) or state.is_code_block(first):
        return False
    opening = _line(state, first)
    closing = _closing_of(opening)
    if closing is None:
        return False
    last = _last_line(state, first, end, closing)
    if last is None:
        return False
    text = state.getLines(first, last + 1, state.sCount[first], False).strip()
    tex = _without_delimiters(text, closing)
    if not tex or (first == last and opening[0] != "$" and _is_escaped_text(tex)):
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.block = True
        token.content = _undoubled(tex)
        token.map = [first, last + 1]
        state.line = last + 1
    return True


def _closing_of(opening: str) -> _Closing | None:
    known = _FENCES.get(opening[:2])
    if known and opening.startswith(known.opening):
        return known
    match = _BEGIN.match(opening)
    if match is None or match["name"] not in _ENVIRONMENTS:
        return None
    return _Closing(match[0], "\\end{" + match["name"] + match["star"] + "}", True)


def _without_delimiters(text: str, closing: _Closing) -> str:
    punctuation = text[-1] if text[-1] in _CLOSING_PUNCTUATION else ""
    if closing.kept:
        return text
    inner = text.removesuffix(punctuation)[len(closing.opening) : -len(closing.mark)].strip()
    return inner + punctuation if inner else ""


def _last_line(state: StateBlock, first: int, end: int, closing: _Closing) -> int | None:
    """The line that ends with what closes the formula; None when there is none, or other text
    beside it, which the rule for paragraphs reads."""
    last = min(end, first + _LINES_MAX) - 1
    after = state.bMarks[first] + state.tShift[first] + len(closing.opening)
    if (
        not closing.kept
        and not after <= _next_mark(state, closing.mark, after) < state.eMarks[last]
    ):
        return None
    depth = 1
    for number in range(first, last + 1):
        line = _line(state, number)
        if number > first:
            if line and state.sCount[number] < state.blkIndent:
                return None
            if line.startswith(_NO_FORMULA_LINES):
                return None
        inner = line[len(closing.opening) :] if number == first else line
        if closing.kept:
            depth += inner.count(closing.opening)
            if depth > _NESTED_MAX:
                return None
            depth -= inner.count(closing.mark)
            found = inner.rfind(closing.mark) if depth <= 0 else -1
        else:
            found = inner.find(closing.mark)
        if found >= 0:
            rest = inner[found + len(closing.mark) :]
            return number if rest == "" or rest in _CLOSING_PUNCTUATION else None
    return None


def _next_mark(state: StateBlock, mark: str, start: int) -> int:
    """Where a mark comes next, -1 if it does not; each is looked for once."""
    known: dict[str, tuple[int, int]] = state.env.setdefault("formula marks", {})
    looked_from, found = known.get(mark, (0, -2))
    if found == -2 or start < looked_from or 0 <= found < start:
        found = state.src.find(mark, start)
        known[mark] = (start, found)
    return found


def _line(state: StateBlock, number: int) -> str:
    start = state.bMarks[number] + state.tShift[number]
    return state.src[start : state.eMarks[number]].strip()
