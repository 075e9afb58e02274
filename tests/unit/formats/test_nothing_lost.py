"""Whatever a source says is in the file, or the job has a warning for it: in every format."""

import io
import re
from collections.abc import Iterator
from typing import Final
from unicodedata import category
from urllib.parse import unquote, urljoin
from zipfile import ZipFile

import msgspec
import pikepdf
import pytest
from lxml import etree

from activities.formats.testing import render
from activities.formats.testing.items import item
from activities.model.catalog import catalog, formats
from activities.model.content import Faq, Flashcard, Outline, Section
from activities.model.warnings import ExportWarning
from tests.corpus import corpus, words
from tests.corpus.corpus import Page, examples, pages
from tests.corpus.lost_examples import lose_last_paragraphs, lost_words

FORMATS: Final = ("csv", "docx", "epub", "html", "imscc", "markdown", "pdf", "scorm", "txt", "xlsx")
AS_WRITTEN: Final = ("json", "jsonl")
CARDS_ALONE: Final = ("anki", "tsv")
QUESTIONS_ALONE: Final = ("moodle", "qti")
_SAMPLE_PAGES = (0, 4)
"""Of each kind, in the everyday run: one in Latin script and one in another or in Spanish."""
_SAMPLE_EXAMPLES = 5
"""In the everyday run one of so many."""

_READ_OTHERWISE: Final = {
    645: "a comment, by CommonMark since 0.31",
    646: "likewise",
    653: "HTML is read through a list of elements, so no tag needs to be shown",
}
"""Examples that are not read as the specification has them."""

EXPLAINED: Final[dict[str, set[str]]] = {
    "canvas/03-photographie": {"embedded-as-link"},
    "github/02-wiki-git-basics": {"diagram-as-source"},
    "moodle/04-volcanes": {"html-removed"},
    "moodle/10-statistics-quiz": {"link-removed"},
    "obsidian/01-cell-biology": {"front-matter-left-out"},
}
"""The warnings that pages have to have, in every format; the others have none."""

OF_FORMATS: Final[dict[str, set[str]]] = {"epub": {"maths-need-mathml-reader"}}
"""The warnings that a format may have of any page."""

_MARK = re.compile(
    r"\*\*|</?[a-z]+[ >]|\\[\[(]|\[!\w|\| ?:?---|^:::|&[a-z]+;|```|=\d+x\d+|\]\("
    r"|(?<!=)==(?!=)",
    re.MULTILINE,
)
_WORD_NAMESPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


_PAGES: Final = [
    pytest.param(
        page, id=page.name, marks=[] if place % 10 in _SAMPLE_PAGES else pytest.mark.corpus
    )
    for place, page in enumerate(pages())
]


@pytest.mark.parametrize("format_id", FORMATS)
def test_no_control_character_reaches_a_reader(format_id: str) -> None:
    controls = "".join(map(chr, [*range(10), *range(14, 32), *range(127, 160)]))
    text = f"first{controls}last"
    data, warnings = render(
        format_id,
        [
            item(
                title=text,
                outline=Outline(text, [Section(text, text, [text], [text])]),
                study_guide=f"# {text}\n\n{text} `{text}`\n\n| {text} |\n|---|\n\n```\n{text}\n```",
                faqs=[Faq(text, f"<p title='{text}'>{text}")],
                flashcards=[Flashcard(text, f"[{text}](https://example.org '{text}')", "", [text])],
                metadata={text: [text]},
            )
        ],
    )
    read = words.text_of(format_id, data)
    assert "first" in read
    assert {each for each in read if category(each) == "Cc"} <= set("\t\n\r")
    assert {warning.code for warning in warnings} == {"control-characters-removed"}


@pytest.mark.parametrize("format_id", FORMATS)
@pytest.mark.parametrize("page", _PAGES)
def test_a_page_comes_out_whole(page: Page, format_id: str) -> None:
    data, warnings = render(format_id, [page.item], pictures=page.pictures)
    assert list(_faults(page, format_id, data, warnings)) == []


def _faults(
    page: Page, format_id: str, data: bytes, warnings: list[ExportWarning]
) -> Iterator[str]:
    codes = {warning.code for warning in warnings}
    if codes - OF_FORMATS.get(format_id, set()) != EXPLAINED.get(page.name, set()):
        yield f"warnings: {codes}"
    text = words.text_of(format_id, data)
    shows_pictures = formats()[format_id].carries.images
    source = (words.words_of_html if page.is_html else words.words_of_markdown)(page.text)
    if not shows_pictures:
        source.update(words.words_of_descriptions(page.text))
    if lost := words.missing(source, text):
        yield f"lost: {lost}"
    code = words.code_of(page.text)
    if marks := {found[0] for found in _MARK.finditer(text) if found[0] not in code}:
        yield f"marks: {marks}"
    if shows_pictures:
        if "PLUGINFILE" in text:
            yield "marks: PLUGINFILE"
        pictures, links, dead = _OBJECTS[format_id](data)
        if pictures != page.picture_count:
            yield f"pictures: {pictures} of {page.picture_count}"
        if links < len(re.findall(r"\]\(#|href=\"#", page.text)) or dead:
            yield f"links: {links}, of which lead nowhere: {dead}"


def _objects_of_docx(data: bytes) -> tuple[int, int, set[str]]:
    with ZipFile(io.BytesIO(data)) as package:
        text = etree.fromstring(package.read("word/document.xml"))
    blip = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
    anchor, name = f"{_WORD_NAMESPACE}anchor", f"{_WORD_NAMESPACE}name"
    links = [str(link.get(anchor)) for link in text.iter(f"{_WORD_NAMESPACE}hyperlink")]
    within = [link for link in links if link != "None"]
    places = {str(mark.get(name)) for mark in text.iter(f"{_WORD_NAMESPACE}bookmarkStart")}
    return len(list(text.iter(blip))), len(within), set(within) - places


