"""What holds the questions of a package together: its test, and its manifest."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from activities.formats.qti.items import MEDIA
from activities.formats.qti.vocabulary import XML_START, Vocabulary
from activities.formats.shared.xml_escaping import xml_attribute, xml_text

TEST: Final = "test.xml"
_LOM: Final = "http://ltsc.ieee.org/xsd/LOM"


class ListedQuestion(msgspec.Struct, frozen=True, gc=False):
    """A question that is in the package already."""

    id: str
    pictures: tuple[str, ...]

    @property
    def file(self) -> str:
        """The name of its file."""
        return file_of(self.id)


class ListedSection(msgspec.Struct, frozen=True, gc=False):
    """Questions under a title, or sections."""

    id: str
    title: str
    questions: Sequence[ListedQuestion] = ()
    sections: Sequence["ListedSection"] = ()


def file_of(question_id: str) -> str:
    """The file of a question.

    It is beside the manifest, so that addresses of pictures are right from either.
    """
    return f"{question_id}.xml"


def assessment_test(
    names: Vocabulary, test_id: str, title: str, sections: Iterable[ListedSection]
) -> str:
    """The test, which asks all questions in order."""
    part = names.element(
        "testPart",
        "".join(_section(names, section) for section in sections),
        {"identifier": "part", "navigationMode": "nonlinear", "submissionMode": "simultaneous"},
    )
    attributes = {"xmlns": names.namespace, "identifier": test_id, "title": title}
    return f"{XML_START}{names.element('assessmentTest', part, attributes)}\n"


def _section(names: Vocabulary, section: ListedSection) -> str:
    within = "".join(_section(names, each) for each in section.sections)
    within += "".join(
        names.element("assessmentItemRef", "", {"identifier": each.id, "href": each.file}) + "\n"
        for each in section.questions
    )
    return names.element(
        "assessmentSection",
        within,
        {"identifier": section.id, "title": section.title, "visible": "true"},
    )


def manifest(
    names: Vocabulary, test_id: str, questions: Sequence[ListedQuestion], told: Sequence[str]
) -> str:
    """`imsmanifest.xml`: what the package holds, and what belongs to what.

    Args:
        names: those of the version.
        test_id: the id of the test.
        questions: all questions.
        told: lines that describe the package.
    """
    described = _described(told) if told else ""
    dependencies = "".join(f'<dependency identifierref="{each.id}"/>' for each in questions)
    resources = [_resource(names, "test", test_id, TEST, dependencies)]
    for question in questions:
        pictures = "".join(f'<file href="{MEDIA}{name}"/>' for name in question.pictures)
        resources.append(_resource(names, "item", question.id, question.file, pictures))
    return (
        f'{XML_START}<manifest xmlns="{names.package_namespace}"'
        # Canvas knows the version by this one.
        f' xmlns:imsqti="{names.namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{names.package_schemas}" identifier="m_{test_id}">\n'
        f"<metadata><schema>{names.schema}</schema>"
        f"<schemaversion>{names.schema_version}</schemaversion>{described}</metadata>\n"
        f"<organizations/>\n<resources>\n{''.join(resources)}</resources>\n</manifest>\n"
    )


def _described(told: Sequence[str]) -> str:
    """A description (IEEE LOM, 1.4)."""
    text = xml_text("\n".join(told))
    return (
        f'<lom xmlns="{_LOM}"><general><description><string>{text}</string></description></general>'
        "</lom>"
    )


def _resource(names: Vocabulary, kind: str, resource_id: str, file: str, more: str) -> str:
    return (
        f'<resource identifier="{resource_id}" type="{names.resource_type.format(kind)}"'
        f' href="{xml_attribute(file)}"><file href="{xml_attribute(file)}"/>{more}</resource>\n'
    )
