"""The looks of DOCX: what of styles, theme and page is another one."""

import re
from typing import Any

import pytest
from msgspec.structs import replace

from activities.documents.design.tokens import TOKENS
from activities.formats.testing.items import arabic_item, full_item, item, plain_item
from activities.model.book_options import BookOptions, Look
from activities.model.content import Flashcard
from tests.unit.formats.test_docx import Docx, W, text_of

SIDE_COLUMN = round((TOKENS.columns.side + TOKENS.columns.gutter) * 20)


def looking(look: Look) -> Docx:
    return Docx(full_item(), plain_item("b"), options=BookOptions(look=look))


def style(docx: Docx, style_id: str, path: str) -> Any:
    [found] = docx.find(f"//w:style[@w:styleId='{style_id}']", "word/styles.xml")
    return found.find("/".join(f"{W}{name}" for name in path.split("/")))


@pytest.mark.parametrize("look", ["standard", "ink", "compact", "large", "dyslexia"])
def test_only_some_looks_have_a_side_column(look: Look) -> None:
    docx = looking(look)
    indented = int(style(docx, "Heading2", "pPr/ind").get(f"{W}left"))
    assert indented == (-SIDE_COLUMN if look in {"standard", "ink"} else 0)
    margins = {int(each) for each in docx.values("//w:sectPr/w:pgMar/@w:left")} - {0}
    kind = TOKENS.looks[look]
    start = kind.margins.start if kind.margins else TOKENS.papers["a4"].start
    assert margins == {round(start * 20) - indented}
    for style_id in ("Question", "KeyEntry"):
        place = style(docx, style_id, "pPr/ind")
        number = int(place.get(f"{W}left")) - int(place.get(f"{W}hanging"))
        assert number >= indented, "the number would stand outside of the page's margin"


@pytest.mark.parametrize(
    ("look", "size"),
    [("standard", 10.5), ("compact", 9.5), ("large", 18), ("dyslexia", 13), ("ink", 10.5)],
)
def test_text_is_as_large_as_the_look_says(look: Look, size: float) -> None:
    docx = looking(look)
    assert style(docx, "Normal", "rPr/sz").get(f"{W}val") == f"{size * 2:g}"
    least = TOKENS.looks[look].least_size or TOKENS.sizes.least
    sizes = docx.values("//w:style/w:rPr/w:sz/@w:val", "word/styles.xml")
    assert min(map(int, sizes)) >= least * 2 - 1


@pytest.mark.parametrize("look", ["large", "dyslexia"])
def test_looks_for_readers_have_a_font_of_letters_that_are_told_apart(look: Look) -> None:
    docx = looking(look)
    theme = docx.package.read("word/theme/theme1.xml").decode()
    fonts = re.findall(r'<a:(?:major|minor)Font>\s*<a:latin typeface="([^"]+)"', theme)
    assert fonts == ["Atkinson Hyperlegible Next"] * 2
    assert style(docx, "Emphasis", "rPr/i") is None
    assert style(docx, "Emphasis", "rPr/b") is not None


def test_the_page_for_readers_with_dyslexia_is_tinted() -> None:
    docx = looking("dyslexia")
    paper = TOKENS.neutrals.paper.digits
    assert docx.values("/w:document/w:background/@w:color") == [paper]
    assert docx.find("//w:displayBackgroundShape", "word/settings.xml")
    theme = docx.package.read("word/theme/theme1.xml").decode()
    assert re.search(rf'<a:lt1>\s*<a:srgbClr val="{paper}"/>', theme)
    assert not looking("standard").find("/w:document/w:background")


def test_saving_ink_fills_no_area() -> None:
    docx = looking("ink")
    filled = docx.find("//w:style[.//w:shd]/@w:styleId", "word/styles.xml")
    assert filled == ["Mark"], "what authors highlight stays so"
    assert not docx.find("//w:shd")
    assert style(docx, "CalloutNote", "pPr/pBdr/left").get(f"{W}themeColor") == "text1"
    assert looking("standard").find("//w:tbl//w:shd"), "the cover"


TERMS = [
    Flashcard("zebra", "An animal."),
    Flashcard("Äther", "Once *thought* to be everywhere."),
    Flashcard("Why is the sky blue?", "Light is scattered."),
]


def glossary_of(docx: Docx) -> list[tuple[str, str]]:
    paragraphs = docx.paragraphs()
    at = paragraphs.index(("BackMatter", "Glossary"))
    return [pair for pair in paragraphs[at + 1 :] if pair[1]]


def test_a_glossary_lists_terms_by_the_alphabet() -> None:
    items = [
        item("a", title="First", flashcards=TERMS),
        item("b", title="Second", flashcards=[Flashcard("Atom", "The least piece.")]),
    ]
    options = BookOptions(glossary=True, include_metadata=False)
    docx = Docx(*items, options=options)
    assert glossary_of(docx) == [
        ("GlossaryLetter", "A"),
        *(("GlossaryTerm", "Äther"), ("GlossaryUnit", "Unit 1")),
        ("GlossaryMeaning", "Once thought to be everywhere."),
        *(("GlossaryTerm", "Atom"), ("GlossaryUnit", "Unit 2")),
        ("GlossaryMeaning", "The least piece."),
        ("GlossaryLetter", "Z"),
        *(("GlossaryTerm", "zebra"), ("GlossaryUnit", "Unit 1")),
        ("GlossaryMeaning", "An animal."),
    ]
    contents = [text_of(each).strip() for each in docx.find("//w:sdt//w:p[w:hyperlink]")]
    assert contents[-1] == "Glossary"
    for name in docx.values("//w:p[w:pPr/w:pStyle/@w:val='GlossaryUnit']//@w:anchor"):
        [mark] = docx.find(f"//w:bookmarkStart[@w:name='{name}']")
        assert text_of(mark.getparent()) in {"First", "Second"}


def test_one_item_needs_no_names_of_units_and_no_terms_no_glossary() -> None:
    options = BookOptions(glossary=True, include_metadata=False)
    alone = glossary_of(Docx(item(flashcards=TERMS), options=options))
    assert [text for kind, text in alone if kind == "GlossaryUnit"] == []
    for other in (BookOptions(glossary=True, answers="none"), BookOptions()):
        styles = [kind for kind, _ in Docx(item(flashcards=TERMS), options=other).paragraphs()]
        assert "GlossaryTerm" not in styles


def test_a_glossary_in_arabic_begins_at_the_right() -> None:
    light = replace(arabic_item(), flashcards=[Flashcard("ضوء", "طاقة.")])
    docx = Docx(light, options=BookOptions(glossary=True))
    tables = docx.find("//w:tbl[w:tblPr/w:tblStyle/@w:val='GlossaryTable']/w:tblPr/w:bidiVisual")
    assert tables
