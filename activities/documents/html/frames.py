"""Elements that are open while HTML is read."""

from collections import Counter
from typing import Literal

from activities.documents.callouts import CalloutKind
from activities.documents.html.elements import StyleName
from activities.documents.html.grid import Grid
from activities.documents.model import Alignment, Block, Definition, ListItem, ListStyle, Runs

Kind = Literal[
    "block",
    "paragraph",
    "heading",
    "list",
    "item",
    "quote",
    "callout",
    "summary",
    "figure",
    "caption",
    "definitions",
    "term",
    "definition",
    "table",
    "section",
    "row",
    "cell",
    "code",
]


class Inline:
    """An element within a line."""

    __slots__ = ("hides", "is_link", "name", "styles", "suffix")

    def __init__(
        self,
        name: str,
        styles: tuple[StyleName, ...] = (),
        *,
        is_link: bool = False,
        hides: bool = False,
        suffix: str = "",
    ) -> None:
        self.name = name
        self.styles = styles
        self.is_link = is_link
        self.hides = hides
        self.suffix = suffix
        """Text that ends it, such as a quotation mark."""


class Frame:
    """An element around blocks, or the text itself."""

    def __init__(self, name: str, kind: Kind, blocks: list[Block], depth: int) -> None:
        self.name = name
        self.kind = kind
        self.blocks = blocks
        """Its own, or those of the element around it."""
        self.depth = depth
        """Of quotations, list items and the like around the blocks."""
        self.inlines: list[Inline] = []
        """Elements within its line that are open, the innermost last."""
        self.hides = False
        self.right_to_left: bool | None = None
        """The direction that was set for it or around it; None: that of the letters."""
        self.scope: Counter[str] | None = None
        """The names of the elements that are open in a table or cell: end tags within it close no
        others."""

        self.level = 0
        """Of a heading."""
        self.anchors: tuple[str, ...] = ()
        self.callout: CalloutKind = "note"
        self.title: Runs = ()
        """Of a callout; the caption of a figure or table."""
        self.items: list[ListItem] = []
        self.checked: bool | None = None
        self.style: ListStyle = "decimal"
        self.start: int | None = None
        self.entries: list[Definition] = []
        self.terms: list[Runs] = []
        self.details: list[tuple[Block, ...]] = []
        self.grid: Grid | None = None
        self.cells: list[list[Block]] = []
        """What is in the cells of a table."""
        self.is_layout = False
        """Whether a table only arranges what is in it."""
        self.span = (1, 1)
        """The columns and rows that a cell reaches over."""
        self.alignment: Alignment = None
        self.texts: list[str] = []
        """Of code."""
        self.language = ""
        self.within: Counter[str] = Counter()
        """Elements in code, which count for their end tags alone."""
