"""Runs of text become Markdown within a line or paragraph."""

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final
from unicodedata import category

from msgspec.structs import replace

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.link_addresses import web_address
from activities.documents.model import FOOTNOTE_LINK, Image, Run, Runs
from activities.documents.pictures import with_missing_shown
from activities.formats.markdown import escaping
from activities.formats.markdown.links import NOTE, link, places
from activities.formats.shared.xhtml.formulas import may_act

PictureAddress = Callable[[Image], str]
"""Gives the address by which a text refers to a picture."""

_MARKS: Final = (
    ("strong", "**", "strong"),
    ("emphasis", "_", "em"),
    ("strike", "~~", "del"),
    ("underline", "", "u"),
    ("mark", "", "mark"),
    ("subscript", "", "sub"),
    ("superscript", "", "sup"),
    ("keyboard", "", "kbd"),
)
"""The marks of a run, the outermost first: its name, its sign in Markdown, its element in HTML."""
_BREAK: Final = "\n"
_SIGN: Final = "*"
"""Stands for whatever sign of ASCII is beside a text."""


class InlineWriter:
    """Writes the runs of one document.

    Attributes:
        warnings: where it is noted what Markdown cannot hold.
        referred: the labels of the footnotes that runs refer to.
    """

    def __init__(self, picture_address: PictureAddress, warnings: ConversionWarnings) -> None:
        self._picture_address = picture_address
        self.warnings = warnings
        self.referred: set[str] = set()
        self._in_cell = False
        self._text = escaping.text

    def lines(self, runs: Runs) -> list[str]:
        """The lines of a paragraph, of which none begins another block."""
        written = self._write(runs).split(_BREAK)
        lines = [escaping.line(line) for each in written if (line := each.strip(" \t"))]
        return [f"{line}\\" for line in lines[:-1]] + lines[-1:]

    def line(self, runs: Runs) -> str:
        """Content that has one line, such as a heading's."""
        return " ".join(self._write(runs).split(_BREAK)).strip(" \t")

    def cell(self, runs: Runs) -> str:
        """The content of a cell of a table."""
        self._in_cell = True
        written = self._write(runs).strip(" \t\n").replace(_BREAK, "<br>")
        self._in_cell = False
        return written

    def picture(self, image: Image) -> str:
        """A picture, which is a link if it has one."""
        alt = " ".join(escaping.text_in_link(image.alt).split())
        return f"![{alt}]({escaping.destination(self._picture_address(image))})"

    def linked(self, address: str, content: str) -> str:
        """A link around some content; the content itself where it leads nowhere."""
        if address.startswith("#"):
            return link(address[1:], content)
        target = web_address(address)
        if target is None:
            self.warnings.add("link-unusable")
            return content
        return f"[{content}]({escaping.destination(target)})"

    def displayed(self, tex: str) -> str:
        """A formula of its own."""
        formula = None if may_act(tex) else escaping.tex(tex)
        return self._as_source(tex) if formula is None else f"$${formula}$$"

    def _write(self, runs: Runs) -> str:
        shown = [run for run in with_missing_shown(runs) if run.text or run.picture or run.anchors]
        has_stars = any(run.strong for run in shown)
        written = ""
        groups = [(key, tuple(group)) for key, group in groupby(shown, attrgetter("link"))]
        for place, (address, group) in enumerate(groups, 1):
            if address is None:
                after = _SIGN if place < len(groups) else ""
                written += self._spans(group, 0, written[-1:], after, has_stars)
            elif address.startswith(FOOTNOTE_LINK):
                written += "".join(map(self._note_reference, group))
            else:
                written += self._link(address, group, has_stars)
        return written

    def _link(self, address: str, runs: Runs, has_stars: bool) -> str:
        shown = runs[0].text
        is_itself = shown in (address, address.removeprefix("mailto:"))
        if is_itself and runs == (Run(shown, link=address),) and escaping.is_autolink(address):
            return f"<{shown}>"
        self._text = escaping.text_in_link
        content = self._spans(runs, 0, _SIGN, _SIGN, has_stars)
        self._text = escaping.text
        return self.linked(address, content or escaping.text(address))

    def _spans(self, runs: Runs, level: int, before: str, after: str, has_stars: bool) -> str:
        """Runs between two characters, with the marks from this level on."""
        if level == len(_MARKS):
            return self._joined(runs)
        name = _MARKS[level][0]
        groups = [(marked, tuple(group)) for marked, group in groupby(runs, attrgetter(name))]
        written = ""
        for place, (marked, group) in enumerate(groups, 1):
            previous = written[-1:] or before
            is_last = place == len(groups)
            if marked:
                following = after if is_last else _first(groups[place][1])
                written += self._marked(group, level, previous, following, has_stars)
            else:
                following = after if is_last else _SIGN
                written += self._spans(group, level + 1, previous, following, has_stars)
        return written

    def _marked(self, runs: Runs, level: int, before: str, after: str, has_stars: bool) -> str:
        """Marked runs; blanks at their edges stand outside, where marks are always seen."""
        lead, runs = _without_blanks(runs, str.lstrip, first=0)
        trail, runs = _without_blanks(runs, str.rstrip, first=-1)
        inner = self._spans(runs, level + 1, _SIGN, _SIGN, has_stars)
        if not inner:
            return lead + trail
        before, after = lead[-1:] or before, trail[:1] or after
        _, sign, element = _MARKS[level]
        # Signs of formulas could be taken for the end of the mark.
        if not sign or any(run.math for run in runs) or not _is_seen(inner, before, after):
            sign = ""
        elif sign == "_" and not (_parts(before) and _parts(after)):
            sign = "" if has_stars else "*"
        if sign:
            return f"{lead}{sign}{inner}{sign}{trail}"
        return f"{lead}<{element}>{inner}</{element}>{trail}"

    def _joined(self, runs: Runs) -> str:
        written = ""
        for run in runs:
            piece = self._run(run)
            if piece.startswith("`") and written.endswith("`"):
                piece = escaping.code_element(run.text)
            written += piece
        return written

    def _run(self, run: Run) -> str:
        if run.picture:
            content = self.picture(run.picture)
        elif run.math:
            content = self._formula(run.text)
        elif run.code:
            content = (escaping.code_in_cell if self._in_cell else escaping.code_span)(run.text)
        else:
            content = self._text(run.text)
        return places(run.anchors) + content

    def _formula(self, tex: str) -> str:
        formula = None if may_act(tex) else escaping.tex(tex)
        if formula is None:
            return self._as_source(tex)
        return f"${escaping.tex_in_cell(formula) if self._in_cell else formula}$"

    def _as_source(self, tex: str) -> str:
        if not tex.strip():
            return ""
        self.warnings.add("formula-as-source")
        return (escaping.code_in_cell if self._in_cell else escaping.code_span)(tex)

    def _note_reference(self, run: Run) -> str:
        label = (run.link or "").removeprefix(FOOTNOTE_LINK)
        self.referred.add(label)
        return f"[^{NOTE}{label}]"


