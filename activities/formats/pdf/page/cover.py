"""The cover of a book: a drawing, the title, and for whom and by whom it is."""

from typing import Final, NamedTuple

from msgspec.structs import replace

from activities.documents.design.colours import Colour
from activities.documents.design.theme_logo import LOGO_HEIGHT, LOGO_WIDTH
from activities.documents.design.tokens import TOKENS
from activities.documents.model import Image
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.motifs import Area, Motif, draw_motif
from activities.formats.pdf.page.setting import SetText, Side, in_role, set_line, set_text
from activities.formats.pdf.page.shapes import clipped
from activities.formats.pdf.page.surface import rounded
from activities.formats.pdf.page.theme import TextStyle

_LONG, _LONGEST = 40, 90
"""From so many characters on, a title is set smaller."""
_TEXT_WIDTH: Final = 440.0
_BELOW_MOTIF: Final = 372.0
"""The height of what is below the drawing."""
_TITLE_GAP: Final = 50.0
_STRIP: Final = 92.0
_META_BASELINE: Final = 112.0
_STRIP_TOP: Final = 60.0
_LIGHT_TOP, _LIGHT_HEIGHT = 104.0, 361.6
_LIGHT_LOGO: Final = 46.0
_LIGHT_RADIUS: Final = 8.0
_LIGHT_TITLE: Final = 500.0
_LIGHT_FOOT: Final = 88.0


class CoverTexts(NamedTuple):
    """What a cover says; empty texts are left out."""

    title: str
    meta: str
    """Such as "Biology · Grade 9 · 6 units"."""
    teacher: str
    group: str
    """Whom it is for: a class."""
    school: str
    day: str


class Drawing(NamedTuple):
    """What a cover shows beside its texts."""

    motif: Motif | None
    seed: str
    logo: Image | None


def draw_cover(flow: Flow, texts: CoverTexts, drawing: Drawing, *, is_light: bool) -> None:
    """Draw a cover on a page of its own.

    Args:
        flow: At the top of a page.
        texts: What it says.
        drawing: What it shows.
        is_light: Whether the page stays white but for the drawing.
    """
    cover = _Cover(flow, texts, drawing)
    if is_light or not flow.palette.soft:
        cover.draw_light()
    else:
        cover.draw_full()
    flow.advance(1.0)
    flow.break_page()


class _Cover:
    def __init__(self, flow: Flow, texts: CoverTexts, drawing: Drawing) -> None:
        self._flow = flow
        self._paper = flow.theme.paper
        self._texts = texts
        self._drawing = drawing

    def draw_full(self) -> None:
        flow, paper = self._flow, self._paper
        motif_bottom = _BELOW_MOTIF
        ground = flow.palette.base
        flow.surface.rectangle(flow.edge, _STRIP, paper.width, paper.height - _STRIP, ground)
        area = Area(flow.edge, motif_bottom, paper.width, paper.height - motif_bottom)
        self._draw_motif(area, ground, 0.0)
        top = motif_bottom - _TITLE_GAP
        room = top - _META_BASELINE - flow.styles.glance.leading
        self._draw_title(top, room, "white")
        if self._texts.meta:
            meta = self._line(self._texts.meta, in_role(flow.styles.glance, "white"))
            self._show(meta, meta.top(_META_BASELINE), "P")
        self._draw_strip(_STRIP_TOP, self._drawing.logo)

    def draw_light(self) -> None:
        flow, paper = self._flow, self._paper
        if self._drawing.logo:
            self._draw_logo(self._drawing.logo, paper.height - _LIGHT_LOGO, at_end=False)
        if flow.palette.soft:
            full = flow.full
            area = Area(
                full.x, paper.height - _LIGHT_TOP - _LIGHT_HEIGHT, full.width, _LIGHT_HEIGHT
            )
            self._draw_motif(area, flow.palette.base, _LIGHT_RADIUS)
        top = paper.height - _LIGHT_TITLE
        self._draw_title(top, top - _META_BASELINE, "dark")
        rule = flow.theme.rule(TOKENS.rules.part)
        flow.surface.rectangle(flow.full.x, _LIGHT_FOOT, flow.full.width, rule, flow.palette.rule)
        y = _LIGHT_FOOT - 12
        if self._texts.meta:
            meta = self._line(self._texts.meta, in_role(flow.styles.contents_unit, "ink"))
            self._show(meta, y, "P")
            y -= meta.height
        self._draw_strip(y, None)

    def _draw_motif(self, area: Area, base: Colour, radius: float) -> None:
        if self._drawing.motif is None:
            return
        surface = self._flow.surface
        with clipped(surface, rounded(*area, (radius,) * 4)):
            for drawn in draw_motif(self._drawing.motif, area, base, self._drawing.seed):
                surface.shape(drawn.path, drawn.fill, drawn.edge, drawn.thickness)

    def _draw_title(self, top: float, room: float, role: str) -> None:
        flow = self._flow
        style = in_role(self._title_style(), "white" if role == "white" else "dark")
        title = set_text(flow, self._texts.title, style, _TEXT_WIDTH, balanced=True)
        fitting = max(int(room / style.leading), 1)
        self._show(replace(title, lines=title.lines[:fitting]), top, "H1")

    def _title_style(self) -> TextStyle:
        styles, length = self._flow.styles, len(self._texts.title)
        if length >= _LONGEST:
            return styles.cover_title_longest
        return styles.cover_title_long if length >= _LONG else styles.cover_title

    def _draw_strip(self, top: float, logo: Image | None) -> None:
        """Draw who it is by at the start, and where and when at the end."""
        flow, texts = self._flow, self._texts
        bold, small = flow.styles.contents_unit, flow.styles.contents_part
        starts = ((texts.teacher, bold), (texts.group, small))
        ends = (("" if logo else texts.school, bold), (texts.day, small))
        for pairs, at_end in ((starts, False), (ends, True)):
            y = top
            if logo and at_end:
                y = self._draw_logo(logo, top + bold.leading, at_end=True)
            for text, style in pairs:
                if text:
                    line = self._line(text, style)
                    self._show(line, y, "P", at_end=at_end)
                    y -= line.height

    def _draw_logo(self, logo: Image, top: float, *, at_end: bool) -> float:
        """Draw the logo of a school; the lower edge of it."""
        flow = self._flow
        scale = min(LOGO_WIDTH / logo.width, LOGO_HEIGHT / logo.height)
        width, height = logo.width * scale, logo.height * scale
        at_right = at_end != flow.right_to_left
        x = flow.full.x + flow.full.width - width if at_right else flow.full.x
        flow.surface.picture(logo, (x, top - height, x + width, top), "Block")
        return top - height - 4

    def _line(self, text: str, style: TextStyle) -> SetText:
        return set_line(self._flow, text, style, self._flow.full.width * 0.6)

    def _show(self, text: SetText, top: float, tag: str, *, at_end: bool = False) -> None:
        full = self._flow.full
        side: Side = "end" if at_end else "start"
        text.show(self._flow, (full.x, top), full.width, tag, side=side)
