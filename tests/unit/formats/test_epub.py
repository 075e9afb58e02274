"""The EPUB export: its package, its files and where they lead."""

import io
import re
from datetime import UTC, datetime
from typing import Any
from zipfile import ZIP_STORED, ZipFile

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
from activities.model.content import Faq, Item
from activities.model.content_links import ContentLinks
from activities.model.options import PictureOptions, RenderOptions

NAMESPACES = {
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "h": "http://www.w3.org/1999/xhtml",
    "m": "http://www.w3.org/1998/Math/MathML",
}


class Epub:
    """A book, and XPath over its files."""

    def __init__(
        self,
        *items: Item,
        options: RenderOptions = EVERYTHING,
        chunks: int = 1,
        report: Recorder | None = None,
        skipped: int = 0,
    ) -> None:
        self.data, self.warnings = render(
            "epub", items, options, chunks=chunks, report=report, skipped=skipped
        )
        self.package = ZipFile(io.BytesIO(self.data))
        self.texts = [
            href
            for href in self.find("opf:manifest/opf:item[not(@properties='nav')]/@href")
            if href.endswith(".xhtml")
        ]

    def find(self, path: str, name: str = "package.opf") -> list[Any]:
        root = etree.fromstring(self.package.read(f"EPUB/{name}"))
        found = root.xpath(path, namespaces=NAMESPACES)
        assert isinstance(found, list)
        return found

    def everywhere(self, path: str) -> list[Any]:
        return [each for name in self.texts for each in self.find(path, name)]

    def property(self, name: str) -> list[str]:
        return self.find(f"opf:metadata/opf:meta[@property='{name}']/text()")


def test_the_kind_of_the_file_stands_at_its_beginning() -> None:
    book = Epub(full_item())

    first = book.package.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", ZIP_STORED, b"")
    assert book.data[38:58] == b"application/epub+zip"


def test_the_manifest_lists_every_file_and_the_spine_every_text() -> None:
    book = Epub(full_item(), arabic_item(), item("p", study_guide=f"![x]({data_url(png())})"))

    files = {name for name in book.package.namelist() if name.startswith("EPUB/")}
    assert {f"EPUB/{href}" for href in book.find("//opf:item/@href")} | {
        "EPUB/package.opf"
    } == files
    ids = book.find("//opf:item/@id")
    assert len(ids) == len(set(ids))
    texts = book.find("//opf:item[@media-type='application/xhtml+xml']/@id")
    assert book.find("//opf:itemref/@idref") == texts
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9]*", each) for each in ids)


def test_maths_is_declared_where_it_is_and_nowhere_else() -> None:
    book = Epub(full_item(), plain_item())

    declared = set(book.find("//opf:item[@properties='mathml']/@href"))
    assert declared == {name for name in book.texts if book.find("//m:math", name)}
    assert 0 < len(declared) < len(book.texts)


def test_items_with_maths_are_told_of_once_an_export() -> None:
    first = item("a", title="Energy", study_guide="$E=mc^2$", faqs=[Faq("What is $E$?", "$mc^2$")])
    book = Epub(first, item("b", study_guide="none"), item("c", title="$x$"), chunks=3)

    [warning] = [each for each in book.warnings if each.code == "maths-need-mathml-reader"]
    assert (warning.item_id, warning.count) == ("", 2)
    assert [place.item_id for place in warning.places] == ["a", "c"]
    assert warning.places[0].title == "Energy"


def test_labels_in_another_language_say_which_wherever_they_are_listed() -> None:
    book = Epub(full_item(), options=PictureOptions(language="de"))

    assert set(book.everywhere("//h:main/h:ul/h:li/@lang")) == {"de"}
    assert set(book.find("//h:nav/h:ol/h:li/h:ol/h:li/@lang", "nav.xhtml")) == {"de"}
    assert not book.find("//h:h2/@lang", "nav.xhtml")


