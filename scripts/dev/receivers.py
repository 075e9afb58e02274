"""What learning systems show of packages and question banks: the files' own words, framed plainly.

Each function unpacks or reads a file and writes pages beside it.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from lxml import etree

from scripts.dev.frames import drawn, framed
from scripts.dev.screens import unpacked

_CARTRIDGE = {
    "cc": "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1",
    "lom": "http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest",
    "qti": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2",
}
_TEST = {"qti": "http://www.imsglobal.org/xsd/imsqti_v2p1"}
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_BETWEEN_CATEGORIES = re.compile(r"(?<!/)/(?!/)")
_REPLY = '<div class="reply"></div>'


def course_pages(cartridge: Path, directory: Path) -> list[Path]:
    """The modules of a Common Cartridge, its first page, and its first quiz."""
    folder = unpacked(cartridge, directory / "course")
    manifest = etree.parse(str(folder / "imsmanifest.xml")).getroot()
    title = manifest.findtext(".//lom:title/lom:string", namespaces=_CARTRIDGE) or ""
    kinds = {
        resource.get("identifier", ""): (resource.get("type", ""), file.get("href", ""))
        for resource in manifest.iterfind(".//cc:resource", _CARTRIDGE)
        for file in resource.iterfind("cc:file", _CARTRIDGE)
    }
    modules: list[str] = []
    places = {"Page": "", "Quiz": ""}
    for module in manifest.iterfind(".//cc:organization/cc:item/cc:item", _CARTRIDGE):
        modules.append(f'<h3 dir="auto">{_titled(module)}</h3>')
        for entry in module.iterfind("cc:item", _CARTRIDGE):
            type_of, href = kinds[entry.get("identifierref", "")]
            kind = "Quiz" if type_of.endswith("/assessment") else "Page"
            places[kind] = places[kind] or href
            modules.append(_row(_titled(entry), kind))
    bank = [href for type_of, href in kinds.values() if type_of.endswith("/question-bank")]
    modules += [_row(f"{len(_questions(folder / href))} questions", "Bank") for href in bank]
    found = _BODY.search((folder / places["Page"]).read_text())
    assert found
    page = found[1].replace("$IMS-CC-FILEBASE$/", "")
    quiz = "".join(_questions(folder / places["Quiz"]))
    pages = folder / "web_resources"
    return [
        framed(pages / "modules.html", title, "Modules", "".join(modules)),
        framed(pages / "page.html", title, "Page", drawn(page)),
        framed(pages / "quiz.html", title, "Quiz", drawn(quiz)),
    ]


def _questions(file: Path) -> list[str]:
    items = etree.parse(str(file)).getroot().iterfind(".//qti:item", _CARTRIDGE)
    return [
        _asked(
            item.get("title", ""),
            (item.findtext(".//qti:presentation//qti:mattext", "", _CARTRIDGE)) + _REPLY,
        )
        for item in items
    ]


def bank_pages(bank: Path, directory: Path) -> list[Path]:
    """A question bank of Moodle: a list, what is matched, and essays as graders see them."""
    listed: list[str] = []
    examples: dict[str, list[etree._Element]] = {}
    title = ""
    for question in etree.parse(str(bank)).getroot().iterfind("question"):
        kind = question.get("type", "")
        if kind == "category":
            path = question.findtext("category/text", "")
            _, _, title, *below = _BETWEEN_CATEGORIES.split(path)
            listed.append(f'<h4 dir="auto">{escape(" › ".join(below))}</h4>')
            continue
        listed.append(_row(escape(question.findtext("name/text", "")), kind))
        examples.setdefault(kind, []).append(question)
    matching = "".join(_matching(question) for question in examples["matching"])
    essays = "".join(_essay(question) for question in examples["essay"])
    return [
        framed(directory / "bank.html", title, "Question bank", "".join(listed)),
        framed(directory / "matching.html", title, "Matching, as learners see it", drawn(matching)),
        framed(directory / "essay.html", title, "Essays, as graders see them", drawn(essays)),
    ]


def _matching(question: etree._Element) -> str:
    pairs = [
        f'<div class="match">{pair.findtext("text", "")}<select><option>Choose …</select></div>'
        for pair in question.iterfind("subquestion")
    ]
    backs = [escape(text) for text in sorted(_texts(question, "subquestion/answer/text"))]
    choices = "".join(f"<li>{back}</li>" for back in backs)
    asked = question.findtext("questiontext/text", "") + "".join(pairs)
    told = f'<p class="name">To choose from:</p><ul>{choices}</ul>'
    return _asked(question.findtext("name/text", ""), asked + told)


def _essay(question: etree._Element) -> str:
    told = question.findtext("graderinfo/text", "")
    asked = question.findtext("questiontext/text", "") + _REPLY
    return _asked(
        question.findtext("name/text", ""), f'{asked}<div class="scorer">For graders: {told}</div>'
    )


def _texts(element: etree._Element, path: str) -> Iterator[str]:
    return (found.text or "" for found in element.iterfind(path))


def assessment_pages(package: Path, directory: Path) -> list[Path]:
    """A test of QTI 2.1: its sections, and its first ones to learners and to scorers."""
    folder = unpacked(package, directory / "test")
    test = etree.parse(str(folder / "test.xml")).getroot()
    title = test.get("title", "")
    sections: list[str] = []
    shown: list[list[Path]] = []
    for unit in test.iterfind("qti:testPart/qti:assessmentSection", _TEST):
        sections.append(f'<h3 dir="auto">{escape(unit.get("title", ""))}</h3>')
        for section in unit.iterfind("qti:assessmentSection", _TEST):
            references = section.findall("qti:assessmentItemRef", _TEST)
            count = "1 question" if len(references) == 1 else f"{len(references)} questions"
            sections.append(_row(escape(section.get("title", "")), count))
            shown.append([folder / reference.get("href", "") for reference in references])
    learners = "".join(_interaction(file, scored=False) for file in shown[2])
    scorers = "".join(_interaction(file, scored=True) for file in shown[1])
    return [
        framed(folder / "sections.html", title, "Sections of the test", "".join(sections)),
        framed(folder / "learner.html", title, "Questions, as learners see them", learners),
        framed(folder / "scorer.html", title, "Questions, as scorers see them", scorers),
    ]


def _interaction(file: Path, *, scored: bool) -> str:
    """A question of QTI: its body, with boxes for what is written."""
    item = etree.parse(str(file)).getroot()
    asked = ""
    for element in item.iterfind("qti:itemBody/*", _TEST):
        kind = etree.QName(element).localname
        if kind == "extendedTextInteraction":
            asked += _REPLY
        elif kind == "rubricBlock":
            asked += f'<div class="scorer">For scorers: {_html(element)}</div>' if scored else ""
        else:
            asked += _html(element)
    return _asked(item.get("title", ""), asked)


def _html(element: etree._Element) -> str:
    """Elements of QTI, whose names are those of HTML."""
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    return text.replace(f' xmlns="{_TEST["qti"]}"', "")


def _asked(name: str, body: str) -> str:
    return f'<div class="asked"><div class="name" dir="auto">{escape(name)}</div>{body}</div>'


def _row(title: str, kind: str) -> str:
    return (
        f'<div class="row"><b dir="auto">{title}</b><span class="kind">{escape(kind)}</span></div>'
    )


def _titled(entry: etree._Element) -> str:
    return escape(entry.findtext("cc:title", "", _CARTRIDGE))
