"""The page about the book: for whom, by whom and how it was made, and how good its content is."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from msgspec.structs import replace

from activities.documents.book_labels import BookLabels, book_labels
from activities.documents.colophon import Known, Line, about, grade, readable_name, shown_day
from activities.documents.design.tokens import TOKENS
from activities.documents.model import PART_LEVEL, Document, Facts, Heading, Run
from activities.documents.plain import shown_fact
from activities.formats.pdf.page.fact_table import GUTTER, draw_facts, name_width
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.headings import without_notes
from activities.formats.pdf.page.keeps import FREE, TITLE
from activities.formats.pdf.page.pagination import Step, enclosed
from activities.formats.pdf.page.setting import in_role, set_line, set_text
from activities.formats.pdf.page.surface import rounded
from activities.formats.pdf.page.tables import ROW_HEAD
from activities.formats.pdf.text.paragraph import UNLIMITED

_TITLE_AFTER: Final = 12.0
_UNIT_BEFORE, _UNIT_AFTER = 12.0, 4.0
_BOX_PADDING, _BOX_MARGIN, _BOX_BEFORE = 16.0, 12.0, 22.0
_BAR_WIDTH, _BAR_HEIGHT = 170.0, 7.0
_METRIC_HEIGHT: Final = 19.0
_VALUE_GAP: Final = 12.0


class Unit(NamedTuple):
    """An item of content that is told of."""

    number: int | None
    """None for the only one."""
    document: Document


class BackSetting(NamedTuple):
    """What the page is drawn with."""

    flow: Flow
    on_heading: Callable[[Heading], int]
    """Called where a heading is about to be drawn; gives its level in the structure."""
    as_unit: Callable[[Unit], AbstractContextManager[None]]
    """Lets what is drawn meanwhile be of a unit: its language, direction, colours and warnings."""


class _Told(NamedTuple):
    """What a unit's metadata and metrics say."""

    unit: Unit
    words: BookLabels
    known: Known
    metrics: Facts | None


