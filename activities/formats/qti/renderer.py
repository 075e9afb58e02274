"""QTI: a file for each question, and a test and a manifest that name them all."""

from collections.abc import Iterable
from typing import BinaryIO, Final

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.quality_page import quality_lines
from activities.formats.protocol import Export
from activities.formats.qti.declaration import QtiOptions
from activities.formats.qti.items import MEDIA, Lesson, render_item
from activities.formats.qti.package import (
    TEST,
    ListedQuestion,
    ListedSection,
    assessment_test,
    file_of,
    manifest,
)
from activities.formats.qti.vocabulary import VERSIONS
from activities.formats.shared.fragments import Fragments
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.formats.shared.stable_keys import ID_DIGITS, file_key
from activities.formats.shared.zip_package import Package
from activities.model.warnings import Report


def _write_file(
    lessons: Iterable[Lesson], export: Export[QtiOptions], out: BinaryIO, report: Report
) -> None:
    names = VERSIONS[export.options.qti_version]
    item_ids: list[str] = []
    sections: list[ListedSection] = []
    pictures = set[str]()
    title = close_bidi_controls(export.title)
    with Package(out, export.snapshot_time, report) as package:
        for lesson in lessons:
            report.check_cancelled()
            item_ids.append(lesson.item_id)
            for name, data in lesson.pictures.items():
                if name not in pictures:
                    pictures.add(name)
                    package.write(f"{MEDIA}{name}", data, packed=False)
            for section in lesson.sections:
                for question in section.questions:
                    package.write(file_of(question.id), question.xml)
            if lesson.sections:
                sections.append(_listed(lesson))
            if export.items_total == 1 and export.options.title is None:
                title = lesson.title
        told = quality_lines(export.below_quality, export.options)
        key = file_key(report.id_namespace, item_ids)[:ID_DIGITS]
        questions = [
            question
            for lesson in sections
            for section in lesson.sections
            for question in section.questions
        ]
        # A test has a section at least.
        listed = sections or [ListedSection(f"s_{key}", title)]
        package.write(TEST, assessment_test(names, f"t_{key}", title, listed))
        package.write("imsmanifest.xml", manifest(names, f"t_{key}", questions, told))


def _listed(lesson: Lesson) -> ListedSection:
    return ListedSection(
        lesson.id,
        lesson.title,
        sections=[
            ListedSection(
                section.id,
                section.title,
                [ListedQuestion(each.id, each.pictures) for each in section.questions],
            )
            for section in lesson.sections
        ],
    )


RENDERER: Final = ItemFragmentRenderer(Fragments(Lesson), render_item, _write_file)
