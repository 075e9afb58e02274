"""Question banks and packages of questions, by readers of GIFT and QTI, and by strict ones of ours
for what Moodle's importer and the schemas of QTI say nothing of.
"""

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import msgspec
import pytest
from lxml import etree

from activities.model.content import Faq, Item
from tests.judges import moodle_xml, qti_package
from tests.judges.conformance import Conformance, Judge
from tests.judges.documents import CONTENTS, made
from tests.judges.tools import HERE, installed, npm_packages, npm_version, run

pytestmark = pytest.mark.judges

MOODLE: Final = Judge("checks of the project", "", "a question bank that Moodle takes whole")
QTI: Final = Judge("checks of the project", "", "a package of questions that receivers take (QTI)")
_CONTENTS: Final = [name for name in CONTENTS if "json" in CONTENTS[name].formats]
_PICTURE: Final = re.compile(r'<img[^>]* alt="([^"]*)"[^>]*/>|&#91;([^\]<]*)\]')
"""In a bank, or as GIFT describes it."""
_ANSWERS: Final = "//*[local-name()='qti-rubric-block' or local-name()='qti-modal-feedback']"
_ONLY_IN_3: Final = ("dir", "use")


def gift_reader() -> Judge:
    return Judge("gift-pegjs", npm_version("gift-pegjs"), "a text by the grammar of GIFT")


def converter() -> Judge:
    version = npm_version("@citolab/qti-convert")
    return Judge("qti-convert", version, "a package of QTI 2.1 that becomes ours of 3.0")


@cache
def items(content: str) -> tuple[Item, ...]:
    """The items of a content, each with its study guide as a question and an answer, too."""
    return tuple(map(_asked, CONTENTS[content].items()))


def _asked(item: Item) -> Item:
    guide = item.study_guide
    if not guide:
        return item
    question = Faq(guide, guide, "guide")
    if item.format_of("study_guide") == "html":
        return msgspec.structs.replace(item, faqs=[question])
    return msgspec.structs.replace(item, faqs=[*(item.faqs or ()), question])


def file(format_id: str, content: str, **options: Any) -> bytes:
    told = CONTENTS[content]
    return made(format_id, items(content), {**told.options, **options}, told.pictures)


@pytest.mark.parametrize("content", _CONTENTS)
def test_each_bank_is_taken_whole(content: str, conformance: Conformance) -> None:
    found = moodle_xml.read(file("moodle", content))
    assert found
    conformance.judged(MOODLE, "the banks of Moodle XML", len(found))


@pytest.mark.parametrize("content", _CONTENTS)
def test_each_text_of_gift_says_what_the_bank_says(
    content: str, tmp_path: Path, conformance: Conformance
) -> None:
    found = read_gift(file("moodle", content, moodle_layout="gift"), tmp_path)
    expected = list(_as_gift(moodle_xml.read(file("moodle", content))))
    conformance.judged(gift_reader(), "the banks of GIFT", len(found))
    assert found == expected


