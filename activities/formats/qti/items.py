"""Open questions as items of QTI.

An item has one interaction and neither a correct response nor rules for its processing: receivers
make a question of exact words of one, or pass over items with the other. The model answer is for
scorers, and is feedback, which some receivers keep as a comment.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from activities.documents.build import build
from activities.documents.model import Block, Document, Paragraph, Part, Run
from activities.documents.plain import plain_runs
from activities.formats.qti.declaration import QtiOptions
from activities.formats.qti.vocabulary import VERSIONS, XML_START, Vocabulary
from activities.formats.shared.records import Record, line_of, records_of
from activities.formats.shared.stable_keys import ID_DIGITS, item_key, part_key
from activities.formats.shared.xhtml.blocks import XhtmlWriter
from activities.formats.shared.xhtml.pictures import PictureFiles
from activities.formats.shared.xhtml.places import nowhere
from activities.formats.shared.xhtml.units import line_of_title
from activities.model.content import Item
from activities.model.warnings import Report

MEDIA: Final = "media/"
_ANSWER_LINES: Final = "10"
_NOTHING: Final = (Paragraph((Run("…"),)),)
"""Stands for a question without a text."""
_RESPONSE, _FEEDBACK, _ALWAYS = "RESPONSE", "FEEDBACK", "general_fb"


class Question(msgspec.Struct, frozen=True, gc=False):
    """An item of QTI, and the names of the pictures in it."""

    id: str
    xml: bytes
    pictures: tuple[str, ...]


class Section(msgspec.Struct, frozen=True, gc=False):
    """The questions of a part."""

    id: str
    title: str
    questions: tuple[Question, ...]


class Lesson(msgspec.Struct, frozen=True, gc=False):
    """An item of content with the questions in it."""

    item_id: str
    id: str
    title: str
    sections: tuple[Section, ...]
    pictures: dict[str, bytes]
    """Data by the name of the file."""


def render_item(item: Item, options: QtiOptions, report: Report) -> Lesson:
    """The questions of an item of content. What QTI cannot hold goes to the report."""
    document = build(item, options, report)
    writer = _ItemWriter(document, VERSIONS[options.qti_version], report)
    namespace = report.id_namespace
    sections = tuple(
        Section(
            id=f"s_{part_key(namespace, item, part.name)[:ID_DIGITS]}",
            title=plain_runs(part.heading.runs),
            questions=writer.questions(part, records_of(part, item, namespace)),
        )
        for part in document.parts
    )
    writer.warnings.flush(report, document.title.runs)
    return Lesson(
        item_id=item.id,
        id=f"s_{item_key(namespace, item)[:ID_DIGITS]}",
        title=line_of_title(document),
        sections=sections,
        pictures=writer.pictures,
    )


class _ItemWriter:
    def __init__(self, document: Document, names: Vocabulary, report: Report) -> None:
        self._document = document
        self._names = names
        self._report = report
        self._files = PictureFiles(MEDIA)
        self._writer = XhtmlWriter(document, names.profile, report, self._files, nowhere)
        self.warnings = self._writer.warnings
        self.pictures: dict[str, bytes] = {}

    def questions(self, part: Part, records: Sequence[Record]) -> tuple[Question, ...]:
        self.warnings.begin_part(part.name)
        return tuple(map(self._question, records))

    def _question(self, record: Record) -> Question:
        self._report.check_cancelled()
        self.warnings.begin_record(self._document.labels, record.number)
        self._files.files = {}
        question_id = f"q_{record.key[:ID_DIGITS]}"
        asked = self._text(record.asked or _NOTHING)
        answer = self._text(record.answer) if record.answer else None
        title = f"{record.number}. {line_of(record)}"
        xml = XML_START + self._item(question_id, title, asked, answer) + "\n"
        self.pictures |= self._files.files
        return Question(question_id, xml.encode("utf-8", "replace"), tuple(self._files.files))

    def _item(self, question_id: str, title: str, asked: str, answer: str | None) -> str:
        element = self._names.element
        declared = element("responseDeclaration", "", _declared(_RESPONSE, "string"))
        score = {**_declared("SCORE", "float"), **self._names.of_scores}
        declared += element("outcomeDeclaration", "", score)
        interaction = element(
            "extendedTextInteraction",
            "",
            {"responseIdentifier": _RESPONSE, "expectedLines": _ANSWER_LINES},
        )
        body, feedback = f"{asked}{interaction}", ""
        if answer is not None:
            declared += element("outcomeDeclaration", "", _declared(_FEEDBACK, "identifier"))
            body += self._names.text("rubricBlock", answer, self._names.of_rubrics)
            feedback = self._names.text(
                "modalFeedback",
                answer,
                {"outcomeIdentifier": _FEEDBACK, "identifier": _ALWAYS, "showHide": "show"},
            )
        return element(
            "assessmentItem",
            f"\n{declared}\n{element('itemBody', body)}\n{feedback}",
            {
                "xmlns": self._names.namespace,
                "identifier": question_id,
                "title": title,
                "adaptive": "false",
                "timeDependent": "false",
                "xml:lang": self._document.language,
            },
        )

    def _text(self, blocks: Sequence[Block]) -> str:
        from_right = self._document.right_to_left and self._names.profile.directions
        direction = ' dir="rtl"' if from_right else ""
        return f"<div{direction}>{self._writer.blocks(blocks)}</div>"


def _declared(name: str, base_type: str) -> dict[str, str]:
    return {"identifier": name, "cardinality": "single", "baseType": base_type}
