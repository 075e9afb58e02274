"""Markdown's block tokens become blocks."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, cast

from markdown_it.token import Token

from activities.documents.callouts import CalloutKind, callout_mark
from activities.documents.heading_levels import HeadingLevels
from activities.documents.html.builder import HtmlBuilder, heading_levels
from activities.documents.inline_tokens import InlineReader
from activities.documents.model import (
    Alignment,
    Block,
    Callout,
    CodeBlock,
    Definition,
    Definitions,
    Footnotes,
    Heading,
    ListBlock,
    ListItem,
    MathBlock,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
)

_DEPTH_MAX: Final = 20
"""Quotations and list items around a block; what is deeper moves up to this depth."""

_LINE_ENDS = frozenset({"softbreak", "hardbreak"})
_TASK = re.compile(r"\[([ xX])\][ \t]+")


class _Container:
    """A quotation, list, list item or footnote that is open, or the text itself."""

    def __init__(self, blocks: list[Block], depth: int) -> None:
        self.blocks = blocks
        self.depth = depth
        self.items: list[ListItem] = []
        self.entries: list[Definition] = []
        self.checked: bool | None = None
        self.callout: tuple[CalloutKind, Runs] | None = None
        self.token: Token | None = None
        self.html: HtmlBuilder | None = None
        """What reads the HTML between its blocks, while an element is open there."""


def read_blocks(
    tokens: Sequence[Token],
    footnotes: Mapping[int, Any],
    inlines: InlineReader,
    heading_level: int,
) -> tuple[Block, ...]:
    """The blocks of one text; its footnotes, if any, are the last.

    Args:
        tokens: the tokens of the whole text.
        footnotes: as in `ParsedText`.
        inlines: reader of the text's inline tokens.
        heading_level: of the text's highest headings; lower ones follow, up to
            `HEADING_LEVEL_MAX`.
    """
    return _Builder(inlines, heading_level).build(tokens, footnotes)


class _Builder:
    def __init__(self, inlines: InlineReader, heading_level: int) -> None:
        self._inlines = inlines
        self._levels = HeadingLevels(heading_level, 1)
        self._heading: int | None = None
        self._notice_kind: CalloutKind | None = None
        """That of a notice of which the title is still to come."""
        self._rows: list[tuple[Runs, ...]] = []
        self._cells: list[Runs] | None = None
        self._terms: list[Runs] | None = None
        self._alignments: list[Alignment] = []
        self._notes: list[tuple[str, tuple[Block, ...]]] = []
        """Footnotes by their label in the source, in the order of their definitions."""
        self._open = [_Container([], 0)]

    def build(self, tokens: Sequence[Token], footnotes: Mapping[int, Any]) -> tuple[Block, ...]:
        levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
        for token in tokens:
            if token.type == "html_block":
                levels += heading_levels(token.content)
        self._levels = HeadingLevels(self._levels.first, min(levels, default=1))
        self._inlines.heading_level = self._levels
        for token in tokens:
            action = _ACTIONS.get(token.type)
            if action is not None:
                action(self, token)
        blocks = self._close_container().blocks
        notes = self._numbered_notes(footnotes)
        if notes:
            blocks.append(Footnotes(notes))
        return tuple(blocks)

    def _numbered_notes(
        self, footnotes: Mapping[int, Any]
    ) -> tuple[tuple[str, tuple[Block, ...]], ...]:
        """First the notes that runs refer to, then those that nothing refers to."""
        first_places: dict[str, int] = {}
        for place, (label, _) in enumerate(self._notes):
            first_places.setdefault(label, place)
        remaining = dict(enumerate(blocks for _, blocks in self._notes))
        ordered: list[tuple[Block, ...]] = []
        for number in sorted(footnotes):
            note = footnotes[number]
            if "tokens" in note:
                ordered.append(tuple(self._inlines.blocks(note["tokens"])))
                continue
            ordered.append(remaining.pop(first_places[note["label"]]))
        ordered.extend(remaining.values())
        first = self._inlines.footnotes_before + 1
        return tuple((str(number), blocks) for number, blocks in enumerate(ordered, first))

    def _add(self, block: Block) -> None:
        self._extend([block])

    def _extend(self, blocks: Iterable[Block]) -> None:
        container = self._open[-1]
        if container.html is None:
            container.blocks.extend(blocks)
        else:
            container.html.add_blocks(blocks)

    def _depth(self) -> int:
        container = self._open[-1]
        return container.depth if container.html is None else container.html.depth

    def on_html(self, token: Token) -> None:
        container = self._open[-1]
        if container.html is None:
            container.html = HtmlBuilder(
                self._inlines, self._levels, unknown_is_text=True, depth=container.depth
            )
        container.html.read(token.content)
        if not container.html.is_open:
            self._end_html(container)

    def _end_html(self, container: _Container) -> None:
        if container.html is not None:
            container.blocks.extend(container.html.finish())
            container.html = None

    def on_heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1])

    def on_inline(self, token: Token) -> None:
        children = token.children or []
        if self._terms is not None:
            self._terms.append(self._inlines.runs(children))
        elif self._cells is not None:
            self._cells.append(self._inlines.runs(children))
        elif self._heading is not None:
            self._read_heading(self._heading, children)
            self._heading = None
        elif self._notice_kind is not None:
            kind, self._notice_kind = self._notice_kind, None
            self._open[-1].callout = kind, self._inlines.runs(children) or (Run(token.content),)
        else:
            self._take_task_mark(children)
            children = self._after_callout_mark(token.content, children)
            self._extend(self._inlines.blocks(children))

    def _read_heading(self, level: int, children: Sequence[Token]) -> None:
        before = self._inlines.take_anchors()
        runs = self._inlines.runs(children)
        within = (anchor for run in runs for anchor in run.anchors)
        anchors = (*before, *within, *self._inlines.take_anchors())
        if runs:
            self._inlines.warnings.heading = runs
            self._add(Heading(self._levels(level), runs, anchors=anchors))
        else:
            self._inlines.anchors.extend(anchors)

    def _take_task_mark(self, children: list[Token]) -> None:
        """A list item that starts with `[ ]` or `[x]` is a task."""
        container = self._open[-1]
        is_item = container.token is not None and container.token.type == "list_item_open"
        if not is_item or container.blocks or not children or children[0].type != "text":
            return
        match = _TASK.match(children[0].content)
        if match:
            container.checked = match[1] != " "
            children[0].content = children[0].content[match.end() :]

    def _after_callout_mark(self, source: str, children: list[Token]) -> list[Token]:
        """What follows the first line of a quotation that is a callout; else all of it."""
        container = self._open[-1]
        is_quote = container.token is not None and container.token.type == "blockquote_open"
        if not is_quote or container.blocks or container.callout or container.depth > _DEPTH_MAX:
            return children
        if not source.startswith("[!") or children[0].type != "text":
            return children
        mark = callout_mark(children[0].content)
        if mark is None:
            return children
        children[0].content = children[0].content[mark.end :]
        breaks = (at for at, token in enumerate(children) if token.type in _LINE_ENDS)
        end = next(breaks, len(children))
        title = self._inlines.runs(children[:end])
        name = mark.name or self._inlines.labels.callout(mark.kind)
        container.callout = mark.kind, title or (Run(name),)
        return children[end + 1 :]

    def _open_container(self, token: Token, depth: int, *, shared: bool) -> None:
        container = _Container(self._open[-1].blocks if shared else [], depth)
        container.token = token
        self._open.append(container)

    def _close_container(self) -> _Container:
        self._end_html(self._open[-1])
        return self._open.pop()

    def on_quote_open(self, token: Token) -> None:
        depth = self._depth() + 1
        self._open_container(token, depth, shared=depth > _DEPTH_MAX)

    def on_quote_close(self, _token: Token) -> None:
        quote = self._close_container()
        if quote.callout:
            self._add(Callout(*quote.callout, tuple(quote.blocks)))
        elif quote.depth <= _DEPTH_MAX:
            self._add(Quote(tuple(quote.blocks)))

    def on_notice_open(self, token: Token) -> None:
        self.on_quote_open(token)
        kind: CalloutKind = token.meta["kind"]
        if self._open[-1].depth <= _DEPTH_MAX:
            name = token.meta["name"] or self._inlines.labels.callout(kind)
            self._open[-1].callout = kind, (Run(name),)
            self._notice_kind = kind if token.meta["has_title"] else None

    def on_list_open(self, token: Token) -> None:
        self._open_container(token, self._depth(), shared=True)

    def on_list_close(self, _token: Token) -> None:
        opened = self._close_container()
        if opened.items and opened.token is not None:
            token, items = opened.token, tuple(opened.items)
            if token.type == "ordered_list_open":
                start, style = int(token.attrs["start"]), token.meta["style"]
                self._add(ListBlock(items, True, start, style, cast("Any", token.markup)))
            else:
                self._add(ListBlock(items))

    def on_item_open(self, token: Token) -> None:
        depth = self._depth() + 1
        self._open_container(token, depth, shared=depth > _DEPTH_MAX)

    def on_item_close(self, _token: Token) -> None:
        item = self._close_container()
        if item.depth <= _DEPTH_MAX:
            self._open[-1].items.append(ListItem(tuple(item.blocks), item.checked))

    def on_definitions_open(self, token: Token) -> None:
        self._open_container(token, self._depth(), shared=True)

    def on_definitions_close(self, _token: Token) -> None:
        entries = self._close_container().entries
        if entries:
            self._add(Definitions(tuple(entries)))

    def on_term_open(self, _token: Token) -> None:
        self._terms = []

    def on_term_close(self, _token: Token) -> None:
        opened = self._open[-1]
        terms, self._terms = tuple(runs for runs in self._terms or () if runs), None
        if opened.depth < _DEPTH_MAX:
            entries = opened.entries
            if entries and not entries[-1].details:
                # Several terms share what comes below them.
                terms = (*entries.pop().terms, *terms)
            entries.append(Definition(terms, ()))
        else:
            opened.blocks.extend(map(Paragraph, terms))

    def on_details_open(self, token: Token) -> None:
        depth = self._depth() + 1
        self._open_container(token, depth, shared=depth > _DEPTH_MAX)

    def on_details_close(self, _token: Token) -> None:
        details = self._close_container()
        if details.depth <= _DEPTH_MAX:
            entries = self._open[-1].entries
            terms, others = entries[-1].terms, entries[-1].details
            entries[-1] = Definition(terms, (*others, tuple(details.blocks)))

    def on_footnote_open(self, token: Token) -> None:
        self._open_container(token, self._depth(), shared=False)

    def on_footnote_close(self, _token: Token) -> None:
        note = self._close_container()
        if note.token is not None:
            self._notes.append((note.token.meta["label"], tuple(note.blocks)))

    def on_table_open(self, _token: Token) -> None:
        self._rows = []

    def on_row_open(self, _token: Token) -> None:
        self._cells = []
        self._alignments = []

    def on_cell_open(self, token: Token) -> None:
        style = str(token.attrs.get("style", ""))
        self._alignments.append(cast("Alignment", style.removeprefix("text-align:") or None))

    def on_row_close(self, _token: Token) -> None:
        self._rows.append(tuple(self._cells or ()))
        self._cells = None

    def on_table_close(self, _token: Token) -> None:
        header, *rows = self._rows
        has_header = any(run.text.strip() or run.picture for runs in header for run in runs)
        if has_header or rows:
            alignments = tuple(self._alignments)
            self._add(Table(header if has_header else None, tuple(rows), alignments))

    def on_code(self, token: Token) -> None:
        language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
        self._extend(self._inlines.code(token.content, language))

    def on_math(self, token: Token) -> None:
        affordable = self._inlines.budget.take_formula(token.content)
        anchors = self._inlines.take_anchors()
        if affordable:
            self._add(MathBlock(token.content, anchors))
        else:
            self._add(CodeBlock(f"$${token.content}$$", anchors=anchors))

    def on_rule(self, _token: Token) -> None:
        self._add(Rule())


_ACTIONS: MappingProxyType[str, Callable[[_Builder, Token], None]] = MappingProxyType(
    {
        "heading_open": _Builder.on_heading_open,
        "inline": _Builder.on_inline,
        "blockquote_open": _Builder.on_quote_open,
        "blockquote_close": _Builder.on_quote_close,
        "notice_open": _Builder.on_notice_open,
        "notice_close": _Builder.on_quote_close,
        "bullet_list_open": _Builder.on_list_open,
        "bullet_list_close": _Builder.on_list_close,
        "ordered_list_open": _Builder.on_list_open,
        "ordered_list_close": _Builder.on_list_close,
        "list_item_open": _Builder.on_item_open,
        "list_item_close": _Builder.on_item_close,
        "footnote_reference_open": _Builder.on_footnote_open,
        "footnote_reference_close": _Builder.on_footnote_close,
        "dl_open": _Builder.on_definitions_open,
        "dl_close": _Builder.on_definitions_close,
        "dt_open": _Builder.on_term_open,
        "dt_close": _Builder.on_term_close,
        "dd_open": _Builder.on_details_open,
        "dd_close": _Builder.on_details_close,
        "table_open": _Builder.on_table_open,
        "table_close": _Builder.on_table_close,
        "tr_open": _Builder.on_row_open,
        "tr_close": _Builder.on_row_close,
        "th_open": _Builder.on_cell_open,
        "td_open": _Builder.on_cell_open,
        "fence": _Builder.on_code,
        "code_block": _Builder.on_code,
        "math_block": _Builder.on_math,
        "hr": _Builder.on_rule,
        "html_block": _Builder.on_html,
    }
)
