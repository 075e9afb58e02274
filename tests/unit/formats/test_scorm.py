"""The SCORM package: its manifest, its page, and the one script that may run there."""

import base64
import hashlib
import io
import re
from typing import Any
from zipfile import ZipFile

from lxml import etree

from activities.formats.testing import EVERYTHING, Recorder, render
from activities.formats.testing.items import (
    arabic_item,
    data_url,
    full_item,
    hostile_item,
    item,
    plain_item,
    png,
)
from activities.model.content import Faq, Flashcard, Item, ReadingQuestion
from activities.model.options import RenderOptions

PICTURED = item("p", study_guide=f"![One]({data_url(png())})\n\n![Again]({data_url(png())})")


class Scorm:
    """A package, and XPath over its page and, without namespaces, its manifest."""

    def __init__(
        self,
        *items: Item,
        options: RenderOptions = EVERYTHING,
        chunks: int = 1,
        report: Recorder | None = None,
    ) -> None:
        self.data, self.warnings = render("scorm", items, options, chunks, report)
        self.package = ZipFile(io.BytesIO(self.data))
        self.text = self.package.read("index.html").decode()
        self.manifest = etree.fromstring(self.package.read("imsmanifest.xml"))
        for element in self.manifest.iter():
            element.tag = etree.QName(element).localname

    def all(self, path: str) -> list[Any]:
        # What a script holds is no XML.
        page = re.sub(r"<script>.*?</script>", "<script/>", self.text, flags=re.DOTALL)
        found = etree.fromstring(page.partition("\n")[2]).xpath(path)
        assert isinstance(found, list)
        return found

    def declared(self, path: str) -> list[Any]:
        found = self.manifest.xpath(path)
        assert isinstance(found, list)
        return found


def test_one_activity_has_all_files_and_its_own_title() -> None:
    package = Scorm(full_item(), PICTURED, options=RenderOptions(title="A course"))

    assert set(package.declared("//file/@href")) == {*package.package.namelist()} - {
        "imsmanifest.xml"
    }
    [activity] = package.declared("//organization/item")
    assert activity.findtext("title") == "A course"
    [resource] = package.declared("//resource")
    assert activity.get("identifierref") == resource.get("identifier")
    assert resource.get("{http://www.adlnet.org/xsd/adlcp_rootv1p2}scormtype") == "sco"
    assert resource.get("href") == "index.html"
    assert Scorm(full_item()).declared("//organization/title/text()") == [
        "Photosynthesis, in depth"
    ]


def test_a_long_title_is_as_long_as_the_schema_allows() -> None:
    [title] = Scorm(item(title="word " * 60)).declared("//item/title/text()")

    assert len(title) <= 200
    assert title.endswith("word…")


def test_the_page_lets_run_its_own_script_and_no_other() -> None:
    package = Scorm(full_item(), hostile_item())

    [script] = re.findall(r"<script>(.*?)</script>", package.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [policy] = package.all("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert f"script-src 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy
    assert policy.count("unsafe") == 1  # of styles
    assert not package.all("//iframe|//object|//link|//form|//base|//@onload|//@onerror")
    assert all(re.match("https?://|mailto:|#", link) for link in package.all("//a/@href"))


def test_a_picture_is_a_file_and_there_once() -> None:
    package = Scorm(PICTURED, item("q", study_guide=PICTURED.study_guide))

    [name] = [name for name in package.package.namelist() if name.endswith(".png")]
    assert package.all("//img/@src") == [name] * 4


def test_the_learners_edition_answers_nothing() -> None:
    each = item(
        faqs=[Faq("Why?", "Zebra")],
        flashcards=[Flashcard("Front", "Zebra")],
        reading_guide_questions=[ReadingQuestion("Where?", "Zebra")],
    )
    package = Scorm(each, options=RenderOptions(answers="none"))

    assert "Zebra" not in package.text
    assert "Zebra" in Scorm(each).text


def test_the_same_items_are_the_same_activity_whatever_is_in_them() -> None:
    other = Recorder()
    other.id_namespace = "another-service"
    identifiers = [
        set(package.declared("//@identifier"))
        for package in (Scorm(item("a")), Scorm(plain_item("a")), Scorm(item("a"), report=other))
    ]

    assert identifiers[0] == identifiers[1]
    assert not identifiers[0] & identifiers[2]
    assert all(re.fullmatch("[a-z]_[0-9a-f]{20}", each) for each in identifiers[0])


def test_the_file_does_not_depend_on_chunks() -> None:
    items = [full_item(), arabic_item(), PICTURED]

    assert Scorm(*items, chunks=3).data == Scorm(*items).data
