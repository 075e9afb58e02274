"""The pages have the colours of the design, and all of them are told from their grounds."""

import re

import pytest

from activities.documents.design.colours import Colour, contrast
from activities.documents.design.tokens import TOKENS
from web.pages.assets import _read
from web.pages.design_css import by_day, by_night

_GROUNDS = ("paper", "surface", "raised")


def test_the_style_begins_with_the_colours_of_the_design() -> None:
    style = _read("page.css").decode()
    assert style.startswith(":root {")
    assert f"--accent: {TOKENS.accents['default'].base};" in style
    assert f"--bad: {TOKENS.callouts['caution'].base};" in style
    named = set(re.findall(r"var\(--([a-z-]+)", style))
    measured = {"dock"}
    assert named - measured <= set(re.findall(r"--([a-z-]+):", style))


def test_no_other_colour_is_in_the_styles() -> None:
    for name in ("page.css", "admin.css"):
        own = _read(name).decode().rpartition("prefers-color-scheme: dark) {\n:root {")[2]
        own = own.partition("}\n}\n")[2] if name == "page.css" else own
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", own) == []


@pytest.mark.parametrize("colours", [by_day(), by_night()], ids=["day", "night"])
def test_texts_and_controls_are_told_from_their_grounds(colours: dict[str, Colour]) -> None:
    for ground in _GROUNDS:
        for text in ("ink", "muted", "accent", "good", "bad", "careful"):
            assert contrast(colours[text], colours[ground]) >= 4.5
        for control in ("edge", "focus"):
            assert contrast(colours[control], colours[ground]) >= 3
    for kind in ("good", "bad", "careful"):
        assert contrast(colours[kind], colours[f"{kind}-tint"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    assert contrast(colours["accent-strong"], colours["tint"]) >= 4.5
