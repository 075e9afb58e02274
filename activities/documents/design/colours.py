"""Colours of sRGB: how they are written, mixed, and how well they are told apart."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple, Self

_HEX: Final = re.compile(r"#[0-9A-F]{6}")
_CHANNEL_MAX: Final = 255
_WHITE_XYZ: Final = (0.95047, 1.0, 1.08883)
"""The white of sRGB, D65."""
_TO_XYZ: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_FROM_XYZ: Final = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)
_LAB_EDGE: Final = 6 / 29


class Colour(str):
    """A solid colour, written as `#RRGGBB`.

    Raises:
        ValueError: it is written otherwise.
    """

    __slots__ = ()

    def __new__(cls, written: str) -> Self:
        """Read what somebody wrote, in upper or lower case."""
        upper = written.upper()
        if not _HEX.fullmatch(upper):
            raise ValueError(f"{written!r} is no colour: write it as #RRGGBB")
        return super().__new__(cls, upper)

    @classmethod
    def of(cls, channels: Iterable[float]) -> Self:
        """The colour with these channels, red, green and blue from 0 to 1."""
        return cls("#" + "".join(f"{round(channel * _CHANNEL_MAX):02X}" for channel in channels))

    @property
    def digits(self) -> str:
        """The six digits without a sign before them, as Office Open XML has them."""
        return self[1:]

    @property
    def rgb(self) -> tuple[float, float, float]:
        """The channels from 0 to 1, as PDF has them."""
        red, green, blue = bytes.fromhex(self.digits)
        return red / _CHANNEL_MAX, green / _CHANNEL_MAX, blue / _CHANNEL_MAX

    def in_white(self, share: float) -> "Colour":
        """The solid colour that so much of this one in white looks like."""
        return Colour.of(1 - (1 - channel) * share for channel in self.rgb)


WHITE: Final = Colour("#FFFFFF")


class Lab(NamedTuple):
    """A colour by how it looks (CIE 1976 L*a*b*, D65)."""

    lightness: float
    a: float
    b: float


def luminance(colour: Colour) -> float:
    """How much light a colour gives, from 0 to 1 (WCAG 2.2, relative luminance)."""
    red, green, blue = map(_linear, colour.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """How well two colours are told apart, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lab(colour: Colour) -> Lab:
    """A colour by how it looks."""
    channels = tuple(map(_linear, colour.rgb))
    x, y, z = (
        _lab_curve(sum(f * c for f, c in zip(row, channels, strict=True)) / white)
        for row, white in zip(_TO_XYZ, _WHITE_XYZ, strict=True)
    )
    return Lab(116 * y - 16, 500 * (x - y), 200 * (y - z))


def from_lab(seen: Lab) -> Colour:
    """The nearest colour of sRGB, its channels cut where the screen ends."""
    y = (seen.lightness + 16) / 116
    light = (y + seen.a / 500, y, y - seen.b / 200)
    xyz = tuple(_lab_uncurve(t) * white for t, white in zip(light, _WHITE_XYZ, strict=True))
    linear = (sum(f * c for f, c in zip(row, xyz, strict=True)) for row in _FROM_XYZ)
    return Colour.of(min(max(_gamma(max(channel, 0.0)), 0.0), 1.0) for channel in linear)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _lab_curve(t: float) -> float:
    return t ** (1 / 3) if t > _LAB_EDGE**3 else t / (3 * _LAB_EDGE**2) + 4 / 29


def _lab_uncurve(t: float) -> float:
    return t**3 if t > _LAB_EDGE else 3 * _LAB_EDGE**2 * (t - 4 / 29)
