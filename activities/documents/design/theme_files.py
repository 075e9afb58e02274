"""Theme files: one TOML a tenant in one directory, beside the logos and fonts that they name."""

import os
import re
import stat
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from activities.documents.design.colours import Colour
from activities.documents.design.theme_contrast import check_contrast
from activities.documents.design.theme_error import ThemeError
from activities.documents.design.theme_logo import LOGO_BYTES_MAX, check_logo
from activities.documents.design.tokens import AccentName
from activities.model.book_options import THEME_NAME
from activities.model.themes import CoverStyle, Motif, Theme, ThemeFonts

_TOML_BYTES_MAX: Final = 64 * 1024
_FONT_BYTES_MAX: Final = 2_000_000
_ONE_LINE: Final = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"

_Hex = Annotated[str, Meta(pattern=r"^#[0-9A-Fa-f]{6}$")]
_FileName = Annotated[str, Meta(min_length=1, max_length=255)]


class _FontFiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    regular: _FileName
    bold: _FileName = ""
    italic: _FileName = ""
    bold_italic: _FileName = ""


class _ThemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shared: bool = False
    accent: _Hex = ""
    subjects: dict[AccentName, _Hex] = {}
    logo: _FileName = ""
    heading_font: _FontFiles | None = None
    text_font: _FontFiles | None = None
    header_text: Annotated[str, Meta(max_length=60, pattern=_ONE_LINE)] = ""
    footer_text: Annotated[str, Meta(max_length=90, pattern=_ONE_LINE)] = ""
    licence: Annotated[str, Meta(max_length=120, pattern=_ONE_LINE)] = ""
    cover_style: CoverStyle = "full"
    motif: Motif | None = None
    radius: Annotated[float, Meta(ge=0, le=5)] | None = None


class ReadTheme(msgspec.Struct, frozen=True):
    """A theme as its file has it."""

    theme: Theme
    shared: bool
    """True if callers may choose it whose token names no tenant."""


def theme_names(directory: Path) -> list[str]:
    """The names of the themes of a directory.

    Raises:
        ThemeError: the directory cannot be read, or a file of TOML has a name that no theme has.
    """
    try:
        found = sorted(entry.name for entry in os.scandir(directory))
    except OSError as error:
        raise ThemeError(f"{directory}: cannot be read ({error.strerror}).") from error
    names = [name.removesuffix(".toml") for name in found if name.endswith(".toml")]
    for name in names:
        if not re.fullmatch(THEME_NAME, name):
            raise ThemeError(
                f"{name}.toml: the name of a theme is at most 64 of a-z, 0-9, - and _, and begins "
                "and ends with a letter or digit."
            )
    return names


def read_theme(directory: Path, name: str) -> ReadTheme:
    """The theme of a file.

    Raises:
        ThemeError: it cannot be used; its message names the member, and not the file.
    """
    data = _read(directory, f"{name}.toml", _TOML_BYTES_MAX)
    try:
        written = msgspec.toml.decode(data, type=_ThemeFile)
    except msgspec.ValidationError as error:
        raise ThemeError(f"{error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ThemeError(f"is no TOML: {error}.") from error
    if written.accent:
        check_contrast("accent", Colour(written.accent))
    for subject, base in written.subjects.items():
        check_contrast(f"subjects.{subject}", Colour(base))
    logo = _read(directory, written.logo, LOGO_BYTES_MAX, "logo: ") if written.logo else b""
    if logo:
        check_logo(logo)
    theme = Theme(
        accent=written.accent.upper(),
        subjects={subject: base.upper() for subject, base in written.subjects.items()},
        logo=logo,
        heading_font=_fonts(directory, "heading_font", written.heading_font),
        text_font=_fonts(directory, "text_font", written.text_font),
        header_text=written.header_text.strip(),
        footer_text=written.footer_text.strip(),
        licence=written.licence.strip(),
        cover_style=written.cover_style,
        motif=written.motif,
        radius=written.radius,
    )
    return ReadTheme(theme, written.shared)


def _fonts(directory: Path, member: str, written: _FontFiles | None) -> ThemeFonts | None:
    if written is None:
        return None
    # Few themes have fonts, and what reads them is large.
    from activities.documents.design.theme_fonts import family_of

    styles = dict[str, bytes]()
    families = dict[str, str]()
    for style, file in msgspec.structs.asdict(written).items():
        if file:
            where = f"{member}.{style}: "
            styles[style] = _read(directory, file, _FONT_BYTES_MAX, where)
            families[style] = family_of(f"{member}.{style}", styles[style])
    return ThemeFonts(name=families["regular"], **styles)


def _read(directory: Path, name: str, most: int, where: str = "") -> bytes:
    """The bytes of a file that is in the directory itself.

    A link that stays within it is followed, since volumes of orchestrators are made of such.
    """
    if Path(name).name != name or name in {".", ".."} or "\\" in name or "\0" in name:
        raise ThemeError(f"{where}{name!r} is no name of a file in the theme's directory.")
    try:
        root = directory.resolve(strict=True)
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root):
            raise ThemeError(f"{where}{name!r} leads out of the theme's directory.")
        # Not waiting: a pipe would never give anything.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ThemeError(f"{where}{name!r} is no file.")
            data = file.read(most + 1)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "links in a circle"
        raise ThemeError(f"{where}{name!r} cannot be read ({reason}).") from error
    if len(data) > most:
        raise ThemeError(f"{where}{name!r} has more than {most:,} bytes.")
    return data
