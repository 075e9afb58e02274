"""Environments of LaTeX and amsmath in formulas, as those that the reader knows.

Equations that are aligned have no numbers but those that the author gave, as in MathJax. Rules
and columns of arrays come through the reader by a mark of their own, as it takes them for something
else or leaves them out.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, NamedTuple, Protocol

from activities.documents.formulas.scanner import (
    TexError,
    argument,
    closing_place,
    option,
    rows_of,
)

_ALIGNED = frozenset(
    {"align", "aligned", "alignat", "alignedat", "flalign", "eqnarray", "split", "xalignat"}
)
_WITH_COUNT = frozenset({"alignat", "alignedat", "xalignat"})
_CENTRED = frozenset({"gather", "gathered", "multline", "multlined", "displaylines"})
_SINGLE = frozenset({"equation", "displaymath", "math", "subequations"})
_DELIMITED = MappingProxyType(
    {"matrix": ("", ""), "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "Bmatrix": (r"\{", r"\}"),
     "vmatrix": (r"\vert ", r"\vert "), "Vmatrix": (r"\Vert ", r"\Vert "), "array": ("", ""),
     "tabular": ("", ""), "smallmatrix": ("", ""), "psmallmatrix": ("(", ")"),
     "bsmallmatrix": ("[", "]"), "vsmallmatrix": (r"\vert ", r"\vert ")}
)  # fmt: skip
_CASES = frozenset({"cases", "dcases", "rcases", "drcases"})
_RULES = re.compile(
    r"\s*(?:\\(hline|hdashline|toprule|midrule|bottomrule)(?![A-Za-z])|\\cline\s*\{(\d+)-(\d+)\})"
)
_TAG = re.compile(r"\\tag(\*?)\s*(?=\{)")
_COLUMN = re.compile(r"[@!>]\s*\{|[pmbw]\s*\{|\*\s*\{|[lcrX]|\||.", re.DOTALL)
_ROW_END = r" \\ "


_COLUMNS_MAX = 1000
_REPEATS_MAX = 2
"""Columns that may be repeated within others."""


class Rules(NamedTuple):
    """The rules of an array: for each the gap that it is in, from 0 before the first."""

    columns: tuple[int, ...]
    rows: tuple[tuple[int, int, int], ...]
    """The gap, and the first and the last column that a rule covers."""


class Rewriting(Protocol):
    """What rewrites the content of an environment."""

    def rewrite(self, tex: str, depth: int) -> str:
        """A part of a formula as the reader knows it."""

    def hold_words(self, tex: str, variant: str) -> str:
        """What stands for words until the reader has been there."""

    def hold_rules(self, rules: Rules) -> str:
        """What stands in the first cell for the rules of an array."""


class Environments:
    """Rewrites environments."""

    def __init__(self, rewriting: Rewriting) -> None:
        self._rewriting = rewriting

    def rewrite(self, name: str, body: str, depth: int) -> str:
        """An environment by its name, star included, and its body."""
        base = name.removesuffix("*")
        if base in _SINGLE:
            return self._rewriting.rewrite(with_environment(body), depth)
        writer = self._WRITERS.get(base)
        if writer:
            return writer(self, base, body, depth)
        return rf"\begin{{{name}}}{self._rewriting.rewrite(body, depth)}\end{{{name}}}"

    def _cells(self, cells: list[str], depth: int) -> tuple[list[str], str]:
        """The cells of a row without its tag, and that one."""
        tag = ""
        kept: list[str] = []
        for cell in cells:
            match = _TAG.search(cell)
            if match:
                label, after = argument(cell, match.end())
                tag = self._rewriting.hold_words(label if match[1] else f"({label})", "")
                cell = cell[: match.start()] + cell[after:]
            kept.append(self._rewriting.rewrite(cell, depth).strip())
        return kept, tag

    def _aligned(self, name: str, body: str, depth: int) -> str:
        if name in _WITH_COUNT:
            _, place = argument(body, 0)
            body = body[place:]
        else:
            _, place = option(body, 0)
            body = body[place:]
        rows = [self._cells(cells, depth) for cells in rows_of(body)]
        if name == "eqnarray":
            rows = [([*cells[:1], " ".join(cells[1:])], tag) for cells, tag in rows]
        widest = max(len(cells) for cells, _ in rows)
        lines = []
        for cells, tag in rows:
            padded = cells + [""] * (widest - len(cells)) if tag else cells
            lines.append(" & ".join([*padded, rf"\qquad {tag}"] if tag else padded))
        return rf"\begin{{align*}}{_ROW_END.join(lines)}\end{{align*}}"

    def _centred(self, name: str, body: str, depth: int) -> str:
        rows = rows_of(body)
        lines = []
        for number, cells in enumerate(rows):
            kept, tag = self._cells(cells, depth)
            line = f"{{{' '.join(kept)}}}" + (rf" \qquad {tag}" if tag else "")
            if name in ("multline", "multlined") and len(rows) > 1:
                if number == 0:
                    line = rf"\thinspace {line} \hfil"
                elif number == len(rows) - 1:
                    line = rf"\hfil {line} \thinspace"
            lines.append(line)
        # The reader aligns a cell when it comes to its end, so not the last one by itself.
        body = _ROW_END.join(lines) + _ROW_END
        return rf"\begin{{displaylines}}{body}\end{{displaylines}}"

    def _case_list(self, name: str, body: str, depth: int) -> str:
        display = r"\displaystyle " if name.startswith("d") else ""
        rows = [
            " & ".join(
                f"{{{display}{cell}}}" if display else cell for cell in self._cells(cells, depth)[0]
            )
            for cells in rows_of(body)
        ]
        lines = _ROW_END.join(rows)
        if name.endswith("rcases"):
            return rf"\left.\begin{{array}}{{ll}}{lines}\end{{array}}\right\}}"
        return rf"\begin{{cases}}{lines}\end{{cases}}"

    def _array(self, base: str, body: str, depth: int) -> str:
        spec, place = _spec(base, body)
        alignments, columns = _columns(spec, 0)
        rows: list[str] = []
        rules: list[tuple[int, int, int]] = []
        cells_of = rows_of(body[place:])
        for gap, cells in enumerate(cells_of):
            cells[0] = _take_rules(cells[0], gap, rules)
            rows.append(" & ".join(self._cells(cells, depth)[0]))
        if len(rows) > 1 and not rows[-1].strip():
            rows.pop()
        marker = ""
        if rules or columns:
            marker = self._rewriting.hold_rules(Rules(tuple(columns), tuple(rules)))
        lines = _ROW_END.join(rows)
        opening, closing = _DELIMITED[base]
        if base.endswith("smallmatrix"):
            inner = rf"\begin{{smallmatrix}}{marker}{lines}\end{{smallmatrix}}"
        elif alignments:
            inner = rf"\begin{{array}}{{{alignments}}}{marker}{lines}\end{{array}}"
        else:
            inner = rf"\begin{{matrix}}{marker}{lines}\end{{matrix}}"
        return rf"{{\left{opening}{inner}\right{closing}}}" if opening else inner

    _WRITERS: ClassVar[Mapping[str, Callable[["Environments", str, str, int], str]]] = (
        MappingProxyType(
            {
                **dict.fromkeys(_ALIGNED, _aligned),
                **dict.fromkeys(_CENTRED, _centred),
                **dict.fromkeys(_CASES, _case_list),
                **dict.fromkeys(_DELIMITED, _array),
            }
        )
    )


def _spec(base: str, body: str) -> tuple[str, int]:
    """The columns of an array, and the place where its rows begin."""
    found, place = option(body, 0)
    if base in ("array", "tabular"):
        return argument(body, place)
    if found is None or not re.fullmatch(r"[lcr|\s]*", found):
        return "", 0
    return found, place


def _columns(spec: str, depth: int) -> tuple[str, list[int]]:
    """The alignments of an array's columns, and the gaps that have rules, double ones twice."""
    if depth > _REPEATS_MAX:
        raise TexError
    alignments = ""
    rules: list[int] = []
    place = 0
    while match := _COLUMN.match(spec, place):
        piece, place = match[0], match.end()
        if piece.endswith("{"):
            end = closing_place(spec, match.end() - 1)
            inner, place = spec[match.end() : end], end + 1
            if piece[0] in "pmbw":
                alignments += "l"
            elif piece[0] == "*":
                repeated, place = argument(spec, place)
                if not inner.strip().isdigit() or len(repeated) * int(inner) > _COLUMNS_MAX:
                    raise TexError
                more, gaps = _columns(repeated * int(inner), depth + 1)
                rules += [gap + len(alignments) for gap in gaps]
                alignments += more
        elif piece in "lcr":
            alignments += piece
        elif piece == "X":
            alignments += "l"
        elif piece == "|":
            rules.append(len(alignments))
    return alignments, rules


def _take_rules(cell: str, gap: int, rules: list[tuple[int, int, int]]) -> str:
    """The first cell of a row without the rules above the row, which are added to `rules`."""
    while match := _RULES.match(cell):
        if match[1]:
            rules.append((gap, 0, -1))
        else:
            rules.append((gap, int(match[2]) - 1, int(match[3]) - 1))
        cell = cell[match.end() :]
    return cell


def with_environment(tex: str) -> str:
    """A formula that has `&` but no environment around it as aligned equations."""
    if "&" not in tex:
        return tex
    rows = rows_of(tex)
    if all(len(cells) == 1 for cells in rows):
        return tex
    return rf"\begin{{aligned}}{tex}\end{{aligned}}"