class Colophon:
    """Draws the page about the book."""

    def __init__(
        self,
        language: str | None,
        snapshot: datetime,
        typefaces: Callable[[], Sequence[str]],
        least_quality: str = "",
    ) -> None:
        """Take what the file says beside its content.

        Args:
            language: Of all labels; None for that of each unit.
            snapshot: The day of its content.
            typefaces: Gives the names of the families of type in the file.
            least_quality: Of what is in the file, and what is not in it for that.
        """
        self._language = language
        self._snapshot = snapshot
        self._typefaces = typefaces
        self._least_quality = least_quality
        self._told: list[_Told] = []
        self._has_metadata = self._has_metrics = False
        self._heading = Heading(1, ())

    def note(self, unit: Unit) -> None:
        """Keep the metadata and metrics of a unit."""
        facts = {
            block.kind: block
            for part in unit.document.parts
            for block in part.blocks
            if isinstance(block, Facts)
        }
        metadata, metrics = facts.get("metadata"), facts.get("quality_metrics")
        self._has_metadata |= metadata is not None
        self._has_metrics |= metrics is not None
        words = book_labels(self._language or unit.document.language)
        without_parts = unit._replace(document=replace(unit.document, parts=()))
        self._told.append(_Told(without_parts, words, about(metadata, words), metrics))

    def headings(self) -> tuple[Heading, ...]:
        """The title of the page."""
        if not (self._has_metadata or self._has_metrics):
            return ()
        first = self._told[0]
        is_book = first.unit.number is not None
        words = first.words
        title = words.quality if not self._has_metadata else words.about_lesson
        if is_book and self._has_metadata:
            title = words.about_book
        if not self._heading.runs:
            self._heading = Heading(1 if is_book else PART_LEVEL, (Run(title),))
        return (self._heading,)

    def steps(self, setting: BackSetting) -> list[Step]:
        """What draws the page, in the width that the column has."""
        steps: list[Step] = [(TITLE, partial(self._draw_title, setting))]
        if self._has_metadata:
            steps += self._about_steps(setting)
        if self._has_metrics:
            steps += self._quality_steps(setting)
        return steps

    def _draw_title(self, setting: BackSetting) -> None:
        flow, styles = setting.flow, setting.flow.styles
        style = styles.back_matter if self._heading.level == 1 else styles.heading_2
        flow.add_spacing(style.before)
        title = set_text(flow, self._heading.runs, style, flow.width)
        flow.ensure_space(title.height + _TITLE_AFTER + 4 * styles.glance.leading)
        level = setting.on_heading(self._heading)
        title.show(flow, (flow.x, flow.y), flow.width, f"H{level}")
        flow.advance(title.height, after=_TITLE_AFTER)

    def _about_steps(self, setting: BackSetting) -> list[Step]:
        first = self._told[0]
        shared = self._shared()
        edition = [shown_day(self._snapshot, self._day_language(first))]
        if first.unit.number is not None and len(self._told) > 1:
            edition.insert(0, first.words.units.format(len(self._told)))
        lines = [
            *shared,
            Line(first.words.typefaces, ", ".join(self._typefaces())),
            Line(first.words.edition, ", ".join(edition)),
        ]
        if self._least_quality:
            lines.append(Line(first.words.quality, self._least_quality))
        steps: list[Step] = [(FREE, partial(draw_facts, setting.flow, lines))]
        for told in self._told:
            own = [line for line in told.known.lines if line not in shared]
            own += told.known.others
            if own:
                steps.append((FREE, partial(self._draw_own, setting, told, own)))
        return steps

    def _draw_own(self, setting: BackSetting, told: _Told, own: Sequence[Line]) -> None:
        with setting.as_unit(told.unit):
            self._draw_unit_title(setting.flow, told)
            draw_facts(setting.flow, own)

    def _shared(self) -> list[Line]:
        """The lines that all units have alike, whose labels are in one language then."""
        counted = Counter(line for told in self._told for line in told.known.lines)
        return [line for line in self._told[0].known.lines if counted[line] == len(self._told)]

    def _day_language(self, told: _Told) -> str:
        return self._language or told.unit.document.language

    def _draw_unit_title(self, flow: Flow, told: _Told) -> None:
        number = told.unit.number
        style = flow.styles.unit_label
        flow.add_spacing(_UNIT_BEFORE)
        runs = without_notes(told.unit.document.title.runs)
        if number is None:
            return
        shown = (Run(f"{number}\u2003"), *runs)
        title = set_line(flow, shown, style, flow.width)
        flow.ensure_space(title.height + 3 * flow.styles.glance.leading)
        title.show(flow, (flow.x, flow.y), flow.width, "P")
        flow.advance(title.height, after=_UNIT_AFTER)

    def _quality_steps(self, setting: BackSetting) -> list[Step]:
        flow = setting.flow
        steps: list[Step] = []
        if self._has_metadata:
            steps.append((TITLE, partial(self._draw_quality_title, flow)))
        steps += [
            (FREE, partial(self._draw_metrics, setting, told, told.metrics))
            for told in self._told
            if told.metrics
        ]
        return enclosed(steps, partial(self._begin_box, flow), partial(self._end_box, flow))

    @staticmethod
    def _begin_box(flow: Flow) -> None:
        flow.add_spacing(_BOX_BEFORE)
        flow.ensure_space(2 * _BOX_MARGIN + 5 * _METRIC_HEIGHT)
        radius = TOKENS.radii.box
        x, width, edge = flow.x, flow.width, flow.palette.line

        def frame(y: float, height: float) -> str:
            path = rounded(x, y, width, height, (radius,) * 4)
            return flow.surface.painted(path, None, edge, TOKENS.rules.box)

        flow.begin_background(frame, _BOX_MARGIN)

    @staticmethod
    def _end_box(flow: Flow) -> None:
        flow.end_background()
        flow.advance(0, after=_TITLE_AFTER)

    def _draw_quality_title(self, flow: Flow) -> None:
        with flow.indented(_BOX_PADDING, _BOX_PADDING):
            words, style = self._told[0].words, flow.styles.heading_3
            title = set_text(flow, words.quality, style, flow.width)
            title.show(flow, (flow.x, flow.y), flow.width, "P")
            flow.advance(title.height, after=_UNIT_AFTER)

    def _draw_metrics(self, setting: BackSetting, told: _Told, metrics: Facts) -> None:
        flow = setting.flow
        with flow.indented(_BOX_PADDING, _BOX_PADDING), setting.as_unit(told.unit):
            self._draw_unit_title(flow, told)
            _Metrics(flow, metrics, told.words).draw()


