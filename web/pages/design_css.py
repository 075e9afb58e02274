"""The colours of the pages, from the design of all files, as properties that the style names."""

from collections.abc import Iterator, Mapping
from typing import Final

from activities.documents.design.colours import Colour, Lab, from_lab, lab
from activities.documents.design.tokens import TOKENS

_LIGHT_INK, _LIGHT_MUTED, _LIGHT_ACCENT, _STRONG_ACCENT = 93.0, 72.0, 80.0, 88.0
"""L* of what is read at night."""
_SOFTER: Final = 0.6
"""The share of a colour's chroma that it keeps there, so that it does not glow."""
_DARK_TINT: Final = 20.0


def by_day() -> dict[str, Colour]:
    """The colours on light ground."""
    neutrals, accent, callouts = TOKENS.neutrals, TOKENS.accents["default"], TOKENS.callouts
    return {
        "paper": neutrals.g50,
        "surface": neutrals.white,
        "raised": neutrals.g50,
        "ink": neutrals.ink,
        "muted": neutrals.g700,
        "line": neutrals.g200,
        "edge": neutrals.g600,
        "accent": accent.base,
        "accent-strong": accent.dark,
        "on-accent": neutrals.white,
        "tint": accent.tint,
        "good": callouts["tip"].base,
        "good-tint": callouts["tip"].tint,
        "bad": callouts["caution"].base,
        "bad-tint": callouts["caution"].tint,
        "careful": callouts["warning"].base,
        "careful-tint": callouts["warning"].tint,
        "focus": callouts["note"].base,
    }


def by_night() -> dict[str, Colour]:
    """The same colours on dark ground."""
    ink, day = TOKENS.neutrals.ink, by_day()
    return {
        "paper": _at(ink, 7.0, 1.0),
        "surface": _at(ink, 10.0, 1.0),
        "raised": _at(ink, 14.0, 1.0),
        "ink": _at(ink, _LIGHT_INK, 1.0),
        "muted": _at(ink, _LIGHT_MUTED, 1.0),
        "line": _at(ink, 24.0, 1.0),
        "edge": _at(ink, 54.0, 1.0),
        "accent": _at(day["accent"], _LIGHT_ACCENT),
        "accent-strong": _at(day["accent"], _STRONG_ACCENT),
        "on-accent": _at(ink, 7.0, 1.0),
        "tint": _at(day["accent"], _DARK_TINT),
        "good": _at(day["good"], _LIGHT_ACCENT),
        "good-tint": _at(day["good"], _DARK_TINT),
        "bad": _at(day["bad"], _LIGHT_ACCENT),
        "bad-tint": _at(day["bad"], _DARK_TINT),
        "careful": _at(day["careful"], _LIGHT_ACCENT),
        "careful-tint": _at(day["careful"], _DARK_TINT),
        "focus": _at(day["focus"], _LIGHT_ACCENT),
    }


def design_css() -> str:
    """The properties, as the beginning of the style."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    yield f":root {{\n{_properties(by_day())}  --shadow: {_SHADOW_BY_DAY};\n}}\n"
    yield "@media (prefers-color-scheme: dark) {\n:root {\n"
    yield f"{_properties(by_night())}  --shadow: {_SHADOW_BY_NIGHT};\n}}\n}}\n"


def _properties(colours: Mapping[str, Colour]) -> str:
    return "".join([f"  --{name}: {colour};\n" for name, colour in colours.items()])


def _at(colour: Colour, lightness: float, share: float = _SOFTER) -> Colour:
    """The colour as light as that, with a share of its chroma."""
    _, a, b = lab(colour)
    return from_lab(Lab(lightness, a * share, b * share))


def _shadow(colour: Colour) -> str:
    red, green, blue = bytes.fromhex(colour.digits)
    return f"rgb({red} {green} {blue} / 6%)"


_SHADE: Final = _shadow(TOKENS.neutrals.ink)
_SHADOW_BY_DAY: Final = f"0 1px 2px {_SHADE}, 0 4px 16px {_SHADE}"
_SHADOW_BY_NIGHT: Final = "0 1px 2px rgb(0 0 0 / 40%)"