def _without_blanks(runs: Runs, strip: Callable[[str], str], *, first: int) -> tuple[str, Runs]:
    """The blanks at one edge of some runs, and the runs without them."""
    blanks = ""
    while runs:
        run = runs[first]
        if run.code or run.math or run.picture or run.anchors:
            break
        kept = strip(run.text)
        length = len(run.text) - len(kept)
        blanks = blanks + run.text[:length] if first == 0 else run.text[len(kept) :] + blanks
        if kept:
            changed = (replace(run, text=kept),)
            return blanks, changed + runs[1:] if first == 0 else runs[:-1] + changed
        runs = runs[1:] if first == 0 else runs[:-1]
    return blanks, runs


def _first(runs: Sequence[Run]) -> str:
    """The first character of unmarked runs, or a sign where something else begins."""
    run = runs[0]
    if run.code or run.math or run.picture or run.anchors or not run.text:
        return _SIGN
    if any(getattr(run, name) for name, _, _ in _MARKS):
        return _SIGN
    return run.text[0]


def _parts(character: str) -> bool:
    """Whether a character is a blank, a punctuation mark or none: a mark may begin behind it
    whatever follows, and end before it.
    """
    return not character or character.isspace() or _is_sign(character)


def _is_sign(character: str) -> bool:
    if character.isascii():
        return not character.isalnum() and not character.isspace()
    return category(character)[0] == "P"


def _is_text(character: str) -> bool:
    """Whether no version of the rules takes a character for a blank or a punctuation mark."""
    return not (_parts(character) or category(character)[0] == "S")


def _is_seen(inner: str, before: str, after: str) -> bool:
    """Whether signs around a text are marks (CommonMark, 6.2: left- and right-flanking)."""
    first, last = inner[0], inner[-1]
    if first.isspace() or last.isspace():
        return False
    return (_is_text(first) or _parts(before)) and (_is_text(last) or _parts(after))
