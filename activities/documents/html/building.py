"""What is open while HTML is read: the part of reading that all elements stand on."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from activities.documents.control_characters import remove_control_characters
from activities.documents.html import elements
from activities.documents.html.attributes import (
    NO_ATTRIBUTES,
    Attributes,
    declarations,
    is_hidden,
    size,
)
from activities.documents.html.directions import (
    directed,
    is_set_right_to_left,
    sets_direction,
)
from activities.documents.html.flow import Flow
from activities.documents.html.formulas import formulas_in
from activities.documents.html.frames import Frame, Inline, Kind
from activities.documents.model import Block, MathBlock, Run
from activities.documents.pieces import SOFT_HYPHEN, as_blocks, without_data

if TYPE_CHECKING:
    from activities.documents.inline_tokens import InlineReader

_OPEN_MAX: Final = 100
"""Elements around blocks; browsers stop at 512, and editors write some ten."""
_INLINES_MAX: Final = 64
"""Elements within a line, likewise."""
_DEPTH_MAX: Final = 20
"""Quotations, list items and the like around a block; what is deeper moves up to this depth."""
_SCOPES: Final = frozenset({"table", "td", "th", "caption"})


class Building:
    """What is open while HTML is read, and what it has become."""

    def __init__(
        self,
        inlines: "InlineReader",
        heading_level: Callable[[int], int],
        depth: int,
        closers: "Mapping[Kind, Callable[[Building, Frame], None]]",
    ) -> None:
        """Begin a text.

        Args:
            inlines: reads pictures and addresses, and knows what to warn of.
            heading_level: the level in the document of a heading's level in the text.
            depth: of quotations, list items and the like around the text.
            closers: what becomes of an element when it ends.
        """
        self.inlines = inlines
        self.warnings = inlines.warnings
        self.budget = inlines.budget
        self.heading_level = heading_level
        self._closers = closers
        self.open = [Frame("", "block", [], depth)]
        self.scopes: list[Counter[str]] = [Counter()]
        self.flow = Flow(inlines.anchors)
        self.ignored: Counter[str] = Counter()
        """Start tags beyond the depth, whose end tags are to be passed over as well."""
        self._inline_count = 0
        self.hidden = 0
        self.warns_of_hidden = False
        self.tables = 0
        self.quotes = 0
        self.is_plain = False
        """Whether there is no budget for more than text."""
        self.abbreviations: set[str] = set()

    def text(self, data: str) -> None:
        """Read text, in which entities have been resolved."""
        top = self.open[-1]
        is_blank = not data.strip(" \t\n\f\r")
        if self.hidden:
            if self.warns_of_hidden and not is_blank:
                self.warnings.add("hidden-removed")
                self.warns_of_hidden = False
            return
        if top.kind == "code":
            top.texts.append(data)
            return
        if is_blank and self.flow.is_empty:
            return
        if not is_blank:
            self.begin_text()
        data = self._shown(data)
        if self.is_plain or self.flow.in_code or ("$" not in data and "\\" not in data):
            self.flow.add_text(data)
            return
        for part in formulas_in(data):
            if isinstance(part, str):
                self.flow.add_text(part)
            else:
                self.add_formula(part.tex, displayed=part.displayed)

    def _shown(self, data: str) -> str:
        """A text without what no file shows."""
        data, pictures = without_data(self._without_controls(data).replace(SOFT_HYPHEN, ""))
        if pictures:
            self.warnings.add("image-unreadable", pictures)
        return data

    def _without_controls(self, data: str) -> str:
        data, removed = remove_control_characters(data)
        if removed:
            self.warnings.add("control-characters-removed", removed)
        return data

    def name_next(self, name: str, attributes: Attributes) -> None:
        """Let links lead to what comes next by the names that an element has."""
        for key in ("id", "name") if name == "a" else ("id",):
            anchor = attributes.get(key, "").strip()
            if anchor:
                self.inlines.add_anchor(anchor)

    def begin_text(self) -> None:
        """See that what comes within a line is in an element that can have it."""
        top = self.open[-1]
        if top.kind == "list":
            if top.name:
                self.push("li", "item", deeper=True)
            else:
                self.pop()
        elif top.kind == "definitions":
            self.push("dd", "definition", deeper=True)

    def add_formula(self, tex: str, *, displayed: bool) -> None:
        """Add a formula; its source where there is no budget for one."""
        if self.hidden:
            return
        self.begin_text()
        tex = self._without_controls(tex)
        if not self.budget.take_formula(tex):
            self.flow.add_verbatim(f"$${tex}$$" if displayed else f"${tex}$")
        elif displayed:
            self.flow.add_pieces([MathBlock(tex)])
        else:
            self.flow.add_pieces([self.flow.styled(tex, math=True)])

    def add_picture(
        self, address: str, description: str, attributes: Attributes, style: Attributes
    ) -> None:
        """Add a picture, or what stands for it."""
        if self.hidden:
            return
        self.begin_text()
        shown, title = self.cleaned(description), self.cleaned(attributes.get("title", ""))
        picture = self.inlines.pictures.read(
            address,
            shown,
            caption=(Run(title),) if title and title != shown else (),
            width=size(attributes, style, "width"),
            height=size(attributes, style, "height"),
            link=self.flow.link,
        )
        self.flow.add_pieces([picture])

    def cleaned(self, text: str) -> str:
        """A text for a description or title, on one line."""
        return remove_control_characters(" ".join(text.split()))[0]

    def flush(self) -> None:
        """End the paragraph that is being read."""
        pieces = self.flow.take()
        if pieces:
            top = self.open[-1]
            top.blocks.extend(directed(as_blocks(pieces), top.right_to_left))

    def push(
        self,
        name: str,
        kind: Kind,
        attributes: Attributes = NO_ATTRIBUTES,
        *,
        own: bool = True,
        deeper: bool = False,
    ) -> Frame | None:
        """Open an element.

        Args:
            name: its name.
            kind: what becomes of it.
            attributes: its attributes.
            own: whether it keeps its blocks by itself until it ends.
            deeper: whether blocks in it are nested once more.

        Returns:
            What was opened; None where nothing more can be.
        """
        self.flush()
        if len(self.open) >= _OPEN_MAX:
            self.ignored[name] += 1
            return None
        around = self.open[-1]
        depth = around.depth + deeper
        if depth > _DEPTH_MAX:
            kind, own = "block", False
        frame = Frame(name, kind, [] if own else around.blocks, depth)
        is_set = bool(attributes) and sets_direction(attributes)
        frame.right_to_left = is_set_right_to_left(attributes) if is_set else around.right_to_left
        self.scopes[-1][name] += 1
        if name in _SCOPES and kind != "block":
            frame.scope = Counter()
            self.scopes.append(frame.scope)
        if attributes and is_hidden(attributes, declarations(attributes)):
            frame.hides = True
            self.hidden += 1
            self.warns_of_hidden = True
        self.open.append(frame)
        return frame

    def pop(self) -> None:
        """Close the innermost element."""
        self.flush()
        frame = self.open.pop()
        around = self.open[-1]
        for inline in frame.inlines:
            if inline.name in elements.REOPENED and frame.scope is None:
                around.inlines.append(inline)
            else:
                self.undo(inline)
        if frame.scope is not None:
            self.scopes.pop()
        self.scopes[-1][frame.name] -= 1
        if frame.kind == "table":
            self.tables -= 1
        closer = None if self.hidden else self._closers.get(frame.kind)
        if frame.hides:
            self.hidden -= 1
        if closer is not None:
            closer(self, frame)

    def pop_to(self, name: str) -> None:
        """Close elements up to the innermost one of the name, which is open in the scope."""
        while self.open[-1].name != name:
            self.pop()
        self.pop()

    def add(self, block: Block) -> None:
        """Add a block."""
        self.open[-1].blocks.append(block)

    def close_paragraph(self) -> None:
        """End the paragraph that is open, as every block does."""
        if self.scopes[-1]["p"]:
            self.pop_to("p")

    def enter_block(self) -> None:
        """End what a block ends, and see that it is in an element that can have it."""
        self.close_paragraph()
        self.begin_text()

    def open_inline(self, inline: Inline) -> bool:
        """Open an element within a line; False when too many are open."""
        if self._inline_count >= _INLINES_MAX:
            self.ignored[inline.name] += 1
            return False
        self.open[-1].inlines.append(inline)
        self._inline_count += 1
        for style in inline.styles:
            self.flow.set_style(style, 1)
        self.hidden += inline.hides
        return True

    def undo(self, inline: Inline) -> None:
        """Take back what an element within a line does."""
        if inline.suffix and not self.hidden:
            self.flow.add_verbatim(inline.suffix)
        if inline.name == "q":
            self.quotes -= 1
        self._inline_count -= 1
        for style in inline.styles:
            self.flow.set_style(style, -1)
        if inline.is_link:
            self.flow.close_link()
        self.hidden -= inline.hides

    def end_inline(self, name: str) -> bool:
        """End the innermost element of the name; False when there is none."""
        for frame in reversed(self.open):
            for at in range(len(frame.inlines) - 1, -1, -1):
                inline = frame.inlines[at]
                if inline.name == name:
                    del frame.inlines[at]
                    self.undo(inline)
                    return True
            if name not in elements.REOPENED or frame.scope is not None:
                return False
        return False
