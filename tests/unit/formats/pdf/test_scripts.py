"""Every script that has a font is drawn, in the forms of the item's language."""

import io
import re

import pypdf
import pytest

from activities.formats.fonts import find_font
from activities.formats.pdf.text.fontbook import han_font
from activities.formats.testing import render
from activities.formats.testing.items import item

pytestmark = pytest.mark.skipif(
    find_font("han") is None, reason="python -m activities.formats.fonts fetches the fonts"
)


def fonts_and_text(data: bytes) -> tuple[set[str], str]:
    """The names of the fonts that are embedded, and the text of the pages."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    names: set[str] = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            names.add(font.get_object()["/BaseFont"].split("+")[-1])
    return names, "".join(page.extract_text() for page in reader.pages)


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("zh", "SC"),
        ("zh-Hans-TW", "TC"),
        ("zh-TW", "TC"),
        ("zh-Hant", "TC"),
        ("zh-Hant-HK", "HK"),
        ("zh-MO", "HK"),
        ("zh_TW", "TC"),
        ("yue", "HK"),
        ("ja-JP", "JP"),
        ("ko", "KR"),
        ("en", "SC"),
    ],
)
def test_han_characters_have_the_forms_of_the_language(language: str, name: str) -> None:
    guide = "直骨角，**海**"
    data, warnings = render("pdf", [item(title="A", language=language, study_guide=guide)])
    fonts, text = fonts_and_text(data)
    # A heading of ours may stand in Simplified Chinese, in bold.
    assert f"NotoSans{name}-Bold" in fonts
    assert {font for font in fonts if re.search("(SC|TC|HK|JP|KR)-Regular", font)} == {
        f"NotoSans{name}-Regular"
    }
    assert "直骨角，海" in text
    assert warnings == []


def test_each_item_has_its_own_forms() -> None:
    items = [
        item(f"item-{number}", title="A", language=language, study_guide="直骨")
        for number, language in enumerate(["ja", "zh", "en", "zh-TW"])
    ]
    fonts, _ = fonts_and_text(render("pdf", items)[0])
    for name in ("JP", "SC", "TC"):
        assert f"NotoSans{name}-Regular" in fonts
    assert han_font("und") == "han"


def test_variants_that_no_font_has_are_drawn_as_the_usual_form() -> None:
    data, warnings = render(
        "pdf", [item(language="ja", study_guide="葛\U000e0100飾区と辻\U000e0101さん")]
    )
    _, text = fonts_and_text(data)
    assert re.sub("[\U000e0100-\U000e01ef]", "", text).count("葛飾区と辻さん") == 1
    assert warnings == []


@pytest.mark.parametrize("language", ["ja", "zh", "en"])
def test_a_character_is_drawn_if_some_font_has_it(language: str) -> None:
    data, warnings = render("pdf", [item(language=language, study_guide="\U00020b9fる")])
    assert "\U00020b9fる" in fonts_and_text(data)[1]
    assert warnings == []


@pytest.mark.parametrize(
    "text",
    [
        "ଓଡ଼ିଆ ଭାଷା",
        "བོད་སྐད",
        "ދިވެހި",
        "ܠܫܢܐ",
        "ߒߞߏ",
        "ᠮᠣᠩᠭᠣᠯ",
        "ᏣᎳᎩ",
        "ᐃᓄᒃᑎᑐᑦ",
        "ⵜⵉⴼⵉⵏⴰⵖ",
        "ᱥᱟᱱᱛᱟᱲᱤ",
        "ꦗꦮ",
        "\U0001d11e\U0001d15f",
    ],
)
@pytest.mark.parametrize("mark", ["", "**"])
def test_scripts_of_fewer_readers_are_drawn(text: str, mark: str) -> None:
    data, warnings = render("pdf", [item(study_guide=f"{mark}{text}{mark}")])
    shown = fonts_and_text(data)[1]
    assert "\ufffd" not in shown
    assert sorted("".join(text.split())) == sorted(
        character for character in shown if character in set(text) - {" "}
    )
    assert warnings == []