def read_gift(data: bytes, directory: Path) -> list[tuple[Any, ...]]:
    """Kind, id, name, question, and answer or fronts of each question."""
    path = directory / "bank.txt"
    path.write_bytes(data)
    done = run(
        [installed("node"), HERE / "gift.mjs", npm_packages() / "gift-pegjs", path], directory
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [
        (
            each["type"].lower(),
            each["id"],
            each["title"],
            _without_pictures(each["stem"]["text"]),
            _without_pictures(
                (each["globalFeedback"] or {}).get("text", "")
                + "".join(pair["subquestion"]["text"] for pair in each.get("matchPairs", ()))
            ),
        )
        for each in json.loads(done.stdout)
        if each["type"] != "Category"
    ]


def _as_gift(questions: list[moodle_xml.Question]) -> Iterator[tuple[Any, ...]]:
    for each in questions:
        answer = each.answer + "".join(front for front, _ in each.pairs)
        texts = map(_without_pictures, (each.asked, answer))
        yield each.kind, each.id, each.name, *texts


def _without_pictures(text: str) -> str:
    return _PICTURE.sub("", text)


@pytest.mark.parametrize("version", ["2.1", "3.0"])
@pytest.mark.parametrize("content", _CONTENTS)
def test_each_package_keeps_the_rules(content: str, version: str, conformance: Conformance) -> None:
    found = qti_package.read(file("qti", content, qti_version=version))
    assert found.questions
    conformance.judged(QTI, "the packages of both versions", len(found.questions))


@pytest.mark.parametrize("content", ["one item", "formulas", "pictures", "an attacker's item"])
def test_package_of_2_1_becomes_ours_of_3_0(
    content: str, tmp_path: Path, conformance: Conformance
) -> None:
    expected = signatures(file("qti", content, qti_version="3.0"))
    found = signatures(converted(file("qti", content), tmp_path))
    conformance.judged(converter(), "some of the packages", len(found))
    assert found == expected


def converted(data: bytes, directory: Path) -> bytes:
    """The package in version 3.0, as the converter makes it."""
    package = directory / "package.zip"
    package.write_bytes(data)
    program = npm_packages() / "@citolab" / "qti-convert" / "dist" / "qti-convert-pkg.mjs"
    done = run([installed("node"), program, package], directory)
    [made_of_it] = [path for path in directory.glob("*.zip") if path != package]
    assert done.returncode == 0, done.stderr[-2000:]
    return made_of_it.read_bytes()


def signatures(data: bytes) -> dict[str, list[tuple[str, ...]]]:
    """The elements of each file of questions, with their attributes and texts."""
    with ZipFile(io.BytesIO(data)) as archive:
        files: dict[str, Any] = {
            name: etree.fromstring(archive.read(name))
            for name in archive.namelist()
            if name.endswith(".xml") and name != "imsmanifest.xml"
        }
    for root in files.values():
        # The converter leaves pictures out of answers, and what holds nothing else.
        for answer in root.xpath(_ANSWERS):
            text = "".join(answer.itertext())
            answer[:] = []
            answer.text = text
    return {name: list(map(_signature, root.iter())) for name, root in files.items()}


def _signature(element: Any) -> tuple[str, ...]:
    attributes = sorted(
        f"{name}={value}"
        for name, value in element.attrib.items()
        if name not in _ONLY_IN_3 and "schemaLocation" not in name
    )
    return (str(element.tag), *attributes, "".join((element.text or "").split()))


def test_planted_faults_are_found(tmp_path: Path, conformance: Conformance) -> None:
    bank = file("moodle", "one item")
    with pytest.raises(moodle_xml.RefusedError):
        moodle_xml.read(bank.replace(b"<idnumber>", b"<idnumber>&#1;", 1))
    conformance.planted(MOODLE)

    gift = file("moodle", "formulas", moodle_layout="gift")
    expected = read_gift(gift, tmp_path)
    with pytest.raises(AssertionError):
        read_gift(gift.replace(b"\\{", b"{", 1), tmp_path)
    assert read_gift(gift.replace(b"// [id:", b"// [", 1), tmp_path) != expected
    conformance.planted(gift_reader())

    package = file("qti", "one item")
    damaged = _replaced(package, b"</itemBody>", b"<p>more</p></itemBody>")
    assert signatures(converted(damaged, tmp_path)) != signatures(
        file("qti", "one item", qti_version="3.0")
    )
    conformance.planted(converter())
    with pytest.raises(qti_package.RefusedError):
        qti_package.read(_replaced(package, b"<itemBody>", b"<itemBody><u>x</u>"))
    conformance.planted(QTI)


def _replaced(package: bytes, before: bytes, after: bytes) -> bytes:
    out = io.BytesIO()
    with ZipFile(io.BytesIO(package)) as archive, ZipFile(out, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name).replace(before, after))
    return out.getvalue()
