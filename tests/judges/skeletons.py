"""The blocks of a text, each as a line: those of a document, and those that a browser shows.

A paragraph is `p` with the letters and digits of its words, or with `?` where a formula is in it:
plain Markdown knows none.
"""

from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser
from itertools import chain
from typing import Final

from activities.documents.headings import numbered
from activities.documents.labels import Labels
from activities.documents.list_markers import list_marker
from activities.documents.model import (
    Block,
    Callout,
    Card,
    CodeBlock,
    Definitions,
    Document,
    Facts,
    Footnotes,
    Heading,
    Image,
    ListBlock,
    MathBlock,
    MissingPicture,
    Objectives,
    Paragraph,
    QuestionAnswer,
    Quote,
    ReadingTask,
    Rule,
    Run,
    Runs,
    Table,
)
from activities.documents.pictures import missing_runs, with_missing_shown
from activities.documents.plain import plain_runs, shown_fact

_ANY: Final = "?"
_LEAVES: Final = frozenset({"p", "td", "th", "pre", *(f"h{level}" for level in range(1, 7))})
_CONTAINERS: Final = frozenset({"ul", "ol", "li", "blockquote"})


def of_document(document: Document) -> list[str]:
    """The blocks of an item in a file of its own, but for its footnotes."""
    title = _leaf("h1", document.title.runs)
    parts = ((part.heading, *part.blocks) for part in document.parts)
    return [title, *chain.from_iterable(_blocks(each, document.labels) for each in parts)]


