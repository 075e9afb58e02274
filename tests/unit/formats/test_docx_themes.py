"""A theme in DOCX: the slots that Word's Design tab changes, and lines of heads and feet."""

import io
import re
from zipfile import ZipFile

from activities.formats.testing import Recorder, render
from activities.formats.testing.items import item
from activities.model.content import Item
from activities.model.themes import NO_THEME, Theme, ThemeFonts

WINE = "#7A1531"
CONTENT = item(study_guide="Some words.", metadata={"subject": "Biology"})
SCHOOL = Theme(
    accent=WINE,
    header_text="North & South School",
    footer_text="Room 4",
    heading_font=ThemeFonts("North Sans", b"font"),
)


def parts(theme: Theme, *items: Item) -> dict[str, str]:
    data, _ = render("docx", list(items), report=Recorder(theme=theme))
    with ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}


def test_colours_and_fonts_are_those_that_the_design_tab_shows() -> None:
    theme = re.sub(r">\s+<", "><", parts(SCHOOL, CONTENT)["word/theme/theme1.xml"])
    assert '<a:accent1><a:srgbClr val="7A1531"/></a:accent1>' in theme
    assert '<a:majorFont><a:latin typeface="North Sans"' in theme
    assert '<a:minorFont><a:latin typeface="Source Serif 4"' in theme
    assert "7A1531" not in parts(NO_THEME, CONTENT)["word/theme/theme1.xml"]


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
