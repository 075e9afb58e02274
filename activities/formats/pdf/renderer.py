"""Items become one PDF: contents, bookmarks, and item after item down the pages."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.build import build
from activities.documents.control_characters import remove_control_characters
from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.headings import numbered
from activities.documents.hyphenation import hyphenated
from activities.documents.labels import UNKNOWN_LANGUAGE, Labels
from activities.documents.model import Card, Document, Heading, Part, Run
from activities.documents.pictures import described
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.pdf.file.bookmarks import Bookmarks
from activities.formats.pdf.file.canvas import PageCanvas, Place
from activities.formats.pdf.file.metadata import may_claim, write_metadata
from activities.formats.pdf.file.standard import STANDARDS, write_output_intents
from activities.formats.pdf.file.structure import StructureTree, Untagged, text_entry
from activities.formats.pdf.page.contents import Entry, draw_contents, pages_needed
from activities.formats.pdf.page.course_blocks import CourseBlockPainter
from activities.formats.pdf.page.cutouts import draw_cutouts
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.formula_alternatives import FormulaAlternatives
from activities.formats.pdf.page.headings import plain_text, without_notes
from activities.formats.pdf.page.surface import Surface
from activities.formats.pdf.page.theme import palette_of, theme_of
from activities.formats.pdf.text.fontbook import FontBook
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.missing_glyphs import named_character, script_phrase
from activities.formats.pdf.text.paragraph import Typesetter
from activities.formats.protocol import Export
from activities.model.content import Item
from activities.model.warnings import Report

_BOOKMARK_DEPTH = 4
_CONTENTS_LEVELS = 3
"""Of the headings of an export of one item: its parts and what is right below them."""
_CONTENTS_WORTHWHILE = 4
_HEADING_CLEARANCE = 4.0
"""How far above a heading a link to it leads, in points."""


class PdfRenderer:
    """Writes pages; see `WholeRenderer`."""

    def write(
        self, items: Iterable[Item], export: Export[PdfOptions], out: BinaryIO, report: Report
    ) -> None:
        """Write the file."""
        _Rendering(export, out, report).write(items)


RENDERER = PdfRenderer()


class _CurrentWarnings:
    """The warnings of the item that is being drawn.

    Does not know the rendering: what knows each other stays in memory when it is not used any more,
    with all of its words, until the garbage collector comes by.
    """

    def __init__(self) -> None:
        self.of_item = ConversionWarnings("")

    def add_formula(self, tex: str) -> None:
        self.of_item.add_once("formula-as-source", tex)

    def add_small_formula(self, formula: Formula) -> None:
        self.of_item.add_once("formula-too-large", formula)

    def add_glyph(self, character: str) -> None:
        what, example = script_phrase(character), named_character(character)
        self.of_item.add("script-missing", what=what, example=example)


class _Headings:
    """The headings so far: those that the contents list, and the level of the last one."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.level = 0

    def state(self) -> tuple[int, int]:
        return len(self.entries), self.level

    def restore(self, state: tuple[int, int]) -> None:
        listed, self.level = state
        del self.entries[listed:]


