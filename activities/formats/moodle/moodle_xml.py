"""Questions as Moodle XML.

Its reader dies of much that is well-formed, so all markup is in CDATA, no answer to match is empty
and no file name is other than ours. https://docs.moodle.org/en/Moodle_XML_format describes it.
"""

import base64
from collections.abc import Sequence
from typing import Final

from activities.formats.moodle.bank import Pair, Question, Text
from activities.formats.moodle.layout import Layout
from activities.formats.shared.xml_escaping import xml_text

_EMPTY: Final = Text("", {})
_ANSWER_LINES: Final = 10
_OF_ESSAYS: Final = (
    "  <responseformat>editor</responseformat>\n"
    "  <responserequired>1</responserequired>\n"
    f"  <responsefieldlines>{_ANSWER_LINES}</responsefieldlines>\n"
    "  <attachments>0</attachments>\n"
    "  <attachmentsrequired>0</attachmentsrequired>\n"
)


def _category(path: str, told: Sequence[str]) -> str:
    lines = _cdata("<br/>".join(map(xml_text, told)))
    info = f'  <info format="html"><text>{lines}</text></info>\n' if told else ""
    return (
        '<question type="category">\n'
        f"  <category><text>{xml_text(path)}</text></category>\n"
        f"{info}"
        "</question>\n"
    )


def _question(question: Question) -> str:
    """An essay, or a matching question where there are pairs."""
    kind = "matching" if question.pairs else "essay"
    answered = _matching(question) if question.pairs else _essay(question)
    grade = max(len(question.pairs), 1)
    tags = "".join(f"<tag><text>{xml_text(tag)}</text></tag>" for tag in question.tags)
    return (
        f'<question type="{kind}">\n'
        f"  <name><text>{xml_text(question.name)}</text></name>\n"
        f"  {_element('questiontext', question.asked)}\n"
        f"  {_element('generalfeedback', _EMPTY)}\n"
        f"  <defaultgrade>{grade}</defaultgrade>\n"
        "  <penalty>0</penalty>\n"
        "  <hidden>0</hidden>\n"
        f"  <idnumber>{question.id}</idnumber>\n"
        f"{answered}"
        f"{f'  <tags>{tags}</tags>{chr(10)}' if tags else ''}"
        "</question>\n"
    )


def _essay(question: Question) -> str:
    return (
        f"{_OF_ESSAYS}"
        f"  {_element('graderinfo', question.answer or _EMPTY)}\n"
        f"  {_element('responsetemplate', _EMPTY)}\n"
    )


def _matching(question: Question) -> str:
    pairs = "".join(map(_pair, question.pairs))
    return f"  <shuffleanswers>true</shuffleanswers>\n{pairs}"


def _pair(pair: Pair) -> str:
    answer = f"<answer><text>{xml_text(pair.back)}</text></answer>"
    return f"  {_element('subquestion', pair.front, answer)}\n"


def _element(name: str, text: Text, more: str = "") -> str:
    files = "".join(
        f'<file name="{picture}" path="/" encoding="base64">{base64.b64encode(data).decode()}'
        "</file>"
        for picture, data in text.pictures.items()
    )
    return f'<{name} format="html"><text>{_cdata(text.xhtml)}</text>{files}{more}</{name}>'


def _cdata(xhtml: str) -> str:
    # What ends a section of CDATA is divided between two.
    inside = xhtml.replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{inside}]]>" if inside else ""


MOODLE_XML: Final = Layout(
    start='<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n',
    category=_category,
    question=_question,
    end="</quiz>\n",
)
