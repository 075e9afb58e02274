"""Question banks: categories for each item and its parts, with their questions.

A fragment has the questions of an item as they will be in the file; in which category these are is
known only with the title of the file.
"""

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import BinaryIO, Final

import msgspec

from activities.documents.quality_page import quality_lines
from activities.formats.moodle.bank import Question, Text, bank_of
from activities.formats.moodle.declaration import MoodleOptions
from activities.formats.moodle.gift import GIFT
from activities.formats.moodle.layout import Layout
from activities.formats.moodle.moodle_xml import MOODLE_XML
from activities.formats.moodle.names import category_path
from activities.formats.protocol import Export
from activities.formats.shared.fragments import Fragments
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.model.content import Item
from activities.model.warnings import ExportWarning, Report

_LAYOUTS: Final = MappingProxyType({"xml": MOODLE_XML, "gift": GIFT})
_PICTURE_BYTES_MAX: Final = 10 * 1024**2
"""Bytes of pictures with which an import surely ends well."""
_ADDS: Final = ExportWarning(
    "reimport-adds",
    "Moodle updates no question: a second import of this content adds all of its questions again, "
    "in categories that name its version.",
)
_LARGE: Final = ExportWarning(
    "pictures-large",
    "The file holds more than 10 MB of pictures, with which an import into Moodle may end without "
    "a message: export fewer items at once.",
)


class _Written(msgspec.Struct, frozen=True, gc=False):
    """An item as it is in the file."""

    name: str
    categories: list[tuple[str, bytes]]
    """The name and the questions of each part."""
    picture_bytes: int


def _render_item(item: Item, options: MoodleOptions, report: Report) -> _Written:
    layout = _layout(options)
    bank = bank_of(item, options, report)
    return _Written(
        name=bank.name,
        categories=[
            (name, "".join(map(layout.question, questions)).encode("utf-8", "replace"))
            for name, questions in bank.categories
        ],
        picture_bytes=sum(
            len(data)
            for category in bank.categories
            for question in category.questions
            for text in _texts(question)
            for data in text.pictures.values()
        ),
    )


def _texts(question: Question) -> Iterable[Text]:
    yield question.asked
    if question.answer:
        yield question.answer
    for pair in question.pairs:
        yield pair.front


def _write_file(
    items: Iterable[_Written], export: Export[MoodleOptions], out: BinaryIO, report: Report
) -> None:
    layout = _layout(export.options)
    course = [] if export.items_total == 1 else [export.title]
    has_questions, picture_bytes = False, 0
    out.write(layout.start.encode())
    if told := quality_lines(export.below_quality, export.options):
        _write_category([export.title], layout, out, told)
    for item in items:
        report.check_cancelled()
        picture_bytes += item.picture_bytes
        for name, questions in item.categories:
            has_questions = True
            _write_category([*course, item.name, name], layout, out)
            out.write(questions)
    if not has_questions:
        # Moodle dies of a file without anything.
        _write_category([export.title], layout, out)
    out.write(layout.end.encode())
    if has_questions:
        report.warn(_ADDS)
    if picture_bytes > _PICTURE_BYTES_MAX:
        report.warn(_LARGE)


def _write_category(
    names: list[str], layout: Layout, out: BinaryIO, told: Sequence[str] = ()
) -> None:
    out.write(layout.category(category_path(names), told).encode("utf-8", "replace"))


def _layout(options: MoodleOptions) -> Layout:
    return _LAYOUTS[options.moodle_layout]


RENDERER: Final = ItemFragmentRenderer(Fragments(_Written), _render_item, _write_file)
