"""The design of a file with a theme."""

import pytest

from activities.documents.design.colours import Colour, contrast, lab
from activities.documents.design.design import ACCENT_NAMES, DESIGN, Design, derived_accent
from activities.documents.design.tokens import TOKENS
from activities.model.themes import StoredTheme, Theme, ThemeFonts, decode_theme

HOUSE = Colour("#0B5D4A")
WINE = Colour("#7A1531")


def test_without_a_theme_the_design_is_that_of_the_tokens() -> None:
    assert DESIGN.tokens == TOKENS


@pytest.mark.parametrize("name", ACCENT_NAMES)
def test_a_derived_accent_is_what_the_design_chose_by_eye(name: str) -> None:
    chosen = DESIGN.accent(name)
    derived = lab(derived_accent(chosen.base).dark)
    assert max(abs(a - b) for a, b in zip(derived, lab(chosen.dark), strict=True)) < 12


def test_a_theme_colours_every_unit_but_those_of_its_own_subjects() -> None:
    design = Design(Theme(accent=HOUSE, subjects={"history": WINE}))
    assert design.accent("history").base == WINE
    assert {design.accent(name).base for name in ACCENT_NAMES if name != "history"} == {HOUSE}
    assert design.accent("no-such-subject").base == HOUSE
    for name in ACCENT_NAMES:
        accent = design.accent(name)
        assert contrast(accent.dark, accent.tint) > contrast(accent.base, accent.tint)


def test_a_theme_of_subjects_alone_leaves_the_others() -> None:
    design = Design(Theme(subjects={"history": WINE}))
    assert design.accent("history").base == WINE
    assert design.accent("biology") == TOKENS.accents["biology"]


@pytest.mark.parametrize(("radius", "card", "badge"), [(0.0, 0.0, 0.0), (2.5, 2.5, 1.5)])
def test_a_radius_rounds_all_corners_in_their_proportion(
    radius: float, card: float, badge: float
) -> None:
    radii = Design(Theme(radius=radius)).tokens.radii
    assert radii.card == card
    assert radii.badge == pytest.approx(badge)


def test_a_stored_theme_is_the_theme_and_its_hash_tells_it_from_others() -> None:
    theme = Theme(accent=str(HOUSE), text_font=ThemeFonts("School", b"\0regular"), logo=b"<svg/>")
    stored = StoredTheme.of(theme)
    assert decode_theme(stored.data) == theme
    assert StoredTheme.of(theme) == stored
    assert StoredTheme.of(Theme(accent=str(WINE))).sha256 != stored.sha256
