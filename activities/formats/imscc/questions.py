"""Questions as QTI 1.2.1 in the profile of Common Cartridge: essays, in a quiz or a bank.

An answer is feedback and never a `solution`, which some systems show beside the question.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from activities.formats.shared.xml_escaping import xml_attribute, xml_text

_START: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.imsglobal.org/xsd/ims_qtiasiv1p2'
    ' http://www.imsglobal.org/profile/cc/ccv1p1/ccv1p1_qtiasiv1p2p1_v1p0.xsd">\n'
)
_END: Final = "</questestinterop>\n"
_FEEDBACK: Final = "general_fb"
_ESSAY: Final = MappingProxyType(
    {
        "cc_profile": "cc.essay.v0p1",
        "qmd_scoringpermitted": "Yes",
        "qmd_computerscored": "No",
    }
)
_EXAMINATION: Final = MappingProxyType(
    {
        "cc_profile": "cc.exam.v0p1",
        "qmd_assessmenttype": "Examination",
        "qmd_scoretype": "Percentage",
    }
)
_SHOW_FEEDBACK: Final = (
    '<resprocessing><outcomes><decvar varname="SCORE" vartype="Decimal" minvalue="0"'
    ' maxvalue="100"/></outcomes><respcondition continue="Yes"><conditionvar><other/>'
    f'</conditionvar><displayfeedback feedbacktype="Response" linkrefid="{_FEEDBACK}"/>'
    "</respcondition></resprocessing>\n"
)
BANK_END: Final = f"</objectbank>\n{_END}".encode()


class Question(msgspec.Struct, frozen=True, gc=False):
    """An open question."""

    id: str
    title: str
    asked: str
    """XHTML, as the answer."""
    answer: str | None


def quiz(quiz_id: str, title: str, questions: Iterable[Question]) -> bytes:
    """A quiz of some questions, of which there has to be one."""
    items = "".join(map(essay, questions))
    return (
        f'{_START}<assessment ident="{quiz_id}" title="{xml_attribute(title)}">\n'
        f'{_metadata(_EXAMINATION)}<section ident="root_section">\n{items}</section>\n'
        f"</assessment>\n{_END}"
    ).encode()


def bank_start(bank_id: str) -> bytes:
    """The file of the bank up to its first question."""
    return f'{_START}<objectbank ident="{bank_id}">\n'.encode()


def essay(question: Question) -> str:
    """A question of a quiz or the bank."""
    feedback = ""
    if question.answer is not None:
        feedback = (
            f'{_SHOW_FEEDBACK}<itemfeedback ident="{_FEEDBACK}"><flow_mat>'
            f"{_material(question.answer)}</flow_mat></itemfeedback>\n"
        )
    return (
        f'<item ident="{question.id}" title="{xml_attribute(question.title)}">\n'
        f"<itemmetadata>{_metadata(_ESSAY)}</itemmetadata>\n"
        f"<presentation>{_material(question.asked)}"
        '<response_str ident="response" rcardinality="Single"><render_fib>'
        '<response_label ident="answer" rshuffle="No"/></render_fib></response_str>'
        f"</presentation>\n{feedback}</item>\n"
    )


def _material(xhtml: str) -> str:
    """A text, whose markup a receiver reads once it has read the XML."""
    return f'<material><mattext texttype="text/html">{xml_text(xhtml)}</mattext></material>'


def _metadata(fields: Mapping[str, str]) -> str:
    listed = "".join(
        f"<qtimetadatafield><fieldlabel>{label}</fieldlabel><fieldentry>{entry}</fieldentry>"
        "</qtimetadatafield>"
        for label, entry in fields.items()
    )
    return f"<qtimetadata>{listed}</qtimetadata>"
