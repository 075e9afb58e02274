"""A theme in DOCX: the slots that Word's Design tab changes, and lines of heads and feet."""

import io
import re
from zipfile import ZipFile

import PIL.Image
import pytest

from activities.documents.design.colours import Colour, contrast
from activities.documents.design.theme_contrast import nearest_shade
from activities.formats.testing import EVERYTHING, Recorder, render
from activities.formats.testing.items import item
from activities.model.book_options import BookOptions
from activities.model.content import Item
from activities.model.options import RenderOptions
from activities.model.themes import NO_THEME, CoverStyle, Theme, ThemeFonts

WINE = "#7A1531"
CONTENT = item(study_guide="Some words.", metadata={"subject": "Biology"})
SCHOOL = Theme(
    accent=WINE,
    header_text="North & South School",
    footer_text="Room 4",
    heading_font=ThemeFonts("North Sans", b"font"),
)


def parts(theme: Theme, *items: Item, options: RenderOptions = EVERYTHING) -> dict[str, str]:
    data, _ = render("docx", list(items), options, report=Recorder(theme=theme))
    with ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}


def test_colours_and_fonts_are_those_that_the_design_tab_shows() -> None:
    theme = re.sub(r">\s+<", "><", parts(SCHOOL, CONTENT)["word/theme/theme1.xml"])
    assert '<a:accent1><a:srgbClr val="7A1531"/></a:accent1>' in theme
    assert '<a:majorFont><a:latin typeface="North Sans"' in theme
    assert '<a:minorFont><a:latin typeface="Source Serif 4"' in theme
    assert "7A1531" not in parts(NO_THEME, CONTENT)["word/theme/theme1.xml"]


def test_a_light_accent_is_darker_on_the_tinted_page_for_readers_with_dyslexia() -> None:
    base = nearest_shade(Colour("#00FFFF"))
    options = BookOptions(look="dyslexia")
    theme = parts(Theme(accent=base), CONTENT, options=options)["word/theme/theme1.xml"]
    colours = {
        slot: Colour(f"#{value}")
        for slot, value in re.findall(r'<a:(lt2|accent1)>\s*<a:srgbClr val="(\w+)"', theme)
    }
    assert contrast(base, colours["lt2"]) < 4.5
    assert contrast(colours["accent1"], colours["lt2"]) >= 4.5


def test_the_heads_of_all_sections_say_what_the_theme_says() -> None:
    of_school = parts(SCHOOL, CONTENT, item("b", title="Light"))
    heads = [text for name, text in of_school.items() if name.startswith("word/header")]
    assert len(heads) >= 3
    for text in heads:
        assert "North &amp; South School" in text
        assert " TITLE " not in text, "Word would put the title there"
    assert "Room 4" in of_school["word/footer.xml"]
    assert " PAGE " in of_school["word/footer.xml"]
    plain = parts(NO_THEME, CONTENT, item("b", title="Light"))
    assert " TITLE " in plain["word/header1.xml"]
    assert "Room 4" not in plain["word/footer.xml"]


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    PIL.Image.new("RGB", (width, height), "#336699").save(out, "PNG")
    return out.getvalue()


def test_the_cover_shows_the_logo_as_large_as_it_may_be() -> None:
    logo = png(1500, 200)
    school = parts(Theme(logo=logo, header_text="North School"), CONTENT, item("b"))
    [name] = [name for name in school if name.startswith("word/media/")]
    key = name.removeprefix("word/media/").removesuffix(".png")
    cover = school["word/document.xml"].partition("</w:tbl>")[0]
    assert f'r:embed="{key}"' in cover
    assert 'descr="North School"' in cover
    extent = re.search(r'<wp:extent cx="(\d+)" cy="(\d+)"/>', cover)
    assert extent
    assert [round(int(each) / 12_700) for each in extent.groups()] == [180, 24]
    numbers = re.findall(r'<wp:docPr id="(\d+)"', school["word/document.xml"])
    assert len(set(numbers)) == len(numbers)


def test_a_logo_that_cannot_be_read_is_left_out_and_told() -> None:
    report = Recorder(theme=Theme(logo=png(1500, 200)[:200]))
    render("docx", [CONTENT, item("b")], report=report)
    assert [warning.code for warning in report.warnings] == ["theme-logo-unreadable"]


@pytest.mark.parametrize(
    ("style", "wanted", "filled", "has_cover"),
    [
        ("full", None, True, True),
        ("light", None, False, True),
        ("none", None, False, False),
        ("none", True, True, True),
        ("full", False, False, False),
    ],
)
def test_the_cover_is_as_the_theme_says_unless_the_request_says_otherwise(
    style: CoverStyle, wanted: bool | None, filled: bool, has_cover: bool
) -> None:
    data, _ = render(
        "docx",
        [CONTENT, item("b")],
        BookOptions(cover=wanted),
        report=Recorder(theme=Theme(cover_style=style)),
    )
    with ZipFile(io.BytesIO(data)) as package:
        document = package.read("word/document.xml").decode()
    cover = document.partition("</w:tbl>")[0] if has_cover else ""
    assert ("CoverTable" in document) == has_cover
    assert ('w:themeFill="accent1"' in cover) == filled
    if style == "light":
        assert 'w:themeColor="text2"' in cover
