"""The measures, types and colours of `tokens.toml`, which every format with a look reads."""

from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import asdict, replace

from activities.documents.callouts import CalloutKind
from activities.documents.design.colours import Colour

Face = Literal["serif", "sans", "mono", "legible"]
"""A family of type by its use; which fonts it has is the format's. `legible` is for readers whom
similar letters trouble."""
LookName = Literal["standard", "compact", "large", "dyslexia", "ink"]
AccentName = Literal[
    "default",
    "mathematics",
    "physics",
    "chemistry",
    "biology",
    "computing",
    "history",
    "geography",
    "languages",
    "arts",
    "economics",
    "civics",
]
ColourRole = Literal["ink", "g700", "g600", "white", "base", "dark", "soft"]
"""What a text's colour is: a neutral's name, or a shade of the accent that it stands under."""
Shape = Literal["disc", "diamond", "square", "triangle", "octagon", "none"]

_TINT, _SOFT = 0.08, 0.22
"""Shares of an accent in white: of grounds that text stands on, and of what is only seen."""


class Paper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A size of paper and what stands where on it."""

    width: float
    height: float
    start: float
    """The margin on the side where lines begin."""
    end: float
    text: float
    """The width of the column of text."""
    top: float
    bottom: float
    head: float
    """The running head's baseline below the page's upper edge."""
    head_rule: float
    foot: float
    """The folio's baseline above the page's lower edge."""

    @property
    def full(self) -> float:
        """The width between the margins."""
        return self.width - self.start - self.end


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The side column, which stands where lines begin, and margins of facing pages."""

    side: float
    gutter: float
    inner: float
    outer: float


class Cover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands where on the first page of a book."""

    title: float
    """From the upper edge to the title."""
    strip: float
    """The height of what stays white at the foot."""


class Gaps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Distances, and paddings across and down."""

    unit: float
    list_indent: float
    formula_indent: float
    cell_across: float
    cell_down: float
    code_across: float
    code_down: float
    callout_across: float
    callout_down: float
    card_rows: float
    writing_line: float
    writing_line_young: float
    """For grades up to four."""
    edge: float
    """What office printers leave blank: nothing to be read is nearer to the paper's edge."""


class Radii(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How round corners are."""

    badge: float
    box: float
    card: float


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How thick lines are."""

    row: float
    hairline: float
    box: float
    part: float
    bar: float
    ink_bar: float
    """Of a callout where areas are not filled and all is of one colour."""
    opener: float


class Neutrals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The greys, from ink to white; `g600` is the lightest for text."""

    ink: Colour
    g700: Colour
    g600: Colour
    g500: Colour
    g300: Colour
    g200: Colour
    g50: Colour
    white: Colour
    paper: Colour
    """The ground of pages for readers who are dazzled by white."""
    shade: Colour
    """What stands out on that ground."""
    mark: Colour
    """The ground of text that somebody highlighted."""


class Type(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a kind of text is set."""

    face: Face
    size: float
    leading: float
    weight: Literal[400, 600, 700] = 400
    before: float = 0.0
    after: float = 0.0
    colour: ColourRole = "ink"


class TypeChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a look changes of a type."""

    size: float | None = None
    leading: float | None = None
    weight: Literal[400, 600, 700] | None = None
    before: float | None = None
    after: float | None = None
    colour: ColourRole | None = None

    def of(self, unchanged: Type, face: Face) -> Type:
        """The type with its changes."""
        changes = {name: value for name, value in asdict(self).items() if value is not None}
        return replace(unchanged, face=face, **changes)


class Margins(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The margins of a look that has its own."""

    start: float
    end: float
    top: float
    bottom: float


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a file is set for its readers or its printer, by what differs from the usual look."""

    side_column: bool = True
    two_columns: bool = True
    """Whether keys, glossaries and sheets of cards have two columns."""
    pills: bool = True
    """Whether tags have a line around each."""
    grounds: bool = True
    """Whether areas are filled, such as the heads of tables."""
    coloured: bool = True
    """Whether titles and rules have the colour of their unit."""
    icons: bool = True
    """Whether callouts have a sign beside their title."""
    ground: Literal["white", "paper"] = "white"
    """The neutral that pages have."""
    face: Face | None = None
    """Of all text but code."""
    tracking: float = 0.0
    """Added between letters of body text, and to those of other sizes in proportion."""
    word_space: float = 1.0
    """How wide spaces are beside those of the font."""
    least_rule: float = 0.0
    """Rules are no thinner."""
    least_size: float | None = None
    """No text is set smaller, such as that of wide tables."""
    list_indent: float | None = None
    margins: Margins | None = None
    type: dict[str, TypeChange] = {}


class Sizes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ratios to the text around, and the least size of any text."""

    least: float
    figure: float
    """The share of a page's height that a picture takes at most."""
    inline_code: float
    formula: float
    formula_displayed: float
    other_scripts: float
    other_scripts_leading: float
    arabic: float
    """Of Arabic letters among those for reading, which have a face of their own."""
    arabic_headings: float
    arabic_leading: float
    han_leading: float
    """Of text for reading in the scripts of East Asia."""
    sheet: float
    """Of the cells of spreadsheets, in points."""
    sheet_title: float


class Accent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The colour that tells a unit from others: it never carries a meaning alone."""

    base: Colour
    dark: Colour

    @property
    def tint(self) -> Colour:
        """The ground of what stands out; text is read on it."""
        return self.base.in_white(_TINT)

    @property
    def soft(self) -> Colour:
        """For shapes and large numerals that are only seen."""
        return self.base.in_white(_SOFT)


class CalloutLook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The colour and the sign of a kind of callout."""

    base: Colour
    shape: Shape

    @property
    def tint(self) -> Colour:
        """The ground of its text."""
        return self.base.in_white(_TINT)


class Tokens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of the design."""

    papers: dict[Literal["a4", "letter"], Paper]
    columns: Columns
    cover: Cover
    gaps: Gaps
    radii: Radii
    rules: Rules
    neutrals: Neutrals
    type: dict[str, Type]
    sizes: Sizes
    accents: dict[AccentName, Accent]
    callouts: dict[CalloutKind, CalloutLook]
    looks: dict[LookName, Look]

    def types_of(self, name: LookName) -> dict[str, Type]:
        """How each kind of text is set in a look."""
        look = self.looks[name]
        unchanged = TypeChange()
        return {
            kind: look.type.get(kind, unchanged).of(
                usual, usual.face if usual.face == "mono" else look.face or usual.face
            )
            for kind, usual in self.type.items()
        }


def _decoded(kind: type, written: Any) -> Any:
    return kind(written)


def _read() -> Tokens:
    source = files("activities.documents.design").joinpath("tokens.toml").read_bytes()
    tokens: Tokens = msgspec.toml.decode(source, type=Tokens, dec_hook=_decoded)
    return tokens


TOKENS: Final = _read()
CALLOUTS: Final = MappingProxyType(TOKENS.callouts)
