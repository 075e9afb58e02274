"""Blocks of a document become lines of Markdown."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby
from types import MappingProxyType
from typing import Any, Final, cast

from msgspec.structs import replace

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.heading_levels import HEADING_LEVEL_MAX
from activities.documents.headings import numbered
from activities.documents.labels import Labels
from activities.documents.list_markers import list_marker
from activities.documents.model import (
    PART_LEVEL,
    Alignment,
    Block,
    Callout,
    Card,
    CodeBlock,
    Definitions,
    Document,
    Facts,
    Footnotes,
    Heading,
    Image,
    ListBlock,
    ListItem,
    MathBlock,
    MissingPicture,
    Objectives,
    Paragraph,
    Part,
    QuestionAnswer,
    Quote,
    ReadingTask,
    Rule,
    Run,
    Runs,
    Table,
)
from activities.documents.pictures import missing_runs
from activities.documents.plain import plain_runs, shown_fact
from activities.formats.markdown import escaping
from activities.formats.markdown.inlines import InlineWriter, PictureAddress
from activities.formats.markdown.links import DEEPER, NOTE, places
from activities.model.warnings import Report

_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_+#.-]{1,40}")
_RUN_BY_PROGRAMS: Final = frozenset(
    {"dataview", "dataviewjs", "js-engine", "meta-bind-button", "templater"}
)
"""Languages of code that plug-ins of Obsidian run when they show a note."""
_TEMPLATE: Final = re.compile(r"<%.*?%>", re.DOTALL)
_TASKS: Final = MappingProxyType({True: "[x] ", False: "[ ] "})
_BOXES: Final = MappingProxyType({True: "\u2611", False: "\u2610"})
_SIDES: Final[MappingProxyType[Alignment, str]] = MappingProxyType(
    {None: "---", "left": ":--", "center": ":-:", "right": "--:"}
)
_NUMBER_MAX: Final = 999_999_999
_LIST: Final = re.compile(r"(-)(?:\s|$)|\d+([.)])(?:\s|$)")
_BETWEEN_LISTS: Final = "<!-- -->"
"""Keeps one list from going on in the next."""

Lines = list[str]
_Numbered = QuestionAnswer | Card | ReadingTask


class _BlockWriter:
    """The state of writing one document; a method for each kind of block."""

    def __init__(
        self, labels: Labels, report: Report, inlines: InlineWriter, levels_above: int
    ) -> None:
        self._labels = labels
        self._report = report
        self._inlines = inlines
        self._warnings = inlines.warnings
        self._levels_above = levels_above
        self._notes: list[tuple[str, tuple[Block, ...]]] = []

    def part(self, part: Part) -> Lines:
        blocks = [self.heading(part.heading), *self._lines_of_each(part.blocks)]
        notes = [self._note(label, self._blocks(held)) for label, held in self._notes]
        self._notes = []
        return _parted([*blocks, *notes])

    def _blocks(self, blocks: Iterable[Block]) -> Lines:
        return _parted(self._lines_of_each(blocks))

    def _lines_of_each(self, blocks: Iterable[Block]) -> Iterator[Lines]:
        for kind, alike in groupby(blocks, type):
            if kind in {QuestionAnswer, Card, ReadingTask}:
                yield from self._numbered(cast("Iterable[_Numbered]", alike))
                continue
            action = _ACTIONS[kind]
            for block in alike:
                self._report.check_cancelled()
                yield action(self, block)

    def heading(self, heading: Heading) -> Lines:
        if heading.level > PART_LEVEL:
            self._warnings.heading = heading.runs
        level = heading.level + self._levels_above
        deeper = DEEPER if level < HEADING_LEVEL_MAX else ""
        content = places(heading.anchors) + self._inlines.line(numbered(heading))
        return [heading_line(f"{deeper}{'#' * level}", content)]

    def paragraph(self, paragraph: Paragraph) -> Lines:
        return self._inlines.lines(paragraph.runs)

    def _led(self, lead: Run, blocks: Sequence[Block]) -> Lines:
        """Blocks behind a text, on its line if the first is a paragraph."""
        if blocks and isinstance(blocks[0], Paragraph):
            first = Paragraph((lead, Run(" "), *blocks[0].runs))
            return self._blocks((first, *blocks[1:]))
        return self._blocks((Paragraph((lead,)), *blocks))

    def list_block(self, block: ListBlock) -> Lines:
        numbers = range(block.start, block.start + len(block.items))
        fits = not block.items or (block.start >= 0 and numbers[-1] <= _NUMBER_MAX)
        entries = []
        is_tight = all(_is_tight(item.blocks) for item in block.items)
        for number, item in zip(numbers, block.items, strict=True):
            marker, lead = "-", ""
            if block.ordered:
                shown = list_marker(block, number)
                marker, lead = (shown, "") if fits and block.style == "decimal" else ("-", shown)
            entries.append((marker, self._entry(item, lead, is_tight=is_tight)))
        return _list_lines(entries, is_tight=is_tight)

    def _entry(self, item: ListItem, lead: str, *, is_tight: bool) -> Lines:
        self._report.check_cancelled()
        blocks = item.blocks
        task = ""
        if item.checked is not None:
            if blocks and isinstance(blocks[0], Paragraph) and not lead:
                task = _TASKS[item.checked]
            else:
                lead = f"{lead} {_BOXES[item.checked]}".strip()
        if lead:
            lines = self._led(Run(lead), blocks)
        elif is_tight:
            lines = list(chain.from_iterable(self._lines_of_each(blocks)))
        else:
            lines = self._blocks(blocks)
        return [task + lines[0], *lines[1:]] if lines else []

    def definitions(self, definitions: Definitions) -> Lines:
        pieces = []
        for entry in definitions.entries:
            terms: list[Run] = []
            for term in entry.terms:
                terms += [Run("\n")] * bool(terms)
                terms += [replace(run, strong=True) for run in term]
            pieces.append(self._inlines.lines(tuple(terms)))
            details = [("-", self._blocks(held)) for held in entry.details]
            pieces.append(_list_lines(details, is_tight=False))
        return _parted(pieces)

    def table(self, table: Table) -> Lines:
        if not any(table.shown_rows):
            return []
        lines = self._inlines.lines(table.caption)
        if lines:
            lines.append("")
        header = table.header or ((),) * len(table.alignments)
        lines += [self._row(header), _row([_SIDES[side] for side in table.alignments])]
        return lines + [self._row(row) for row in table.rows]

    def _row(self, cells: Sequence[Runs]) -> str:
        self._report.check_cancelled()
        return _row([self._inlines.cell(runs) for runs in cells])

    def code(self, code: CodeBlock) -> Lines:
        language = code.language if _LANGUAGE.fullmatch(code.language) else ""
        is_run = language.lower() in _RUN_BY_PROGRAMS
        if is_run or _TEMPLATE.search(code.text):
            self._warnings.add("code-fence-runnable")
        fence = escaping.fence(code.text)
        lines = [f"{fence}{'' if is_run else language}", *escaping.code_lines(code.text), fence]
        return [places(code.anchors), "", *lines] if code.anchors else lines

    def formula(self, formula: MathBlock) -> Lines:
        written = self._inlines.displayed(formula.tex)
        return [places(formula.anchors) + written] if written else []

    def image(self, image: Image) -> Lines:
        shown = self._inlines.picture(image)
        if image.link:
            shown = self._inlines.linked(image.link, shown)
        caption = self._inlines.lines(image.caption)
        return [places(image.anchors) + shown, *(["", *caption] if caption else [])]

    def missing_picture(self, missing: MissingPicture) -> Lines:
        return self._inlines.lines(missing_runs(missing))

    def quote(self, quote: Quote) -> Lines:
        return _quoted(self._blocks(quote.blocks))

    def callout(self, callout: Callout) -> Lines:
        """An alert of GitHub, which has no title of its own: the author's is its first line."""
        blocks = callout.blocks
        if callout.kind == "details":
            return _quoted(self._titled(callout))
        is_usual = plain_runs(callout.title) == self._labels.callout(callout.kind)
        lines = self._blocks(blocks) if is_usual else self._titled(callout)
        return _quoted([f"[!{callout.kind.upper()}]", *lines])

    def _titled(self, callout: Callout) -> Lines:
        title = Paragraph(tuple(replace(run, strong=True) for run in callout.title))
        return self._blocks((title, *callout.blocks))

    def rule(self, _rule: Rule) -> Lines:
        return ["***"]

    def footnotes(self, footnotes: Footnotes) -> Lines:
        self._notes += footnotes.notes
        return []

    def _note(self, label: str, lines: Lines) -> Lines:
        """A footnote. One to which nothing refers would not be shown."""
        if label not in self._inlines.referred:
            return _list_lines([("-", [f"{escaping.text(label)}: {lines[0]}", *lines[1:]])])
        lead = f"[^{NOTE}{label}]: "
        return [lead + "".join(lines[:1]), *_indented(lines[1:], 4)]

    def objectives(self, objectives: Objectives) -> Lines:
        label = f"**{escaping.text(getattr(self._labels, objectives.kind))}**"
        entries = [("-", self._inlines.lines(runs)) for runs in objectives.entries]
        return [label, "", *_list_lines(entries)]

    def _numbered(self, blocks: Iterable[_Numbered]) -> Iterator[Lines]:
        """Questions or cards as lists, of which a new one begins where numbers are left out."""
        entries: list[tuple[str, Lines]] = []
        expected = None
        for block in blocks:
            self._report.check_cancelled()
            self._warnings.begin_record(self._labels, block.number)
            lines = _RECORDS[type(block)](self, block)
            if block.number != expected:
                if entries:
                    yield _list_lines(entries, is_tight=False)
                entries = []
            fits = 0 <= block.number <= _NUMBER_MAX
            entries.append((f"{block.number}." if fits else "-", lines))
            expected = block.number + 1
        yield _list_lines(entries, is_tight=False)

    def question(self, pair: QuestionAnswer) -> Lines:
        return self._asked(pair.question, self._labels.answer, pair.answer)

    def task(self, task: ReadingTask) -> Lines:
        return self._asked(task.question, self._labels.answer, task.answer or ())

    def card(self, card: Card) -> Lines:
        lines = self._asked(card.front, self._labels.back, card.back)
        if card.tags:
            tags = Paragraph((Run(f"{self._labels.tags}: {', '.join(card.tags)}", emphasis=True),))
            lines = _parted([lines, self.paragraph(tags)])
        return lines

    def _asked(self, question: Sequence[Block], label: str, answer: Sequence[Block]) -> Lines:
        asked = self._blocks(question)
        if not answer:
            return asked
        return _parted([asked, self._led(Run(f"{label}:", strong=True), answer)])

    def facts(self, facts: Facts) -> Lines:
        entries = []
        for name, value in facts.entries:
            runs = (Run(f"{name}:", strong=True), Run(f" {shown_fact(value)}"))
            entries.append(("-", self._inlines.lines(runs)))
        return _list_lines(entries)


