"""Items become one PDF: contents, bookmarks, and item after item down the pages."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import BinaryIO

import msgspec

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.book_labels import book_labels
from activities.documents.build import build
from activities.documents.colophon import shown_day
from activities.documents.control_characters import remove_control_characters
from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.design.design import Design
from activities.documents.headings import with_section_numbers
from activities.documents.hyphenation import hyphenated
from activities.documents.labels import UNKNOWN_LANGUAGE, labels
from activities.documents.model import PART_LEVEL, Document, Heading, Part, Run, Runs
from activities.documents.worksheets import with_worksheets
from activities.formats.pdf.back_matter import BackMatter, back_titles, is_only_cards
from activities.formats.pdf.current_warnings import CurrentWarnings
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.pdf.file.attachments import Attachment, attach
from activities.formats.pdf.file.bookmarks import Bookmarks
from activities.formats.pdf.file.canvas import PageCanvas
from activities.formats.pdf.file.metadata import may_claim, write_metadata
from activities.formats.pdf.file.standard import STANDARDS, write_output_intents
from activities.formats.pdf.file.structure import StructureTree, Untagged, text_entry
from activities.formats.pdf.page.colophon import BackSetting, Colophon, Unit
from activities.formats.pdf.page.contents import Extent, draw_contents, measure, measure_entries
from activities.formats.pdf.page.course_blocks import CourseBlockPainter
from activities.formats.pdf.page.cover import draw_cover
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.formula_alternatives import FormulaAlternatives
from activities.formats.pdf.page.front_matter import FrontMatter, facts_told
from activities.formats.pdf.page.furniture import Furniture
from activities.formats.pdf.page.headings import plain_text, without_notes
from activities.formats.pdf.page.keeps import FREE
from activities.formats.pdf.page.landmarks import Landmarks
from activities.formats.pdf.page.numbering import UnitNumbering
from activities.formats.pdf.page.page_columns import Facing
from activities.formats.pdf.page.pagination import Step, enclosed
from activities.formats.pdf.page.surface import Surface
from activities.formats.pdf.page.theme import Palette, palette_of, theme_of
from activities.formats.pdf.page.unit_opening import HeadLine, UnitOpening
from activities.formats.pdf.text.faces import fonts_of
from activities.formats.pdf.text.fontbook import FontBook
from activities.formats.pdf.text.paragraph import Typesetter
from activities.formats.protocol import Export
from activities.model.content import Item
from activities.model.warnings import ExportWarning, Report

_LONG_LESSON = 24
"""A single item with so many headings has contents."""
_LISTED_LEVEL = PART_LEVEL + 1
"""The level down to which headings of a single item are listed."""
_RECEIPT_NOT_ATTACHED = ExportWarning(
    "receipt-not-attached",
    "The receipt is not in the PDF, as PDF/A-2 allows no files of other kinds within; it is with "
    "the export.",
)

_PARTS_LISTED = ("study_guide", "faqs", "flashcards", "reading_guide_questions")


class PdfRenderer:
    """Writes pages; see `WholeRenderer`."""

    def write(
        self, items: Iterable[Item], export: Export[PdfOptions], out: BinaryIO, report: Report
    ) -> None:
        """Write the file."""
        _Rendering(export, out, report).write(items)


RENDERER = PdfRenderer()


class _Rendering:
    def __init__(self, export: Export[PdfOptions], out: BinaryIO, report: Report) -> None:
        self._export = export
        self._has_worksheets = export.options.answers != "below"
        self._report = report
        self._design = Design(report.theme)
        options = export.options
        theme = msgspec.structs.replace(
            theme_of(options.paper, options.look), radii=self._design.tokens.radii
        )
        paper = theme.paper
        self._standard = STANDARDS[options.pdf_standard]
        self._is_asked_for_standard = options.tagged and options.pdf_standard != "ua-1"
        self._forbidden_told = False
        """Whether an item had what the standard forbids, of which a warning tells."""
        size = (paper.width, paper.height)
        self._canvas = PageCanvas(out, size, export.snapshot_time, self._standard.version)
        self._warnings = CurrentWarnings()
        self._fonts = FontBook(self._warnings.add_glyph, fonts_of(report.theme), theme.spacing)
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
        palette = self._palette("default")
        self._flow = Flow(surface, typesetter, theme, palette, self._warnings.add_small_formula)
        self._furniture = Furniture(self._flow)
        self._flow.finish_with = self._furniture.draw
        self._bookmarks = Bookmarks(to_elements=to_elements)
        self._landmarks = Landmarks(self._flow, self._canvas, self._bookmarks)
        self._is_book = export.items_total != 1
        """Whether there may be several units, which are numbered."""
        self._front = FrontMatter(self._design, export.snapshot_time)
        self._cover = self._design.cover(options.cover, export.items_total)
        if options.cover is None and is_only_cards(options):
            self._cover = "none"
        self._has_cover = self._cover != "none"
        self._colophon: Colophon | None = None
        if options.include_metadata or options.include_quality_metrics:
            families = self._fonts.families
            snapshot = export.snapshot_time
            gate = options.min_quality
            self._colophon = Colophon(
                options.language,
                snapshot,
                families,
                gate.rule if gate and gate.action == "exclude" else "",
            )
        self._title, _ = remove_control_characters(export.title)
        self._language = ""
        self._right_to_left = False
        self._languages: set[str] = set()
        self._text_of = ""
        """The id of the item whose text is set."""
        self._back_warnings: dict[str, tuple[ConversionWarnings, Runs]] = {}
        """What was noted of items behind all units, by their ids, with their titles."""
        self._back = BackMatter(
            self._flow, self._landmarks, self._furniture, options, is_book=self._is_book
        )
        self._flow.reversible += (
            self._landmarks.noted,
            self._bookmarks,
            self._furniture,
            self._warnings,
        )

    def write(self, items: Iterable[Item]) -> None:
        documents: Iterator[Document] = (self._document(item) for item in items)
        first = next(documents, None)
        if first:
            documents = chain([first], documents)
            self._language, self._right_to_left = first.language, first.right_to_left
            if not self._is_book and self._export.options.title is None:
                # Without its Markdown, which the export's title may hold.
                self._title = plain_text(first.title.runs)
        else:
            self._has_cover = False
        flow = self._flow
        flow.set_direction(right_to_left=self._right_to_left)
        if self._export.options.facing:
            flow.face(Facing(self._right_to_left))
        extent = self._contents_extent(first)
        reserved = self._pages_before_units(extent)
        flow.reserve_pages(reserved)
        open_front = self._structure.reserve("Sect") if reserved else None
        header = self._design.theme.header_text
        if header or self._is_book or self._has_cover:
            self._furniture.set_book(flow, header or self._title)
        for number, document in enumerate(documents, 1):
            self._draw_unit(number, document, extent)
            self._report.item_done()
        self._back.draw(self._language, self._begin_file)
        if self._is_book:
            self._draw_colophon()
        self._back.draw_sheets(self._language, self._begin_file)
        for warnings, title in self._back_warnings.values():
            warnings.flush(self._report, title)
        if open_front:
            open_front()
            self._draw_front_matter(extent, reserved)
        self._finish()

    def _pages_before_units(self, extent: Extent) -> int:
        """How many pages the cover and the contents take, and what fills the last sheet."""
        pages = extent.pages + self._has_cover
        return pages + pages % 2 if self._export.options.facing else pages

    def _contents_extent(self, first: Document | None) -> Extent:
        """How many pages the contents have, none for a short lesson alone, or cards alone."""
        if is_only_cards(self._export.options):
            return Extent(0, False, 0.0)
        total, options = self._export.items_total, self._export.options
        back = back_titles(options) + (self._colophon is not None)
        if self._is_book or first is None:
            parts = [name for name in options.part_names() if name in _PARTS_LISTED]
            return measure(total, len(parts), back, self._flow)
        listed = [heading.level for heading in self._listed_headings(first)]
        if len(listed) < _LONG_LESSON:
            return Extent(0, False, 0.0)
        listed += [min(listed)] * back
        return measure_entries(listed, self._flow)

    def _document(self, item: Item) -> Document:
        document = build(item, self._export.options, self._report)
        if self._has_worksheets:
            document = with_worksheets(document)
        return hyphenated(document) if self._export.options.hyphenate else document

    def _draw_unit(self, number: int, document: Document, extent: Extent) -> None:
        flow = self._flow
        self._unit = unit = number if self._is_book else None
        document = with_section_numbers(document, unit)
        flow.numbering = UnitNumbering(unit)
        self._begin_document(document)
        self._languages.add(document.language)
        self._front.note(document)
        if flow.facing:
            flow.turn_to_odd_page()
        if self._colophon:
            self._colophon.note(Unit(unit, document))
        if is_only_cards(self._export.options):
            drawn = self._painted(document.parts, document, f"{number}-")
        else:
            drawn = self._draw_parts(number, document, extent)
        self._note_back_matter(unit, document, drawn)
        self._note_unclaimed(document)
        self._warnings.of_item.flush(self._report, document.title.runs)

    def _draw_parts(
        self, number: int, document: Document, extent: Extent
    ) -> list[tuple[Part, CourseBlockPainter]]:
        """Draw how a unit begins and its parts; these, with what draws them."""
        flow, unit = self._flow, self._unit
        listed = self._listed_headings(document, has_parts=extent.has_parts)
        self._landmarks.begin_unit(unit, listed, of_one=not self._is_book)
        language = text_entry("Lang", document.language)
        with self._structure.element("Sect", language):
            self._furniture.begin_unit(flow, unit, *self._furniture_texts(document))
            self._furniture.has_head = False
            prefix = f"{number}-"
            with flow.beginning_unit() as begun:
                drawn = self._painted(self._open_unit(unit, document, prefix), document, prefix)
                has_outline = any(part.name == "outline" for part in document.parts)
                first, *others = self._page_runs(drawn, has_outline=has_outline)
                opening = partial(self._open_unit_again, unit, document, prefix)
                flow.draw_unit([(FREE, opening), *first], begun)
            for steps in others:
                flow.break_page()
                flow.draw_unit(steps)
        if self._is_book:
            flow.finish_notes()
            self._furniture.end_unit(flow)
        return drawn

    def _page_runs(
        self, drawn: Iterable[tuple[Part, CourseBlockPainter]], *, has_outline: bool
    ) -> list[list[Step]]:
        """What draws parts: apart where one begins a page, before which no page is to be short."""
        runs: list[list[Step]] = [[]]
        for part, painter in drawn:
            if part.name == "flashcards" and self._export.options.cards == "cutout":
                continue
            if self._has_worksheets and part.name == "reading_guide_questions":
                if runs == [[]] and not has_outline:
                    painter.is_below_title = True
                else:
                    runs.append([])
            runs[-1] += self._part_steps(part, painter)
        if not self._is_book:
            runs[-1].append((FREE, self._draw_colophon))
        return runs

    def _painted(
        self, parts: Iterable[Part], document: Document, prefix: str
    ) -> list[tuple[Part, CourseBlockPainter]]:
        """Parts with what draws each."""
        return [
            (part, self._painter(document, f"{prefix}{number}-", self._landmarks.note))
            for number, part in enumerate(parts, 1)
        ]

    def _begin_document(self, document: Document) -> None:
        """Let what is drawn be of a document."""
        self._begin_text(document.item_id, document.language)
        self._formulas.language = document.language
        self._flow.set_direction(right_to_left=document.right_to_left)
        self._flow.palette = self._palette(document.accent)

    def _palette(self, accent: str) -> Palette:
        options = self._export.options
        tinted = options.paper_tint != "none"
        return palette_of(options.look, self._design.accent(accent), tinted=tinted)

    def _furniture_texts(self, document: Document) -> tuple[Runs, Runs]:
        """What of a unit stands in heads, and what in feet."""
        footer = self._design.theme.footer_text
        title = without_notes(document.title.runs)
        if self._is_book or self._has_cover:
            return title, (Run(footer),) if footer else ()
        told = facts_told([document])
        others = ", ".join(text for text in (told.teacher, told.school) if text)
        after = "".join(f" · {text}" for text in (others, footer) if text)
        return (), (*title, Run(after)) if after else title

    def _label_language(self, document: Document) -> str:
        return self._export.options.language or document.language

    def _head_line(self, document: Document) -> HeadLine | None:
        """What stands above the title of a lesson alone; nothing where it has a cover."""
        if self._is_book or self._has_cover:
            return None
        told = facts_told([document])
        day = shown_day(self._export.snapshot_time, self._label_language(document))
        return HeadLine(told.subject, told.grade, day)

    def _open_unit(self, unit: int | None, document: Document, prefix: str) -> tuple[Part, ...]:
        """Draw how a unit begins; the parts that are still to be drawn."""
        words = book_labels(self._label_language(document))
        painter = self._painter(document, prefix, self._landmarks.note)
        begin_part = self._warnings.of_item.begin_part
        opening = UnitOpening(self._flow, painter, self._landmarks.note, words, begin_part)
        return opening.draw(document, unit, self._head_line(document))

    def _open_unit_again(self, unit: int | None, document: Document, prefix: str) -> None:
        self._open_unit(unit, document, prefix)

    def _draw_colophon(self) -> None:
        """Draw what is told of the file itself, on its own pages or below the only unit."""
        colophon, flow = self._colophon, self._flow
        if colophon is None or not colophon.headings():
            return
        if self._is_book:
            self._begin_file()
            if flow.facing:
                flow.turn_to_odd_page()
        self._landmarks.begin_back_matter(colophon.headings())
        with self._structure.element("Sect", text_entry("Lang", self._language)):
            setting = BackSetting(flow, self._landmarks.note, self._as_unit)
            # A lesson alone is one unit with it, whose last page is looked after already.
            draw = flow.draw_unit if self._is_book else flow.draw_steps
            with flow.wide():
                draw(colophon.steps(setting))
        if self._is_book:
            flow.break_page()

    @contextmanager
    def _as_unit(self, unit: Unit) -> Iterator[None]:
        """Let what is drawn meanwhile be of a unit, and stand where it stood."""
        flow, document = self._flow, unit.document
        before, right_to_left = (flow.x, flow.width), flow.right_to_left
        if self._is_book:
            self._begin_text(document.item_id, document.language)
            flow.set_direction(right_to_left=document.right_to_left)
        self._warnings.of_item.begin_part("metadata")
        flow.x, flow.width = before
        try:
            with (
                flow.coloured(self._palette(document.accent)),
                self._structure.element("Sect", text_entry("Lang", document.language)),
            ):
                yield
        finally:
            flow.set_direction(right_to_left=right_to_left)
            flow.x, flow.width = before
        if self._is_book:
            self._warnings.of_item.flush(self._report, document.title.runs)

    def _note_unclaimed(self, document: Document) -> None:
        """Tell of an item because of which the file cannot claim the standard asked for."""
        is_forbidden = self._standard.is_pdf_2 and self._fonts.has_private
        is_first, self._forbidden_told = is_forbidden and not self._forbidden_told, is_forbidden
        if self._is_asked_for_standard and (is_first or document.language == UNKNOWN_LANGUAGE):
            self._warnings.of_item.add("standard-not-claimed")

    def _begin_text(self, item_id: str, language: str) -> None:
        self._text_of = item_id
        self._warnings.of_item = ConversionWarnings(item_id)
        had_missing, has_other_forms = self._fonts.forget_missing(), self._fonts.prefer(language)
        if had_missing or has_other_forms:
            # What was shaped before would be drawn without a word, or as another language has it.
            self._flow.typesetter.forget()

    def _listed_headings(self, document: Document, *, has_parts: bool = True) -> Iterator[Heading]:
        """What the contents list: units and their parts, or of a single unit its parts and their
        headings.

        Headings within answers, lists and quotations often say the same again and again.
        """
        if self._is_book:
            yield document.title
        for part in self._parts_of(document) if has_parts else ():
            if not self._is_book or part.name in _PARTS_LISTED:
                yield part.heading
            for block in part.blocks if not self._is_book else ():
                if isinstance(block, Heading) and block.level <= _LISTED_LEVEL:
                    yield block

    def _parts_of(self, document: Document) -> tuple[Part, ...]:
        """The parts that stand in the unit itself."""
        if self._export.options.cards != "cutout":
            return document.parts
        return tuple([part for part in document.parts if part.name != "flashcards"])

    def _note_back_matter(
        self,
        unit: int | None,
        document: Document,
        drawn: Sequence[tuple[Part, CourseBlockPainter]],
    ) -> None:
        def begin(part: str) -> CourseBlockPainter:
            if self._text_of != document.item_id:
                self._begin_text(document.item_id, document.language)
                self._formulas.language = document.language
                warnings, _ = self._back_warnings.setdefault(
                    document.item_id, (self._warnings.of_item, document.title.runs)
                )
                self._warnings.of_item = warnings
            self._warnings.of_item.begin_part(part)
            return self._painter(document, f"{unit or 0}-back-{part}-", None)

        self._text_of = ""
        self._back.note(unit, document, drawn, begin)

    def _part_steps(self, part: Part, painter: CourseBlockPainter) -> list[Step]:
        """What draws a part, in an element of its own."""
        steps = painter.part_steps(part, is_worksheet=self._has_worksheets)
        return enclosed(steps, partial(self._begin_part, part.name), self._structure.close)

    def _begin_part(self, name: str) -> None:
        self._warnings.of_item.begin_part(name)
        self._structure.open("Sect")

    def _painter(
        self, document: Document, prefix: str, on_heading: Callable[[Heading], int] | None
    ) -> CourseBlockPainter:
        warnings = self._warnings.of_item
        points = self._export.options.points if self._has_worksheets else "none"
        painter = CourseBlockPainter(self._flow, document, on_heading, warnings, prefix, points)
        painter.names_cards = self._export.options.glossary
        if document.reading_minutes:
            words = book_labels(self._label_language(document))
            painter.reading_time = words.reading_minutes.format(document.reading_minutes)
        return painter

    def _begin_file(self) -> None:
        """Let what is set be of the file and of none of its units."""
        self._begin_text("", self._language)
        self._flow.set_direction(right_to_left=self._right_to_left)
        self._flow.palette = self._palette(self._front.accent)

    def _draw_front_matter(self, extent: Extent, reserved: int) -> None:
        """Draw the cover and the contents, for which the first pages were kept."""
        flow, title = self._flow, self._title
        language = self._export.options.language or self._language
        self._begin_text("", self._language)
        flow.set_direction(right_to_left=self._right_to_left)
        flow.palette = self._palette(self._front.accent)
        self._furniture.end_book(flow)
        flow.begin_reserved_pages()
        if self._has_cover:
            texts = self._front.texts(title, book_labels(language), language)
            self._furniture.has_head = self._furniture.has_folio = False
            drawing = self._front.drawing(self._report)
            draw_cover(flow, texts, drawing, is_light=self._cover == "light")
            title = labels(language).contents
        if extent.pages:
            draw_contents(flow, title, self._landmarks.noted.entries, extent)
        flow.leave_pages_blank(reserved)
        if self._export.options.title is not None:
            # The other texts are those of items, which were told of.
            self._warnings.of_item.flush(self._report, (Run(self._title),))
        self._structure.close()
        self._canvas.move_last_pages_first(reserved)

    def _attach_receipt(self) -> None:
        receipt = self._export.receipt
        if receipt and self._standard.is_lasting:
            self._report.warn(_RECEIPT_NOT_ATTACHED)
        elif receipt:
            attachment = Attachment("receipt.json", "application/json", "Receipt", receipt)
            attach(self._canvas, attachment, self._export.snapshot_time)

    def _finish(self) -> None:
        flow, canvas = self._flow, self._canvas
        self._furniture.finish(flow)
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
        self._attach_receipt()
        canvas.setCatalogEntry("Lang", self._language or "en")
        canvas.setViewerPreference("DisplayDocTitle", "true")
        if is_only_cards(self._export.options):
            canvas.setViewerPreference("Duplex", "DuplexFlipLongEdge")
            canvas.setViewerPreference("PrintScaling", "None")
        canvas.showOutline()
        canvas.save()
