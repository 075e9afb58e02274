"""A theme in a PDF: its colours and corners in place of the design's."""

import io

import pikepdf
import pypdfium2 as pdfium
import pytest

from activities.documents.design.colours import Colour
from activities.documents.design.design import Design
from activities.formats.fonts import find_font
from activities.formats.pdf.page.surface import numbers_of
from activities.formats.testing import Recorder, render
from activities.formats.testing.items import item
from activities.model.content import Item
from activities.model.themes import NO_THEME, Theme, ThemeFonts

pytestmark = pytest.mark.skipif(
    find_font("sans") is None, reason="python -m activities.formats.fonts fetches the fonts"
)

WINE, GREEN = "#7A1531", "#0B5D4A"
CONTENT = item(
    study_guide="## A heading\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```\ncode\n```",
    metadata={"subject": "Biology"},
)


def operators(content: Item, theme: Theme = NO_THEME) -> str:
    data, _ = render("pdf", [content], report=Recorder(theme=theme))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return "\n".join(page.Contents.read_bytes().decode("latin-1") for page in pdf.pages)


def shades(base: str) -> list[str]:
    accent = Design(Theme(accent=base)).accent("default")
    return [numbers_of(each) for each in (accent.dark, accent.tint)]


def test_titles_and_tints_are_of_the_themes_accent() -> None:
    plain, themed = operators(CONTENT), operators(CONTENT, Theme(accent=WINE))
    for shade in shades(WINE):
        assert shade in themed
        assert shade not in plain


def test_a_subject_has_the_colour_that_the_theme_gives_it() -> None:
    theme = Theme(accent=WINE, subjects={"biology": GREEN})
    assert all(shade in operators(CONTENT, theme) for shade in shades(GREEN))
    other = item(study_guide="## A heading\n\n| a |\n| - |\n| 1 |", metadata={"subject": "History"})
    assert all(shade in operators(other, theme) for shade in shades(WINE))


def test_corners_are_as_round_as_the_theme_says() -> None:
    assert " c\n" in operators(CONTENT) or " c " in operators(CONTENT)
    square = operators(CONTENT, Theme(radius=0))
    assert square != operators(CONTENT)
    assert operators(CONTENT, Theme(radius=5)) == operators(CONTENT)


def test_a_theme_changes_nothing_else() -> None:
    colours = Colour(Design().accent("biology").base)
    assert operators(CONTENT, Theme(subjects={"biology": str(colours)})).count("\n") == (
        operators(CONTENT).count("\n")
    )


def pages(items: list[Item], theme: Theme) -> list[str]:
    data, _ = render("pdf", items, report=Recorder(theme=theme))
    with pdfium.PdfDocument(data) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


def test_running_heads_and_feet_say_what_the_theme_says() -> None:
    theme = Theme(header_text="North School", footer_text="Room 4, Mill Lane 12")
    long = item(study_guide="\n\n".join(["A paragraph of some words."] * 120))
    [first, *others] = pages([long], theme)
    assert "Room 4, Mill Lane 12" in first
    assert "North School" not in first, "pages that open a unit have no head"
    assert others
    assert all("North School" in page and "Room 4" in page for page in others)
    of_book = pages([long, CONTENT], theme)
    assert sum("North School" in page for page in of_book) >= len(others)
    assert not any("North School" in page for page in pages([long, CONTENT], NO_THEME))


def test_fonts_of_the_theme_take_the_place_of_the_designs() -> None:
    legible, bold = find_font("legible"), find_font("legible-bold")
    assert legible is not None
    assert bold is not None
    fonts = ThemeFonts("School", legible.read_bytes(), bold.read_bytes())
    content = item(title="Light", study_guide="Some **strong** words in Ελληνικά.")

    def names(theme: Theme) -> set[str]:
        data, warnings = render("pdf", [content], report=Recorder(theme=theme))
        assert warnings == []
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return {
                str(font.BaseFont).partition("+")[2]
                for page in pdf.pages
                for font in dict(page.Resources.Font).values()
            }

    assert not any("Atkinson" in name for name in names(NO_THEME))
    themed = names(Theme(text_font=fonts, heading_font=fonts))
    assert sum("Atkinson" in name for name in themed) >= 2
    assert not any("SourceSans3-Bold" in name for name in themed)


def test_the_licence_is_told_once_and_an_unreadable_logo_is_told() -> None:
    theme = Theme(licence="CC BY-SA 4.0", logo=b"\x89PNG broken")
    report = Recorder(theme=theme)
    data, _ = render("pdf", [CONTENT, item("b")], report=report)
    with pdfium.PdfDocument(data) as pdf:
        words = "".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert words.count("CC BY-SA 4.0") == 1
    assert [warning.code for warning in report.warnings] == ["theme-logo-unreadable"]
