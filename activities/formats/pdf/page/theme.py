"""The look of the pages, from the design of all files: text styles, measures, colours by role."""

from functools import cache, cached_property
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from activities.documents.callouts import CalloutKind
from activities.documents.design.colours import Colour
from activities.documents.design.theme_contrast import accent_on
from activities.documents.design.tokens import (
    TOKENS,
    Accent,
    ColourRole,
    Face,
    Look,
    LookName,
    Paper,
    Radii,
)
from activities.formats.pdf.text.faces import FontStyle
from activities.formats.pdf.text.spaced_font import Spacing

PaperName = Literal["a4", "letter"]
PAPERS: Final = TOKENS.papers
GAPS: Final = TOKENS.gaps
RULES: Final = TOKENS.rules

COLUMN_MIN: Final = 72.0
"""However deep lists are nested, so much is left for text."""
FORMULA_SIZE_MIN: Final = 7.0
"""No displayed formula is set smaller without a warning: its indices are 5 points high then, which
is the least that people read on paper."""
POINTS_PER_PIXEL: Final = 0.75

QUOTE_INDENT, QUOTE_BAR = 14.0, RULES.bar
METRIC_TEXT, METRIC_BAR, METRIC_BAR_HEIGHT = 42.0, 160.0, 6.0
WRITING_LINES = 4

CARD_COLUMNS, CARD_ROWS = 2, 4
CARD_PADDING = 12.0
CARD_SCALES = (1.4, 1.2, 1.0, 0.85, 0.7)
"""Ratios of the text on cards to its usual size, in the order in which they are tried."""
CARD_FORMULA_MIN = 5.0
"""No formula on a card is set smaller."""
CARD_PICTURE = 0.6
"""Share of a card's height that a picture may take."""


class TextStyle(msgspec.Struct, frozen=True, eq=False, dict=True):
    """How a block of text is set; each one is made once, and found again by being the same."""

    size: float
    leading: float
    before: float = 0.0
    """Least distance to what stands above it."""
    after: float = 0.0
    face: Face = "serif"
    weight: Literal[400, 600, 700] = 400
    colour: ColourRole = "ink"

    @cached_property
    def font(self) -> FontStyle:
        """The font of its text, as far as no run of the text says otherwise."""
        return FontStyle(self.face, self.weight)


class Styles(msgspec.Struct, frozen=True, eq=False):
    """A style for each kind of text, as the design names them."""

    body: TextStyle
    lead: TextStyle
    cover_title: TextStyle
    cover_title_long: TextStyle
    cover_title_longest: TextStyle
    cover_subtitle: TextStyle
    heading_1: TextStyle
    heading_1_long: TextStyle
    handout_title: TextStyle
    back_matter: TextStyle
    heading_2: TextStyle
    heading_3: TextStyle
    heading_4: TextStyle
    heading_5: TextStyle
    heading_6: TextStyle
    label: TextStyle
    list_item: TextStyle
    cell: TextStyle
    cell_head: TextStyle
    caption: TextStyle
    callout_title: TextStyle
    callout: TextStyle
    code: TextStyle
    code_language: TextStyle
    formula_number: TextStyle
    card_front: TextStyle
    card_back: TextStyle
    tag: TextStyle
    question: TextStyle
    faq: TextStyle
    card_number: TextStyle
    badge: TextStyle
    worksheet_title: TextStyle
    field: TextStyle
    points: TextStyle
    points_total: TextStyle
    contents_unit: TextStyle
    contents_number: TextStyle
    contents_part: TextStyle
    unit_label: TextStyle
    unit_numeral: TextStyle
    glance_title: TextStyle
    glance_number: TextStyle
    glance: TextStyle
    footnote: TextStyle
    running: TextStyle
    folio: TextStyle
    folio_total: TextStyle

    @property
    def headings(self) -> tuple[TextStyle, ...]:
        """Of all levels, from that of an item's title down."""
        return (
            self.heading_1,
            self.heading_2,
            self.heading_3,
            self.heading_4,
            self.heading_5,
            self.heading_6,
        )


class Column(msgspec.Struct, frozen=True):
    """A stretch across the page."""

    x: float
    width: float