def heading_line(signs: str, content: str) -> str:
    """A heading whose text does not end in signs that would be taken for its end."""
    if content.endswith("#") and not content.endswith("\\#"):
        content = f"{content[:-1]}\\#"
    return f"{signs} {content}".rstrip(" ")


def _is_tight(blocks: Sequence[Block]) -> bool:
    """Whether an entry is a line, perhaps with lists that may follow it at once."""
    return not blocks or (
        isinstance(blocks[0], Paragraph)
        and len(blocks) <= 2
        and all(isinstance(block, ListBlock) and _may_follow(block) for block in blocks[1:])
    )


def _may_follow(block: ListBlock) -> bool:
    """Whether a list may interrupt a paragraph."""
    return (
        bool(block.items)
        and bool(block.items[0].blocks)
        and (not block.ordered or block.start == 1)
        and all(_is_tight(item.blocks) for item in block.items)
    )


def _parted(pieces: Iterable[Lines]) -> Lines:
    """Blocks with an empty line between them."""
    lines: Lines = []
    before = None
    for piece in pieces:
        if not piece:
            continue
        kind = _LIST.match(piece[0])
        if lines:
            lines.append("")
            if kind and before and kind.groups() == before.groups():
                lines += [_BETWEEN_LISTS, ""]
        before = kind
        lines += piece
    return lines