class _Rendering:
    def __init__(self, export: Export[PdfOptions], out: BinaryIO, report: Report) -> None:
        self._export = export
        self._report = report
        options = export.options
        theme = theme_of(options.paper, options.look)
        paper = theme.paper
        self._standard = STANDARDS[options.pdf_standard]
        self._is_asked_for_standard = options.tagged and options.pdf_standard != "ua-1"
        self._forbidden_told = False
        """Whether an item had what the standard forbids, of which a warning tells."""
        size = (paper.width, paper.height)
        self._canvas = PageCanvas(out, size, export.snapshot_time, self._standard.version)
        self._warnings = _CurrentWarnings()
        self._fonts = FontBook(self._warnings.add_glyph)
        structure = StructureTree if options.tagged else Untagged
        self._structure = structure(self._canvas.objects, self._standard)
        to_elements = self._standard.is_pdf_2 and options.tagged
        typesetter = Typesetter(self._fonts, self._warnings.add_formula)
        self._formulas = FormulaAlternatives(
            self._canvas.objects,
            with_words=options.tagged,
            with_files=options.tagged and not self._standard.is_lasting,
        )
        surface = Surface(
            self._canvas,
            self._structure,
            report.check_cancelled,
            self._formulas,
            links_to_elements=to_elements,
        )
        palette = palette_of(options.look, "default")
        self._flow = Flow(surface, typesetter, theme, palette, self._warnings.add_small_formula)
        self._headings = _Headings()
        self._listed: set[int] = set()
        """The identities of the current item's headings that the contents list."""
        self._bookmarks = Bookmarks(to_elements=to_elements)
        self._title, _ = remove_control_characters(export.title)
        self._language = ""
        self._languages: set[str] = set()
        self._flow.reversible += (self._headings, self._bookmarks)

    def write(self, items: Iterable[Item]) -> None:
        documents: Iterator[Document] = (self._document(item) for item in items)
        first = next(documents, None) if self._export.items_total == 1 else None
        if first:
            documents = chain([first], documents)
            if self._export.options.title is None:
                # Without its Markdown, which the export's title may hold.
                self._title = plain_text(first.title.runs)
            listed = sum(1 for _ in self._listed_headings(first))
            worthwhile = listed >= _CONTENTS_WORTHWHILE
            reserved = pages_needed(listed, self._flow) if worthwhile else 0
        else:
            reserved = pages_needed(self._export.items_total, self._flow)
        self._flow.reserve_pages(reserved)
        open_contents = self._structure.reserve("Sect") if reserved else None
        for number, document in enumerate(documents, 1):
            self._draw_item(number, document)
            self._report.item_done()
        self._finish(reserved, open_contents)

    def _document(self, item: Item) -> Document:
        document = build(item, self._export.options, self._report)
        return hyphenated(document) if self._export.options.hyphenate else document

    def _draw_item(self, number: int, document: Document) -> None:
        flow = self._flow
        self._begin_text(document.item_id, document.language)
        self._listed = set(map(id, self._listed_headings(document)))
        self._language = self._language or document.language
        self._languages.add(document.language)
        self._formulas.language = document.language
        flow.set_direction(right_to_left=document.right_to_left)
        flow.palette = palette_of(self._export.options.look, document.accent)
        words = document.labels
        language = text_entry("Lang", document.language)
        with self._structure.element("Sect", language):
            self._painter(words, f"{number}-", self._on_heading).heading(document.title)
            title = flow.typesetter.prepare(
                described(document.title.runs), flow.styles.running.font, document.right_to_left
            )
            flow.running_heads.set_title(title)
            for part_number, part in enumerate(document.parts, 1):
                self._draw_part(part, words, f"{number}-{part_number}-")
        flow.break_page()
        flow.running_heads.set_title(None)
        self._note_unclaimed(document)
        self._warnings.of_item.flush(self._report, document.title.runs)

    def _note_unclaimed(self, document: Document) -> None:
        """Tell of an item because of which the file cannot claim the standard asked for."""
        is_forbidden = self._standard.is_pdf_2 and self._fonts.has_private
        is_first, self._forbidden_told = is_forbidden and not self._forbidden_told, is_forbidden
        if self._is_asked_for_standard and (is_first or document.language == UNKNOWN_LANGUAGE):
            self._warnings.of_item.add("standard-not-claimed")

    def _begin_text(self, item_id: str, language: str) -> None:
        self._warnings.of_item = ConversionWarnings(item_id)
        had_missing, has_other_forms = self._fonts.forget_missing(), self._fonts.prefer(language)
        if had_missing or has_other_forms:
            # What was shaped before would be drawn without a word, or as another language has it.
            self._flow.typesetter.forget()

    def _listed_headings(self, document: Document) -> Iterator[Heading]:
        """What the contents list: items, or of a single one its parts and their headings.

        Headings within answers, lists and quotations often say the same again and again.
        """
        if self._export.items_total != 1:
            yield document.title
            return
        for part in document.parts:
            yield part.heading
            for block in part.blocks:
                if isinstance(block, Heading) and block.level <= _CONTENTS_LEVELS:
                    yield block

    def _draw_part(self, part: Part, words: Labels, prefix: str) -> None:
        self._warnings.of_item.begin_part(part.name)
        painter = self._painter(words, prefix, self._on_heading)
        with self._structure.element("Sect"):
            if part.name == "flashcards" and self._export.options.cards == "cutout":
                flow = self._flow
                painter.heading(part.heading)
                cards = [block for block in part.blocks if isinstance(block, Card)]
                # The order of drawing is not that of reading, which headings have to keep.
                on_cards = self._painter(words, prefix, None)
                with flow.wide():
                    too_long = self._cut_out(on_cards, cards)
                painter.draw(too_long)
                return
            painter.draw((part.heading, *part.blocks))

    def _cut_out(self, painter: CourseBlockPainter, cards: list[Card]) -> list[Card]:
        """Draw the cards that fit on sheets; the others."""
        too_long = draw_cutouts(self._flow, painter, cards)
        for card in too_long:
            painter.begin_record(card.number)
            self._warnings.of_item.add("card-too-long")
        return too_long

    def _painter(
        self, words: Labels, prefix: str, on_heading: Callable[[Heading], int] | None
    ) -> CourseBlockPainter:
        warnings = self._warnings.of_item
        return CourseBlockPainter(self._flow, words, on_heading, warnings, prefix)

    def _on_heading(self, heading: Heading) -> int:
        """Bookmark a heading and list it in the contents; its level without any gap above."""
        flow = self._flow
        self._headings.level = depth = min(heading.level, self._headings.level + 1)
        if depth > _BOOKMARK_DEPTH:
            return depth
        top = flow.y + _HEADING_CLEARANCE
        runs = without_notes(numbered(heading))
        place = Place(self._canvas.objects.page, top, self._structure.coming)
        self._bookmarks.add(plain_text(runs), place, depth)
        if id(heading) in self._listed:
            name = f"entry-{len(self._headings.entries) + 1}"
            self._canvas.place_destination(name, top, place.element)
            level = max(heading.level - 2, 0)
            self._headings.entries.append(
                Entry(runs, flow.right_to_left, level, flow.page, name, place.element)
            )
        return depth

    def _finish(self, reserved: int, open_contents: Callable[[], None] | None) -> None:
        flow, canvas = self._flow, self._canvas
        self._begin_text("", self._language)
        if open_contents:
            open_contents()
            flow.begin_reserved_pages()
            title = flow.typesetter.prepare_text(
                self._title, flow.styles.back_matter.font, flow.right_to_left
            )
            if self._export.options.title is not None:
                # The other texts are those of items, which were told of.
                self._warnings.of_item.flush(self._report, (Run(self._title),))
            with flow.wide():
                draw_contents(flow, title, self._headings.entries, reserved)
            self._structure.close()
            canvas.move_last_pages_first(reserved)
        flow.running_heads.finish()
        self._fonts.embed(canvas.objects)
        shown_title = close_bidi_controls(self._title)
        canvas.objects.title = shown_title
        for name, value in self._structure.finish().items():
            canvas.setCatalogEntry(name, value)
        canvas.setCatalogEntry(
            "Outlines", canvas.objects.reference_to(self._bookmarks.write(canvas.objects))
        )
        tagged = self._export.options.tagged and not self._forbidden_told
        claims = tagged and may_claim(shown_title, self._languages)
        claim = self._standard.claim if claims else ""
        metadata = write_metadata(canvas.objects, shown_title, self._export.snapshot_time, claim)
        canvas.setCatalogEntry("Metadata", metadata)
        if self._standard.is_lasting:
            canvas.setCatalogEntry("OutputIntents", write_output_intents(canvas.objects))
        canvas.setCatalogEntry("Lang", self._language or "en")
        canvas.setViewerPreference("DisplayDocTitle", "true")
        canvas.showOutline()
        canvas.save()
