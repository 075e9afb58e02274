"""Whether what is written in an accent, or on its tint, can be read (WCAG 2.2, 1.4.3)."""

from collections.abc import Callable
from typing import Final

from activities.documents.design.colours import WHITE, Colour, Lab, contrast, from_lab, lab
from activities.documents.design.design import derived_accent
from activities.documents.design.theme_error import ThemeError
from activities.documents.design.tokens import Accent

LEAST_CONTRAST: Final = 4.5
_STEP = 0.25
"""Of L*, by which darker shades are tried."""


def check_contrast(member: str, base: Colour) -> None:
    """Refuse a colour that text is hard to read in.

    Args:
        member: what the theme calls it, for the message.
        base: the accent's base.

    Raises:
        ThemeError: it is too light on white or on its tint; says how much, and which shade is not.
    """
    if _passes(base):
        return
    nearest = nearest_shade(base)
    raise ThemeError(
        f"{member}: {base} has a contrast of {_measured(base)}; text needs {LEAST_CONTRAST}:1. "
        f"The nearest shade that has it is {nearest}, with {_measured(nearest)}.",
        "theme-contrast",
    )


def nearest_shade(base: Colour) -> Colour:
    """The lightest shade of a colour, in its hue, that text can be read in."""
    return _lightest(base, _passes)


def accent_on(accent: Accent, ground: Colour) -> Accent:
    """An accent that can be read on a ground which is darker than its own tint."""
    if contrast(accent.base, ground) >= LEAST_CONTRAST:
        return accent
    return derived_accent(
        _lightest(accent.base, lambda shade: contrast(shade, ground) >= LEAST_CONTRAST)
    )


def _lightest(base: Colour, passes: Callable[[Colour], bool]) -> Colour:
    lightness, a, b = lab(base)
    shade = base
    while not passes(shade):
        lightness -= _STEP
        shade = from_lab(Lab(lightness, a, b))
    return shade


def _passes(base: Colour) -> bool:
    return min(_contrasts(base)) >= LEAST_CONTRAST


def _contrasts(base: Colour) -> tuple[float, float]:
    return contrast(base, WHITE), contrast(base, derived_accent(base).tint)


def _measured(base: Colour) -> str:
    # Cut off, not rounded: 4.49 is not 4.5.
    on_white, on_tint = (int(each * 100) / 100 for each in _contrasts(base))
    return f"{on_white:.2f}:1 on white and {on_tint:.2f}:1 on its tint"