def _list_lines(entries: Iterable[tuple[str, Lines]], *, is_tight: bool = True) -> Lines:
    """Entries behind their markers."""
    written: Lines = []
    for marker, lines in entries:
        if written and not is_tight:
            written.append("")
        first = lines[0] if lines else ""
        written.append(f"{marker} {first}".rstrip(" "))
        written += _indented(lines[1:], len(marker) + 1)
    return written


def _indented(lines: Iterable[str], columns: int) -> Lines:
    return [" " * columns + line if line else "" for line in lines]


def _quoted(lines: Lines) -> Lines:
    return [f"> {line}" if line else ">" for line in lines or [""]]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


_ACTIONS: Final[MappingProxyType[type, Callable[[_BlockWriter, Any], Lines]]] = MappingProxyType(
    {
        Heading: _BlockWriter.heading,
        Paragraph: _BlockWriter.paragraph,
        ListBlock: _BlockWriter.list_block,
        Definitions: _BlockWriter.definitions,
        Table: _BlockWriter.table,
        CodeBlock: _BlockWriter.code,
        MathBlock: _BlockWriter.formula,
        Image: _BlockWriter.image,
        MissingPicture: _BlockWriter.missing_picture,
        Quote: _BlockWriter.quote,
        Callout: _BlockWriter.callout,
        Rule: _BlockWriter.rule,
        Footnotes: _BlockWriter.footnotes,
        Objectives: _BlockWriter.objectives,
        Facts: _BlockWriter.facts,
    }
)
_RECORDS: Final[MappingProxyType[type, Callable[[_BlockWriter, Any], Lines]]] = MappingProxyType(
    {
        QuestionAnswer: _BlockWriter.question,
        Card: _BlockWriter.card,
        ReadingTask: _BlockWriter.task,
    }
)


class MarkdownWriter:
    """Writes the parts of one document.

    Attributes:
        warnings: what Markdown cannot hold, which the caller flushes.
    """

    def __init__(
        self,
        document: Document,
        report: Report,
        picture_address: PictureAddress,
        *,
        levels_above: int,
    ) -> None:
        """Make a writer.

        Args:
            document: whose parts they are.
            report: is asked whether to go on.
            picture_address: gives the address of each picture.
            levels_above: is added to the levels of headings.
        """
        self.warnings = ConversionWarnings(document.item_id)
        self._inlines = InlineWriter(picture_address, self.warnings)
        self._writer = _BlockWriter(document.labels, report, self._inlines, levels_above)

    def line(self, runs: Runs) -> str:
        """Text on one line, such as a title."""
        return self._inlines.line(runs)

    def part(self, part: Part) -> str:
        """A part with its heading; the footnotes of its texts end it."""
        self.warnings.begin_part(part.name)
        return "\n".join(self._writer.part(part)) + "\n"