def of_html(html: str) -> list[str]:
    """The blocks that a browser shows, but for footnotes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.lines


def difference(expected: Sequence[str], found: Sequence[str]) -> str:
    """The first blocks that are not the same; empty when all are."""
    for place in range(max(len(expected), len(found))):
        one, other = ((*each[place:], "nothing")[0] for each in (expected, found))
        if not _agree(one, other):
            return f"block {place}: {one!r} became {other!r}"
    return ""


def _agree(expected: str, found: str) -> bool:
    if expected.endswith(_ANY):
        return found.split(" ")[0] == expected.split(" ")[0]
    return found == expected


def _leaf(kind: str, runs: Runs) -> str:
    if any(run.math for run in runs):
        return f"{kind} {_ANY}"
    shown = with_missing_shown(runs)
    return _line(kind, "".join(r.text for r in shown if not r.picture and not r.is_note_reference))


def _line(kind: str, text: str) -> str:
    return f"{kind} {''.join(filter(str.isalnum, text))}"


def _paragraph(runs: Runs) -> Iterator[str]:
    if any(run.text.strip() or run.picture or run.anchors for run in runs):
        yield _leaf("p", runs)


def _led(lead: Run, blocks: Sequence[Block], labels: Labels) -> Iterator[str]:
    if blocks and isinstance(blocks[0], Paragraph):
        yield _leaf("p", (lead, *blocks[0].runs))
        blocks = blocks[1:]
    else:
        yield _leaf("p", (lead,))
    yield from _blocks(blocks, labels)


def _list(kind: str, entries: Iterable[Iterable[str]]) -> Iterator[str]:
    yield kind
    for entry in entries:
        yield from ("li", *entry, "/li")
    yield f"/{kind.split(' ')[0]}"


def _blocks(blocks: Iterable[Block], labels: Labels) -> Iterator[str]:
    waiting: list[tuple[int, list[str]]] = []
    for block in blocks:
        if isinstance(block, QuestionAnswer | Card | ReadingTask):
            if waiting and block.number != waiting[-1][0] + 1:
                yield from _numbered(waiting)
                waiting = []
            waiting.append((block.number, [*_record(block, labels)]))
            continue
        yield from _block(block, labels)
    yield from _numbered(waiting)


def _numbered(entries: list[tuple[int, list[str]]]) -> Iterator[str]:
    if entries:
        start = entries[0][0]
        named = "ol" if start == 1 else f"ol {start}"
        yield from _list(named, (lines for _, lines in entries))


def _record(record: QuestionAnswer | Card | ReadingTask, labels: Labels) -> Iterator[str]:
    asked, answer = (
        (record.front, record.back)
        if isinstance(record, Card)
        else (record.question, record.answer)
    )
    yield from _blocks(asked, labels)
    if answer:
        label = labels.back if isinstance(record, Card) else labels.answer
        yield from _led(Run(label), answer, labels)
    if isinstance(record, Card) and record.tags:
        yield _line("p", f"{labels.tags} {' '.join(record.tags)}")


def _block(block: Block, labels: Labels) -> Iterator[str]:  # noqa: C901 - a case for each kind
    match block:
        case Heading():
            yield _leaf(f"h{block.level}", numbered(block))
        case Paragraph():
            yield from _paragraph(block.runs)
        case ListBlock():
            yield from _list_block(block, labels)
        case Definitions():
            for entry in block.entries:
                yield _leaf("p", tuple(chain.from_iterable(entry.terms)))
                yield from _list("ul", (_blocks(held, labels) for held in entry.details))
        case Table():
            yield from _table(block)
        case CodeBlock():
            yield _line("pre", block.text)
        case MathBlock():
            yield f"p {_ANY}"
        case Image():
            yield "p "
            yield from _paragraph(block.caption)
        case MissingPicture():
            yield from _paragraph(missing_runs(block))
        case Quote():
            yield from ("blockquote", *_blocks(block.blocks, labels), "/blockquote")
        case Callout():
            yield from ("blockquote", *_callout(block, labels), "/blockquote")
        case Rule():
            yield "hr"
        case Footnotes():
            pass
        case Objectives():
            yield _line("p", getattr(labels, block.kind))
            yield from _list("ul", (_paragraph(entry) for entry in block.entries))
        case Facts():
            named = (f"{name} {shown_fact(value)}" for name, value in block.entries)
            yield from _list("ul", ([_line("p", each)] for each in named))
        case _:
            raise AssertionError(block)


def _list_block(block: ListBlock, labels: Labels) -> Iterator[str]:
    entries = []
    is_counted = block.ordered and block.style == "decimal"
    for number, entry in enumerate(block.items, block.start):
        if block.ordered and not is_counted:
            lines = [*_led(Run(list_marker(block, number)), entry.blocks, labels)]
        else:
            lines = [*_blocks(entry.blocks, labels)]
        entries.append(lines)
    kind = "ul" if not is_counted else "ol" if block.start == 1 else f"ol {block.start}"
    yield from _list(kind, entries)


def _table(table: Table) -> Iterator[str]:
    if any(table.shown_rows):
        yield from _paragraph(table.caption)
        header = table.header or ((),) * len(table.alignments)
        yield from (_leaf("th", cell) for cell in header)
        yield from (_leaf("td", cell) for row in table.rows for cell in row)


def _callout(callout: Callout, labels: Labels) -> Iterator[str]:
    mark = Run("" if callout.kind == "details" else callout.kind.upper())
    titled = (Paragraph(callout.title), *callout.blocks)
    is_usual = plain_runs(callout.title) == labels.callout(callout.kind)
    if callout.kind == "details" or not is_usual:
        yield _leaf("p", (mark, *callout.title))
        yield from _blocks(titled[1:], labels)
    else:
        yield from _led(mark, callout.blocks, labels)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._leaf: list[str] | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if self._hidden or "footnote" in (values.get("class") or ""):
            self._hidden += tag in {"section", "sup"}
            return
        if tag in _LEAVES:
            self._end()
            self._leaf = [tag]
        elif tag == "img" and self._leaf is None:
            self._leaf = ["p"]
        elif tag in _CONTAINERS or tag == "hr":
            self._end()
            start = values.get("start")
            self.lines.append(f"{tag} {start}" if start and start != "1" else tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden -= tag in {"section", "sup"}
        elif tag in _LEAVES or tag in _CONTAINERS:
            self._end()
            if tag in _CONTAINERS:
                self.lines.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if self._hidden or (self._leaf is None and not data.strip()):
            return
        if self._leaf is None:
            # An entry of a list, whose paragraphs are none where it has one line.
            self._leaf = ["p"]
        self._leaf.append(data)

    def _end(self) -> None:
        if self._leaf is not None:
            self.lines.append(_line(self._leaf[0], "".join(self._leaf[1:])))
        self._leaf = None
