"""Paragraphs of one item become WordprocessingML; what all its blocks share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any, ClassVar, Final

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.model import Alignment, Block, Document, Paragraph, Runs
from activities.formats.docx.design import twips
from activities.formats.docx.fragment import HeadingEntry, NumberedList
from activities.formats.docx.page import Page
from activities.formats.docx.pictures import Room
from activities.formats.docx.places import Lead, Place
from activities.formats.docx.runs import RunWriter, embedded
from activities.formats.docx.scripts import Script, language
from activities.formats.docx.styles import exact_leadings
from activities.model.warnings import Report

_SWAPPED = MappingProxyType({"left": "right", "center": "center", "right": "left"})
_HIGH: Final = "\u0590"
"""From here on scripts are higher than Latin, Greek and Cyrillic."""


class ParagraphWriter:
    """The state of writing one document, and what all blocks are made of."""

    actions: ClassVar[Mapping[type, Callable[[Any, Any, Place], None]]]
    """What writes each kind of block."""

    def __init__(self, document: Document, page: Page, report: Report) -> None:
        """Write a document for pages of this size; what Word cannot hold goes to the report."""
        self._document = document
        self._page = page
        self._leadings = exact_leadings(page)
        self._report = report
        self._labels = document.labels
        self._warnings = ConversionWarnings(document.item_id)
        self._language = language(document.language, document.right_to_left)
        self._is_foreign = document.right_to_left or self._language.foreign is not Script.PLAIN
        self._runs = RunWriter(
            self._language,
            self._warnings,
            Room(page.text_width // 2, page.text_height // 2),
        )
        self._headings: list[HeadingEntry] = []
        self._lists: list[NumberedList] = []
        self._notes: dict[int, bytes] = {}
        self._out: list[str] = []

    def _write(self, blocks: Iterable[Block], place: Place) -> None:
        for kind, alike in groupby(blocks, type):
            self._write_alike(kind, alike, place)

    def _write_alike(self, kind: type, alike: Iterable[Block], place: Place) -> None:
        """Write blocks of one kind."""
        action = self.actions[kind]
        for block in alike:
            self._report.check_cancelled()
            action(self, block, place)

    def _captured(self, blocks: Sequence[Block], place: Place, lead: Lead | None = None) -> str:
        """The XML of blocks that stand elsewhere than in the running text."""
        before, self._out = self._out, []
        if lead is None:
            self._write(blocks, place)
        else:
            self._write_led(lead, blocks, place)
        xml = "".join(self._out)
        self._out = before
        return xml

    def _paragraph(
        self,
        runs: Runs,
        style: str = "",
        *,
        lead: Lead | None = None,
        layout: str = "",
        side: Alignment = None,
        from_right: bool | None = None,
        kept: bool = False,
        divisible: bool = False,
    ) -> str:
        """The XML of one paragraph.

        Args:
            runs: its text.
            style: id of its style, unless it has a lead.
            lead: its style, numbering and what comes before the text.
            layout: properties that follow `w:bidi` in the schema.
            side: on which side its lines are aligned; None for where they begin.
            from_right: its direction, unless it is that of its text.
            kept: whether it stays on the page of the next.
            divisible: whether pages may end within it although its style says no.
        """
        own = self._runs.is_right_to_left(runs)
        right_to_left = own if from_right is None else from_right
        properties = "<w:bidi/>" if right_to_left else ""
        start = end = ""
        if lead is not None:
            style, start, end = lead.style, lead.start, lead.end
            properties, layout = lead.numbering + properties, lead.layout
        if (leading := self._leadings.get(style)) and self._is_high(runs):
            layout = _at_least(leading) + layout
        if divisible:
            properties = f'<w:keepLines w:val="0"/>{properties}'
        if kept:
            properties = f"<w:keepNext/>{properties}"
        if side is not None:
            # In a paragraph from right to left Word calls the side where lines begin "left".
            named = _SWAPPED[side] if right_to_left else side
            layout += f'<w:jc w:val="{named}"/>'
        if style:
            properties = f'<w:pStyle w:val="{style}"/>{properties}'
        if properties or layout:
            properties = f"<w:pPr>{properties}{layout}</w:pPr>"
        text = self._runs.write(runs, right_to_left=own)
        if own != right_to_left:
            text = embedded(text, right_to_left=own)
        return f"<w:p>{properties}{start}{text}{end}</w:p>"

    def _is_high(self, runs: Runs) -> bool:
        """Whether lines may be higher than those of Latin text."""
        if self._is_foreign:
            return True
        for run in runs:
            if run.math or run.picture or not (run.text.isascii() or max(run.text) < _HIGH):
                return True
        return False

    def _write_led(
        self, lead: Lead, blocks: Sequence[Block], place: Place, *, kept: bool = False
    ) -> None:
        """Blocks whose first paragraph has the lead, an empty one when they start otherwise."""
        if blocks and isinstance(blocks[0], Paragraph):
            self._out.append(self._paragraph(blocks[0].runs, lead=lead, kept=kept))
            blocks = blocks[1:]
        else:
            self._out.append(self._paragraph((), lead=lead, kept=kept or bool(blocks)))
        self._write(blocks, place)


def _at_least(points: float) -> str:
    """The XML for lines that are so far apart, or farther where something in them is higher."""
    return f'<w:spacing w:line="{twips(points)}" w:lineRule="atLeast"/>'
