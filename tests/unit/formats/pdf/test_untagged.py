"""A PDF without tags: the same pages, links and bookmarks, and nothing of the structure."""

import io
import re
from dataclasses import dataclass

import pikepdf
import pypdf
import pytest

from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import full_item, plain_item, world_items
from tests.sample_items import difficult_items

ITEMS = [plain_item(), full_item(), *world_items(), *difficult_items()]
_MARKED = re.compile(r"B[MD]C|EMC")


@dataclass(frozen=True)
class Pair:
    """The same export with tags and without."""

    tagged: bytes
    untagged: bytes


@pytest.fixture(scope="module", params=["list", "cutout"])
def pair(request: pytest.FixtureRequest) -> Pair:
    cards = request.param
    tagged, _ = render("pdf", ITEMS, PdfOptions(cards=cards))
    untagged, _ = render("pdf", ITEMS, PdfOptions(cards=cards, tagged=False))
    return Pair(tagged, untagged)


def test_nothing_is_marked_but_characters_for_private_use(pair: Pair) -> None:
    pdf = pikepdf.open(io.BytesIO(pair.untagged))
    assert not {"/StructTreeRoot", "/MarkInfo"} & set(pdf.Root.keys())
    assert b"pdfuaid" not in pdf.Root.Metadata.read_bytes()
    for page in pdf.pages:
        assert "/StructParents" not in page
        depth = 0
        for instruction in pikepdf.parse_content_stream(page):
            operator = str(instruction.operator)
            if _MARKED.fullmatch(operator):
                if operator != "EMC":
                    assert str(instruction.operands[0]) == "/Span"
                depth += -1 if operator == "EMC" else 1
        assert depth == 0


def test_the_text_is_the_same(pair: Pair) -> None:
    tagged, untagged = (pypdf.PdfReader(io.BytesIO(data)) for data in (pair.tagged, pair.untagged))
    assert [page.extract_text() for page in untagged.pages] == [
        page.extract_text() for page in tagged.pages
    ]


def test_links_and_bookmarks_lead_to_the_same_places(pair: Pair) -> None:
    def places(data: bytes) -> tuple[list[str], list[str]]:
        pdf = pikepdf.open(io.BytesIO(data))
        number = {page.obj.objgen: index for index, page in enumerate(pdf.pages)}
        links = [
            f"{index} {list(link.Rect)} {link.get('/Dest')} {link.A.URI if '/A' in link else None}"
            for index, page in enumerate(pdf.pages)
            for link in page.get("/Annots", [])
        ]
        with pdf.open_outline() as outline:
            bookmarks = [
                f"{entry.title} {number[target[0].objgen]} {target[3]}"
                for entry in _all(outline.root)
                if isinstance(target := entry.destination, pikepdf.Array)
            ]
        return links, bookmarks

    found = places(pair.untagged)
    assert all(found)
    assert found == places(pair.tagged)


def _all(entries: list[pikepdf.OutlineItem]) -> list[pikepdf.OutlineItem]:
    return [each for entry in entries for each in (entry, *_all(entry.children))]


def test_the_file_is_smaller() -> None:
    items = [full_item(str(number)) for number in range(40)]
    tagged, _ = render("pdf", items)
    untagged, _ = render("pdf", items, PdfOptions(include_quality_metrics=True, tagged=False))
    assert len(untagged) < 0.85 * len(tagged)
