"""Blocks of a document become XHTML."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final, cast

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.heading_levels import HEADING_LEVEL_MAX
from activities.documents.headings import numbered
from activities.documents.labels import Labels
from activities.documents.link_targets import item_anchor
from activities.documents.list_markers import list_marker
from activities.documents.model import (
    PART_LEVEL,
    Alignment,
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
    ListItem,
    MathBlock,
    MissingPicture,
    Objectives,
    Paragraph,
    Part,
    QuestionAnswer,
    Quote,
    ReadingTask,
    Rule,
    Run,
    Runs,
    Table,
)
from activities.documents.pictures import missing_runs
from activities.documents.plain import shown_fact
from activities.formats.shared.xhtml.inlines import InlineWriter
from activities.formats.shared.xhtml.label_languages import label_attributes
from activities.formats.shared.xhtml.pictures import PictureAddress
from activities.formats.shared.xhtml.places import PlaceAddress, element_id, within_page
from activities.formats.shared.xhtml.profiles import Profile
from activities.model.warnings import Report

_TASKS: Final = MappingProxyType({True: "\u2611 ", False: "\u2610 "})
_TYPES: Final = MappingProxyType(
    {"lower-alpha": "a", "upper-alpha": "A", "lower-roman": "i", "upper-roman": "I"}
)
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_+#.-]{1,40}")
_SCROLLED: Final = ' tabindex="0"'
_FORMULA_FITS: Final = 40
"""Characters of TeX that surely fit on a phone."""
_WRITING_LINES: Final = 3


class _BlockWriter:
    """The state of writing one document; a method for each kind of block."""

    def __init__(
        self,
        labels: Labels,
        language: str,
        profile: Profile,
        report: Report,
        inlines: InlineWriter,
        levels_above: int,
    ) -> None:
        self._labels = labels
        self._of_labels = label_attributes(labels, language, profile)
        """The attributes of an element that holds one."""
        self._profile = profile
        self._report = report
        self._inlines = inlines
        self._levels_above = levels_above
        self._warnings = inlines.warnings
        self._text = inlines.escaping.text
        self._alignment = "class" if profile.styled else "align"

    def write(self, blocks: Iterable[Block]) -> str:
        pieces: list[str] = []
        for kind, alike in groupby(blocks, type):
            if kind is Card:
                cards = cast("Iterable[Card]", alike)
                pieces.append(f'<div class="cards">{"".join(map(self._card, cards))}</div>')
                continue
            action = _ACTIONS[kind]
            for block in alike:
                self._report.check_cancelled()
                pieces.append(action(self, block))
        return "".join(pieces)

    def part_heading(self, heading: Heading) -> str:
        """The heading of a part, which is a label."""
        if not self._of_labels:
            return self.heading(heading)
        level, styled = self._level(heading)
        content = self._inlines.write(heading.runs)
        return f"<h{level}{styled}{self._of_labels}>{content}</h{level}>"

    def heading(self, heading: Heading) -> str:
        if heading.level > PART_LEVEL:
            self._warnings.heading = heading.runs
        level, styled = self._level(heading)
        named, content = self._named(heading.anchors, numbered(heading))
        return f"<h{level}{named}{styled}>{content}</h{level}>"

    def _level(self, heading: Heading) -> tuple[int, str]:
        """The level of a heading in the file, and the attribute of its own level."""
        level = min(max(heading.level + self._levels_above, 1), HEADING_LEVEL_MAX)
        return level, f' class="level-{heading.level}"' if self._profile.styled else ""

    def paragraph(self, paragraph: Paragraph, lead: str = "") -> str:
        role = "" if paragraph.role == "body" else f' class="{paragraph.role}"'
        direction, content = self._inlines.directed(paragraph.runs)
        return f"<p{role}{direction}>{lead}{content}</p>"

    def list_block(self, block: ListBlock) -> str:
        is_tight = all(_is_tight(item.blocks) for item in block.items)
        if not block.ordered:
            named = ' class="tasks"' if any(i.checked is not None for i in block.items) else ""
            items = [self._list_item(item, is_tight) for item in block.items]
            return f"<ul{named}>{''.join(items)}</ul>"
        numbers = range(block.start, block.start + len(block.items))
        is_usual = block.start == 1 and block.style == "decimal"
        if not is_usual and not self._profile.numbered_lists:
            items = [
                self._list_item(item, is_tight, f"{list_marker(block, number)} ")
                for number, item in zip(numbers, block.items, strict=True)
            ]
            return f"<ul>{''.join(items)}</ul>"
        attributes = "" if block.start == 1 else f' start="{block.start}"'
        if block.style != "decimal":
            attributes += f' type="{_TYPES[block.style]}"'
        if block.delimiter != ".":
            attributes += f' class="{block.style} bracket"'
        items = [self._list_item(item, is_tight) for item in block.items]
        return f"<ol{attributes}>{''.join(items)}</ol>"

    def _list_item(self, item: ListItem, is_tight: bool, lead: str = "") -> str:
        self._report.check_cancelled()
        if item.checked is not None:
            lead += _TASKS[item.checked]
        blocks = item.blocks
        if is_tight and blocks and isinstance(blocks[0], Paragraph):
            direction, content = self._inlines.directed(blocks[0].runs)
            return f"<li{direction}>{lead}{content}{self.write(blocks[1:])}</li>"
        return f"<li>{self._led(lead, blocks)}</li>"

    def _led(self, lead: str, blocks: Sequence[Block]) -> str:
        """Blocks, the first of which begins with some content."""
        if not lead:
            return self.write(blocks)
        if blocks and isinstance(blocks[0], Paragraph):
            return self.paragraph(blocks[0], lead) + self.write(blocks[1:])
        return f"<p>{lead.rstrip()}</p>{self.write(blocks)}"

    def definitions(self, definitions: Definitions) -> str:
        pieces = []
        for entry in definitions.entries:
            for term in entry.terms:
                direction, content = self._inlines.directed(term)
                pieces.append(f"<dt{direction}>{content}</dt>")
            pieces += [f"<dd>{self.write(details)}</dd>" for details in entry.details]
        return f"<dl>{''.join(pieces)}</dl>"

    def table(self, table: Table) -> str:
        if not any(table.shown_rows):
            return ""
        pieces = []
        if table.caption:
            direction, content = self._inlines.directed(table.caption)
            pieces.append(f"<caption{direction}>{content}</caption>")
        if table.header is not None:
            pieces.append(f"<thead>{self._row(table.header, table.alignments, heads=True)}</thead>")
        rows = [self._row(row, table.alignments) for row in table.rows]
        # A table of QTI has a body always.
        pieces.append(f"<tbody>{''.join(rows)}</tbody>")
        written = f"<table>{''.join(pieces)}</table>"
        return f'<div class="wide"{_SCROLLED}>{written}</div>' if self._profile.scrolls else written

    def _row(
        self, cells: Sequence[Runs], alignments: Sequence[Alignment], *, heads: bool = False
    ) -> str:
        self._report.check_cancelled()
        pieces = []
        for runs, alignment in zip(cells, alignments, strict=True):
            side = f' {self._alignment}="{alignment}"' if alignment else ""
            direction, content = self._inlines.directed(runs)
            # An empty cell heads nothing.
            name, scope = ("th", ' scope="col"') if heads and content else ("td", "")
            pieces.append(f"<{name}{scope}{side}{direction}>{content}</{name}>")
        return f"<tr>{''.join(pieces)}</tr>"

    def code(self, code: CodeBlock) -> str:
        named = ""
        if _LANGUAGE.fullmatch(code.language):
            named = f' class="language-{code.language}"'
        scrolled = _SCROLLED if self._profile.scrolls else ""
        direction = ' dir="ltr"' if self._profile.directions else ""
        return self._inlines.anchored(
            code.anchors,
            f"<pre{direction}{scrolled}><code{named}>{self._text(code.text)}</code></pre>",
            element="div",
        )

    def formula(self, formula: MathBlock) -> str:
        written = self._inlines.formula(formula.tex, displayed=True)
        is_wide = len(formula.tex) > _FORMULA_FITS
        scrolled = _SCROLLED if self._profile.scrolls and is_wide else ""
        written = f'<div class="formula"{scrolled}>{written}</div>'
        return self._inlines.anchored(formula.anchors, written, element="div")

    def image(self, image: Image) -> str:
        shown = self._inlines.picture(image)
        if image.link:
            shown = self._inlines.linked(image.link, shown)
        if image.caption:
            direction, content = self._inlines.directed(image.caption)
            caption = self._profile.replaced.get("figcaption", "figcaption")
            named = "" if caption == "figcaption" else ' class="caption"'
            shown += f"<{caption}{named}{direction}>{content}</{caption}>"
        figure = self._profile.replaced.get("figure", "figure")
        written = f'<{figure} class="picture">{shown}</{figure}>'
        return self._inlines.anchored(image.anchors, written, element="div")

    def missing_picture(self, missing: MissingPicture) -> str:
        direction, content = self._inlines.directed(missing_runs(missing))
        return f'<p class="missing"{direction}>{content}</p>'

    def quote(self, quote: Quote) -> str:
        return f"<blockquote>{self.write(quote.blocks) or '<p></p>'}</blockquote>"

    def callout(self, callout: Callout) -> str:
        direction, title = self._inlines.directed(callout.title)
        of_title = ""
        if self._of_labels and callout.title == (Run(self._labels.callout(callout.kind)),):
            direction, of_title = "", self._of_labels
        content = self.write(callout.blocks)
        if callout.kind == "details":
            return self._folded(f'class="callout details"{direction}', title, content, of_title)
        return (
            f'<div class="callout {callout.kind}"{direction}>'
            f'<p class="title"{of_title}>{title}</p>{content}</div>'
        )

    def rule(self, _rule: Rule) -> str:
        return "<hr/>"

    def footnotes(self, footnotes: Footnotes) -> str:
        notes = "".join(self._note(label, blocks) for label, blocks in footnotes.notes)
        return f'<div class="notes">{notes}</div>'

    def _note(self, label: str, blocks: Sequence[Block]) -> str:
        number = f"<sup>{self._text(label)}</sup>"
        reference = self._inlines.reference_to(label)
        if reference:
            number = f'<a href="#{reference}" role="doc-backlink">{number}</a>'
        named = f' id="{self._inlines.note_id(label)}"' if self._profile.linked_notes else ""
        return f'<div class="note"{named}>{self._led(f"{number} ", blocks)}</div>'

    def objectives(self, objectives: Objectives) -> str:
        entries = []
        for runs in objectives.entries:
            direction, content = self._inlines.directed(runs)
            entries.append(f"<li{direction}>{content}</li>")
        label = self._text(getattr(self._labels, objectives.kind))
        return (
            f'<div class="objectives"><p class="label"{self._of_labels}>{label}</p>'
            f"<ul>{''.join(entries)}</ul></div>"
        )

    def question(self, pair: QuestionAnswer) -> str:
        asked = self._asked(pair.number, pair.question)
        answer = ""
        if pair.answer:
            answer = self._answer(self._labels.answer, pair.answer)
        return f'<div class="question">{asked}{answer}</div>'

    def task(self, task: ReadingTask) -> str:
        asked = self._asked(task.number, task.question)
        if task.answer is None:
            answer = f'<div class="room">{"<hr/>" * _WRITING_LINES}</div>'
        else:
            answer = self._answer(self._labels.answer, task.answer)
        return f'<div class="question">{asked}{answer}</div>'

    def _asked(self, number: int, blocks: Sequence[Block]) -> str:
        self._warnings.begin_record(self._labels, number)
        lead = f'<span class="number">{number}.</span> '
        return f'<div class="asked">{self._led(lead, blocks)}</div>'

    def _card(self, card: Card) -> str:
        self._report.check_cancelled()
        self._warnings.begin_record(self._labels, card.number)
        lead = f'<span class="number">{card.number}.</span> '
        back = tags = ""
        if card.back:
            back = self._answer(self._labels.back, card.back)
        if card.tags:
            label, named = self._text(self._labels.tags), self._text(", ".join(card.tags))
            tags = (
                f'<p class="tags"><span class="label"{self._of_labels}>{label}:</span> {named}</p>'
            )
        return (
            f'<div class="card"><div class="front">{self._led(lead, card.front)}</div>'
            f"{back}{tags}</div>"
        )

    def _answer(self, label: str, blocks: Sequence[Block]) -> str:
        return self._folded(
            'class="answer"', self._text(label), self.write(blocks), self._of_labels
        )

    def _folded(self, attributes: str, title: str, content: str, of_title: str) -> str:
        """Content that waits until it is asked for, where the receiver lets it wait."""
        names = self._profile.replaced
        outer, inner = names.get("details", "details"), names.get("summary", "summary")
        named = "" if inner == "summary" else ' class="title"'
        return (
            f"<{outer} {attributes}><{inner}{named}{of_title}>{title}</{inner}>{content}</{outer}>"
        )

    def facts(self, facts: Facts) -> str:
        pieces = []
        for name, value in facts.entries:
            direction, shown = self._inlines.directed((Run(shown_fact(value)),))
            pieces.append(f"<dt>{self._text(name)}</dt><dd{direction}>{shown}</dd>")
        return f'<dl class="facts">{"".join(pieces)}</dl>'

    def _named(self, anchors: tuple[str, ...], runs: Runs) -> tuple[str, str]:
        """The attributes of an element with these anchors and runs, and its content."""
        direction, content = self._inlines.directed(runs)
        if not (anchors and self._profile.places):
            return direction, content
        return (
            f' id="{element_id(anchors[0])}"{direction}',
            self._inlines.anchored(anchors[1:], content),
        )


def _is_tight(blocks: Sequence[Block]) -> bool:
    """Whether the blocks of an entry are a paragraph and lists, or none."""
    return not blocks or (
        isinstance(blocks[0], (Paragraph, ListBlock))
        and all(isinstance(block, ListBlock) for block in blocks[1:])
    )


_ACTIONS: Final[MappingProxyType[type, Callable[[_BlockWriter, Any], str]]] = MappingProxyType(
    {
        Heading: _BlockWriter.heading,
        Paragraph: _BlockWriter.paragraph,
        ListBlock: _BlockWriter.list_block,
        Definitions: _BlockWriter.definitions,
        Table: _BlockWriter.table,
        CodeBlock: _BlockWriter.code,
        MathBlock: _BlockWriter.formula,
        Image: _BlockWriter.image,
        MissingPicture: _BlockWriter.missing_picture,
        Quote: _BlockWriter.quote,
        Callout: _BlockWriter.callout,
        Rule: _BlockWriter.rule,
        Footnotes: _BlockWriter.footnotes,
        Objectives: _BlockWriter.objectives,
        QuestionAnswer: _BlockWriter.question,
        ReadingTask: _BlockWriter.task,
        Facts: _BlockWriter.facts,
    }
)


class XhtmlWriter:
    """Writes the blocks of one document for one kind of receiver.

    Attributes:
        warnings: what the receiver cannot hold, which the caller flushes.
    """

    def __init__(
        self,
        document: Document,
        profile: Profile,
        report: Report,
        picture_address: PictureAddress,
        place_address: PlaceAddress = within_page,
        *,
        levels_above: int = 0,
    ) -> None:
        """Make a writer.

        Args:
            document: whose blocks they are.
            profile: what the receiver takes.
            report: is asked whether to go on.
            picture_address: gives the address of each picture.
            place_address: gives the address of each place to which links lead.
            levels_above: the levels of headings that stand above the document's title; less than
                0 where the title stands elsewhere.
        """
        self._item_id = document.item_id
        self._section = profile.replaced.get("section", "section")
        self._inlines = InlineWriter(
            item_anchor(document.item_id),
            profile,
            picture_address,
            place_address,
            ConversionWarnings(document.item_id),
            # Where nothing has a direction, all that stands around runs from the left.
            right_to_left=document.right_to_left and profile.directions,
        )
        self.warnings = self._inlines.warnings
        self._writer = _BlockWriter(
            document.labels, document.language, profile, report, self._inlines, levels_above
        )

    @property
    def has_maths(self) -> bool:
        """Whether there is MathML in what was written so far."""
        return self._inlines.has_maths

    def runs(self, runs: Runs) -> str:
        """The content of an element."""
        return self._inlines.write(runs)

    def part(self, part: Part) -> str:
        """A part of the document with its heading, in a section of its own."""
        anchor = part_anchor(self._item_id, part.name)
        self.warnings.begin_part(part.name)
        return (
            f'<{self._section} id="{element_id(anchor)}" class="part {part.name}">'
            f"{self._writer.part_heading(part.heading)}{self.blocks(part.blocks)}</{self._section}>"
        )

    def blocks(self, blocks: Iterable[Block]) -> str:
        """Any blocks, one after the other."""
        return self._writer.write(blocks)


def part_anchor(item_id: str, part: str) -> str:
    """The name of a part's place within the file; no anchor of content has a blank."""
    return f"{item_anchor(item_id)} {part}"