def _objects_of_pdf(data: bytes) -> tuple[int, int, set[str]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        drawn = [each for page in pdf.pages for each in page.resources.get("/XObject", {}).values()]
        pictures = {each.objgen for each in drawn if each.Subtype == "/Image"}
        annotations = [each for page in pdf.pages for each in page.get("/Annots", ())]
        within = [str(each.Dest) for each in annotations if "/Dest" in each]
        within += [str(each.A.D) for each in annotations if "/A" in each and "/D" in each.A]
        places = {str(name) for name in pdf.Root.get("/Dests", {})}
        if "/Names" in pdf.Root and "/Dests" in pdf.Root.Names:
            places |= {str(name) for name in pikepdf.NameTree(pdf.Root.Names.Dests)}
    return len(pictures), len(within), set(within) - places


def _objects_of_html(data: bytes) -> tuple[int, int, set[str]]:
    return _objects_of_pages({"": data})


def _objects_of_epub(data: bytes) -> tuple[int, int, set[str]]:
    with ZipFile(io.BytesIO(data)) as book:
        texts = [name for name in book.namelist() if name.endswith(".xhtml")]
        return _objects_of_pages(
            {
                name.removeprefix("EPUB/"): book.read(name)
                for name in texts
                if not name.endswith("nav.xhtml")
            }
        )


def _objects_of_scorm(data: bytes) -> tuple[int, int, set[str]]:
    with ZipFile(io.BytesIO(data)) as package:
        return _objects_of_pages({"": package.read("index.html")})


def _objects_of_imscc(data: bytes) -> tuple[int, int, set[str]]:
    with ZipFile(io.BytesIO(data)) as cartridge:
        pages = [name for name in cartridge.namelist() if name.endswith(".html")]
        return _objects_of_pages(
            {
                name.removeprefix("web_resources/"): cartridge.read(name).replace(
                    b"$IMS-CC-FILEBASE$/", b""
                )
                for name in pages
            }
        )


def _objects_of_markdown(data: bytes) -> tuple[int, int, set[str]]:
    pages = words.pages_of_markdown(data)
    with ZipFile(io.BytesIO(data)) as folder:
        names = set(folder.namelist())
    sources, links, places = [], [], set()
    for name, page in pages.items():
        pictures = re.findall(r'<img src="([^"]*)"', page)
        sources += [unquote(urljoin(name, each)) for each in pictures]
        found = re.findall(r'<a href="([^":]*#p\w{16})">', page)
        links += [unquote(urljoin(name, each)) for each in found]
        places |= {f"{name}#{place}" for place in re.findall(r' id="(p\w{16})"', page)}
    return len(sources), len(links), (set(links) - places) | (set(sources) - names)


def _objects_of_pages(pages: dict[str, bytes]) -> tuple[int, int, set[str]]:
    pictures, links, places = 0, [], set()
    for name, page in pages.items():
        text = page.decode()
        pictures += text.count("<img ")
        content = text.partition("<main")[2] or text
        found = re.findall(r'<a href="([\w.]*)#(p\w{16})">', content)
        links += [f"{file or name}#{place}" for file, place in found]
        places |= {f"{name}#{place}" for place in re.findall(r' id="(p\w{16})"', text)}
    return pictures, len(links), set(links) - places


_OBJECTS = {
    "docx": _objects_of_docx,
    "epub": _objects_of_epub,
    "html": _objects_of_html,
    "imscc": _objects_of_imscc,
    "markdown": _objects_of_markdown,
    "pdf": _objects_of_pdf,
    "scorm": _objects_of_scorm,
}


@pytest.mark.parametrize("page", _PAGES)
def test_json_holds_a_page_as_it_is(page: Page) -> None:
    data, _ = render("json", [page.item])
    [found] = msgspec.json.decode(data)["items"]
    assert (found["title"], found["study_guide"]) == (page.item.title, page.item.study_guide)


@pytest.mark.parametrize("format_id", FORMATS)
@pytest.mark.parametrize(
    "step", [_SAMPLE_EXAMPLES, pytest.param(1, marks=pytest.mark.corpus)], ids=["some", "all"]
)
def test_every_word_of_the_specifications_examples_is_there(format_id: str, step: int) -> None:
    assert dict(_lost_examples(format_id, step)) == {}


def _lost_examples(format_id: str, step: int) -> Iterator[tuple[int, list[str]]]:
    """The numbers of examples, and what they lost."""
    for number, lost in lost_words(format_id, examples()[::step]):
        if number not in _READ_OTHERWISE:
            yield number, lost


@pytest.mark.parametrize("format_id", FORMATS)
def test_a_loss_is_found(format_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_last_paragraphs(monkeypatch)
    assert dict(_lost_examples(format_id, _SAMPLE_EXAMPLES))


def test_the_corpus_is_sixty_pages_of_six_kinds() -> None:
    kinds = [page.name.partition("/")[0] for page in pages()]
    assert {kind: kinds.count(kind) for kind in kinds} == dict.fromkeys(
        ("canvas", "chat", "github", "moodle", "obsidian", "wiki"), 10
    )
    assert len({page.language for page in pages()}) >= 11
    assert sum(page.picture_count for page in pages()) > 15
    own = {name for name, package in catalog().packages.items() if package == "export-service"}
    assert own == {*FORMATS, *AS_WRITTEN, *CARDS_ALONE, *QUESTIONS_ALONE}
    assert corpus.mark(1) not in "".join(example.markdown for example in examples())
