"""The design's colours can be read, and its names are those that formats use."""

import msgspec
import pytest

from activities.documents.design.colours import WHITE, Colour, Lab, contrast, from_lab, lab
from activities.documents.design.tokens import TOKENS, Accent

_TEXT_CONTRAST = 4.5
"""The least for text (WCAG 2.2, 1.4.3)."""


@pytest.mark.parametrize("name", TOKENS.accents)
def test_text_in_an_accent_is_read_on_white_and_on_its_tint(name: str) -> None:
    accent = TOKENS.accents[name]  # type: ignore[index]
    for text in (accent.base, accent.dark):
        for ground in (WHITE, accent.tint):
            assert contrast(text, ground) >= _TEXT_CONTRAST


@pytest.mark.parametrize("kind", TOKENS.callouts)
def test_text_of_callouts_is_read_on_their_grounds(kind: str) -> None:
    callout = TOKENS.callouts[kind]  # type: ignore[index]
    for text in (callout.base, TOKENS.neutrals.ink):
        for ground in (WHITE, callout.tint):
            assert contrast(text, ground) >= _TEXT_CONTRAST


@pytest.mark.parametrize("kind", TOKENS.type)
def test_no_text_is_smaller_than_the_least(kind: str) -> None:
    assert TOKENS.type[kind].size >= TOKENS.sizes.least


def test_neutrals_of_text_are_read_on_white() -> None:
    neutrals = TOKENS.neutrals
    for text in (neutrals.ink, neutrals.g700, neutrals.g600):
        assert contrast(text, WHITE) >= _TEXT_CONTRAST


def test_measures_of_paper_add_up() -> None:
    columns = TOKENS.columns
    for paper in TOKENS.papers.values():
        assert columns.side + columns.gutter + paper.text == pytest.approx(paper.full, abs=0.05)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast(Colour("#000000"), WHITE) == pytest.approx(21)
    assert contrast(Colour("#777777"), WHITE) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("written", ["#1A1D21", "#ffffff", "#0D3291", "#000000"])
def test_colours_survive_the_way_to_lab_and_back(written: str) -> None:
    assert from_lab(lab(Colour(written))) == written.upper()


def test_lightness_is_that_of_the_standard() -> None:
    red = lab(Colour("#FF0000"))
    assert red == pytest.approx(Lab(53.24, 80.09, 67.20), abs=0.02)


@pytest.mark.parametrize("written", ["004D72", "#04D", "#004D7G", "red", "#004D72 "])
def test_what_is_no_colour_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="write it as #RRGGBB"):
        Colour(written)


def test_tint_and_soft_are_solid_mixes_with_white() -> None:
    accent = Accent(base=Colour("#004D72"), dark=Colour("#00314C"))
    assert (accent.tint, accent.soft) == ("#EBF1F4", "#C7D8E0")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"badge": 3.0, "box": 4.0, "card": 5.0, "x": 1.0}, type(TOKENS.radii))