class Theme(msgspec.Struct, frozen=True, eq=False):
    """How the pages of one file look."""

    look: Look
    paper: Paper
    styles: Styles
    list_indent: float
    radii: Radii = TOKENS.radii

    def full(self, *, right_to_left: bool) -> Column:
        """What lies between the margins."""
        paper = self.paper
        return Column(paper.end if right_to_left else paper.start, paper.full)

    def text(self, *, right_to_left: bool) -> Column:
        """The column of running text."""
        full = self.full(right_to_left=right_to_left)
        if not self.look.side_column:
            return full
        return Column(full.x if right_to_left else full.x + full.width - self._text, self._text)

    def side(self, *, right_to_left: bool) -> Column | None:
        """The side column, for numbers and captions, if the look has one."""
        if not self.look.side_column:
            return None
        full, width = self.full(right_to_left=right_to_left), TOKENS.columns.side
        return Column(full.x + full.width - width if right_to_left else full.x, width)

    @property
    def _text(self) -> float:
        return self.paper.full - TOKENS.columns.side - TOKENS.columns.gutter

    @property
    def least_size(self) -> float:
        """No text is set smaller."""
        return self.look.least_size or TOKENS.sizes.least

    @property
    def spacing(self) -> Spacing | None:
        """How far apart letters and words are, if not as usual."""
        look = self.look
        if not look.tracking:
            return None
        return Spacing(look.tracking / self.styles.body.size, look.word_space)

    def rule(self, thickness: float) -> float:
        """How thick a rule is that is usually so thick."""
        return max(thickness, self.look.least_rule)


class Palette:
    """The colours of a look under one accent, by what they are for."""

    def __init__(self, look: Look, accent: Accent, *, tinted: bool) -> None:
        """Take them from the design; without `tinted` the page itself has no colour."""
        neutrals = TOKENS.neutrals
        coloured, grounds = look.coloured, look.grounds
        on_paper = look.ground == "paper"
        if on_paper:
            accent = accent_on(accent, neutrals.shade)
        self.ground = neutrals.paper if tinted and look.ground == "paper" else neutrals.white
        """The colour of the page."""
        self._texts: dict[ColourRole, Colour] = {
            "ink": neutrals.ink,
            "g700": neutrals.g700,
            "g600": neutrals.g700 if look.ground == "paper" else neutrals.g600,
            "white": neutrals.white,
            "base": accent.base,
            "dark": accent.dark if coloured else neutrals.ink,
            "soft": accent.soft,
        }
        self.base = accent.base
        self.soft = accent.soft if grounds else None
        self.rule = accent.base if coloured else neutrals.ink
        """Of the rules that belong to titles and tables."""
        self.line = neutrals.g500 if look.least_rule else neutrals.g300
        """Of rules between rows, and beside quotations."""
        self.head = (neutrals.shade if on_paper else accent.tint) if grounds else None
        """The ground of the heads of tables."""
        self.faint = (neutrals.white if on_paper else neutrals.g50) if grounds else None
        """The ground of code and of every second row."""
        self.edge = neutrals.g200 if grounds else neutrals.g500
        """Of the line around code."""
        self._look = look
        self._callouts: dict[CalloutKind, CalloutPalette] = {}

    def text(self, role: ColourRole) -> Colour:
        """What a text's colour is."""
        return self._texts[role]

    def of_callout(self, kind: CalloutKind) -> "CalloutPalette":
        """The colours within a callout of this kind."""
        known = self._callouts.get(kind)
        if known is None:
            known = self._callouts[kind] = CalloutPalette(self._look, kind)
        return known


class CalloutPalette(Palette):
    """The colours of a look within a callout, which are those of its kind."""

    def __init__(self, look: Look, kind: CalloutKind) -> None:
        """Take them from the design."""
        neutrals, colours = TOKENS.neutrals, TOKENS.callouts[kind]
        base = colours.base if look.coloured else neutrals.ink
        super().__init__(look, Accent(base, base), tinted=True)
        tint = neutrals.white if look.ground == "paper" else colours.tint
        self.box = tint if look.grounds else None
        """The ground of the callout."""
        self.faint = neutrals.white if look.grounds else None


@cache
def palette_of(look: LookName, accent: Accent, *, tinted: bool) -> Palette:
    """The colours of a look under an accent; see `Palette`."""
    return Palette(TOKENS.looks[look], accent, tinted=tinted)


@cache
def theme_of(paper: PaperName, look: LookName) -> Theme:
    """How pages of this paper look."""
    tokens = TOKENS.looks[look]
    sheet = TOKENS.papers[paper]
    if tokens.margins:
        margins = msgspec.structs.asdict(tokens.margins)
        sheet = replace(sheet, **margins)
    styles = {
        name: TextStyle(
            size=kind.size,
            leading=kind.leading,
            before=kind.before,
            after=kind.after,
            face=kind.face,
            weight=kind.weight,
            colour=kind.colour,
        )
        for name, kind in TOKENS.types_of(look).items()
    }
    return Theme(tokens, sheet, Styles(**styles), tokens.list_indent or GAPS.list_indent)


@cache
def followed(style: TextStyle, after: float) -> TextStyle:
    """The style with another distance to what follows."""
    return replace(style, after=after)


@cache
def title_of(style: TextStyle) -> TextStyle:
    """The style of a title or term right above text of this style."""
    return replace(style, weight=700, after=2.0)


@cache
def in_base(style: TextStyle) -> TextStyle:
    """The style in the colour of the unit."""
    return replace(style, colour="base")