class _Metrics:
    """The metrics of a unit: names, values, bars and words."""

    def __init__(self, flow: Flow, metrics: Facts, words: BookLabels) -> None:
        self._flow = flow
        self._words = words
        self._entries = metrics.entries
        self._names = [readable_name(name) for name, _ in metrics.entries]
        set_value = partial(set_line, flow, style=flow.styles.glance_title, width=UNLIMITED)
        self._values = [set_value(shown_fact(value)) for _, value in metrics.entries]
        self._name_width = name_width(flow, self._names)
        self._value_width = max([value.width for value in self._values], default=0.0)

    def draw(self) -> None:
        flow = self._flow
        with flow.structure.element("Table"), flow.structure.element("TBody"):
            for number in range(len(self._entries)):
                with flow.structure.element("TR"):
                    self._draw_row(number)

    def _draw_row(self, number: int) -> None:
        flow, words = self._flow, self._words
        _, value = self._entries[number]
        name = set_text(flow, self._names[number], flow.styles.glance, self._name_width)
        height = max(name.height + _UNIT_AFTER, _METRIC_HEIGHT)
        flow.add_spacing(0)
        flow.ensure_space(min(height, flow.height))
        bar = self._name_width + GUTTER + self._value_width + _VALUE_GAP
        room = flow.width - bar - _VALUE_GAP
        bar_width = min(_BAR_WIDTH, room / 2)
        after = bar + bar_width + _VALUE_GAP
        word_style = in_role(flow.styles.glance, "g600")
        word = set_text(flow, grade(value, words), word_style, flow.width - after)
        self._at(
            0.0, self._name_width, lambda x, w: name.show(flow, (x, flow.y), w, "TH", ROW_HEAD)
        )
        start = self._name_width + GUTTER
        value_text = self._values[number]
        self._at(start, self._value_width, lambda x, w: value_text.show(flow, (x, flow.y), w, "TD"))
        with flow.structure.element("TD"):
            if grade(value, words) and isinstance(value, int | float):
                self._at(bar, bar_width, partial(self._bar, value))
                self._at(after, word.width, lambda x, w: word.show(flow, (x, flow.y), w))
        lines = max(len(name.lines), len(word.lines))
        flow.advance(max(height, word.height), lines=lines)

    def _at(self, start: float, width: float, draw: Callable[[float, float], None]) -> None:
        """Draw something so far from where lines begin."""
        flow = self._flow
        x = flow.x + flow.width - start - width if flow.right_to_left else flow.x + start
        draw(x, width)

    def _bar(self, share: float, x: float, width: float) -> None:
        flow, palette = self._flow, self._flow.palette
        y = flow.y - (flow.styles.glance.leading + _BAR_HEIGHT) / 2
        radii = (_BAR_HEIGHT / 2,) * 4
        flow.surface.shape(rounded(x, y, width, _BAR_HEIGHT, radii), palette.edge, None, 0.0)
        filled = max(width * share, 0.0)
        left = x + width - filled if flow.right_to_left else x
        if filled:
            path = rounded(left, y, filled, _BAR_HEIGHT, radii)
            flow.surface.shape(path, palette.base, None, 0.0)
