"""A theme as exports keep it: what a school changes of the design, with the bytes of its files."""

import hashlib
from typing import Final, Literal

import msgspec

DEFAULT_THEME: Final = "default"
"""The name of the theme that everybody may choose: the service's own, or the operator's."""

CoverStyle = Literal["full", "light", "none"]
Motif = Literal["cells", "curves", "orbits", "tiles", "none"]


class ThemeFonts(msgspec.Struct, frozen=True, omit_defaults=True):
    """The styles of a family of type, each the bytes of a TrueType file; empty: the regular one."""

    name: str
    """The family's own, as its regular style has it."""
    regular: bytes
    bold: bytes = b""
    italic: bytes = b""
    bold_italic: bytes = b""


class Theme(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a theme changes; the defaults change nothing. It was checked when it was read."""

    accent: str = ""
    """The colour of all units that `subjects` gives none; empty: the design's own."""
    subjects: dict[str, str] = {}
    """Colours by the names of the design's accents."""
    logo: bytes = b""
    """A PNG, JPEG or SVG, which nobody has decoded; empty: none."""
    heading_font: ThemeFonts | None = None
    text_font: ThemeFonts | None = None
    header_text: str = ""
    """What running heads say in place of the title of the file."""
    footer_text: str = ""
    licence: str = ""
    """What readers may do with the file."""
    cover_style: CoverStyle = "full"
    motif: Motif | None = None
    """The drawing on the cover; None: that of the subject."""
    radius: float | None = None
    """How round the corners of cards are, in points; None: as the design has them."""


NO_THEME: Final = Theme()

encode_theme: Final = msgspec.msgpack.Encoder(order="sorted").encode
decode_theme: Final = msgspec.msgpack.Decoder(Theme).decode


class StoredTheme(msgspec.Struct, frozen=True):
    """A theme by its bytes."""

    data: bytes
    """Of `encode_theme`."""
    sha256: str

    @classmethod
    def of(cls, theme: Theme) -> "StoredTheme":
        """The theme as it is kept."""
        data = encode_theme(theme)
        return cls(data, hashlib.sha256(data).hexdigest())