def test_each_part_is_a_file_with_one_first_heading_and_its_languages() -> None:
    book = Epub(full_item(), arabic_item())

    for name in book.texts:
        assert len(book.find("//h:h1", name)) == 1
        [root] = book.find("/h:html", name)
        assert root.get("lang") == root.get("{http://www.w3.org/XML/1998/namespace}lang")
    assert book.find("//dc:language/text()") == ["en", "ar"]
    assert Epub(arabic_item()).find("opf:spine/@page-progression-direction") == ["rtl"]


def test_links_lead_to_places_in_the_files_that_they_name() -> None:
    guide = "# One\n\n[down](#two) [other](item:b)[^n]\n\n## Two\n\n[^n]: Note."
    faqs = [Faq("Where?", "See [one](#one), or [self](item:a).")]
    book = Epub(item("a", study_guide=guide, faqs=faqs), item("b", title="Second"))

    for name in [*book.texts, "nav.xhtml"]:
        for href in book.find("//h:a/@href", name):
            file, _, place = href.partition("#")
            ids = book.find("//@id", file or name)
            assert not place or place in ids, (name, href)
    assert sum(1 for each in book.everywhere("//h:main//h:a/@href") if "#" in each) >= 5


def test_a_link_to_an_item_that_was_left_out_is_text() -> None:
    report = Recorder(links=ContentLinks(frozenset({"a", "gone"})))
    book = Epub(item("a", study_guide="[to gone](item:gone)"), report=report, skipped=1)

    assert not book.everywhere("//h:section//h:a")
    assert [(w.code, w.item_id) for w in book.warnings] == [("link-target-missing", "a")]


def test_the_same_items_are_the_same_book_whatever_is_in_them() -> None:
    def identifier(*items: Item, report: Recorder | None = None) -> str:
        [text] = Epub(*items, report=report).find("opf:metadata/dc:identifier/text()")
        return str(text)

    edited = plain_item("a")
    assert identifier(item("a"), item("b")) == identifier(edited, item("b"))
    assert identifier(item("a")) != identifier(item("b"))
    other = Recorder()
    other.id_namespace = "another-service"
    assert identifier(item("a"), report=other) != identifier(item("a"))


def test_the_time_of_the_book_is_that_of_its_content() -> None:
    time = datetime(2024, 5, 6, 7, 8, 9, 999, tzinfo=UTC)

    assert Epub(item(updated_at=time)).property("dcterms:modified") == ["2024-05-06T07:08:09Z"]


def test_what_is_accessible_is_told_and_nothing_that_is_not() -> None:
    described = Epub(item(study_guide=f"![A leaf]({data_url(png())}) and $x$"))
    bare = Epub(item(study_guide=f"![]({data_url(png())})"))

    assert {"alternativeText", "MathML", "tableOfContents"} <= set(
        described.property("schema:accessibilityFeature")
    )
    assert described.property("schema:accessModeSufficient") == ["textual"]
    features = bare.property("schema:accessibilityFeature")
    assert not {"alternativeText", "MathML"} & set(features)
    assert bare.property("schema:accessModeSufficient") == ["textual,visual"]
    assert bare.property("schema:accessibilityHazard") == ["none"]


def test_a_picture_is_there_once_and_a_hostile_item_brings_no_address() -> None:
    guide = f"![One]({data_url(png())})\n\n![Again]({data_url(png())})"
    book = Epub(item("a", study_guide=guide), item("b", study_guide=guide), hostile_item())

    assert len([name for name in book.package.namelist() if name.endswith(".png")]) == 1
    addresses = book.everywhere("//@src|//@href")
    assert not [each for each in addresses if re.match("javascript|file|data|/", each)]
    assert not book.everywhere("//h:script|//@style|//h:iframe")


def test_the_file_does_not_depend_on_chunks() -> None:
    items = [full_item(), arabic_item(), plain_item()]

    assert Epub(*items, chunks=3).data == Epub(*items).data


def test_a_book_without_items_can_be_opened() -> None:
    book = Epub()

    assert book.find("//opf:itemref/@idref") == ["nav"]
    assert len(book.find("//h:nav//h:a", "nav.xhtml")) == 1
