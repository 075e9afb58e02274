"""The pinned font set: what belongs to it, where it is kept, and how it gets there.

Fonts are not part of the project. `fonts.toml` names each of them by package, version, path and
SHA-256. `ensure_fonts` fetches what the cache lacks from the registries of npm and PyPI, and makes
the weights of variable fonts, whose packages are a fifth as large as those that hold each weight. A
font whose bytes differ from the pinned ones counts as absent. The cache is the directory in the
environment variable `EXPORT_FONT_PATH`, else `export-service/fonts` in the user's cache directory.

Run `python -m activities.formats.fonts` to fill the cache.
"""

import hashlib
import os
import sys
import tempfile
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from activities.formats.font_archives import (
    ArchiveUnavailableError,
    fetch_npm,
    fetch_pypi,
    member,
)

_verified: set[Path] = set()


class Font(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One font file of a package."""

    name: str
    """By which the renderer knows it, such as `sans-bold`."""
    path: str
    """Within the package's archive."""
    sha256: str
    weight: int | None = None
    """Of the font that is made of the variable one at the path; None for the font that is there."""

    @property
    def file_name(self) -> str:
        """Its name in the cache."""
        return f"{self.name}-{self.sha256[:12]}.ttf"


class FontPackage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package with fonts."""

    name: str
    version: str
    licence: str
    """SPDX identifier of the fonts' licence."""
    fonts: tuple[Font, ...]
    registry: Literal["npm", "pypi"] = "npm"


class _FontSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    packages: tuple[FontPackage, ...]


class FontsUnavailableError(Exception):
    """A package could not be fetched, or it does not hold the pinned bytes."""


@cache
def font_packages() -> tuple[FontPackage, ...]:
    """The pinned font packages."""
    table = tomllib.loads(Path(__file__).with_name("fonts.toml").read_text("utf-8"))
    return msgspec.convert(table, _FontSet).packages


def font_directory() -> Path:
    """The directory in which fonts are kept on this machine."""
    configured = os.environ.get("EXPORT_FONT_PATH")
    if configured:
        return Path(configured)
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "export-service" / "fonts"


def find_font(name: str) -> Path | None:
    """The file of a font of the set, or None when its pinned bytes are not in the cache.

    A font that was found is not looked at again as long as the process lives.

    Raises:
        KeyError: the set has no font of that name.
    """
    font = _fonts_by_name()[name]
    file = font_directory() / font.file_name
    return file if file in _verified or _verify(file, font.sha256) else None


@cache
def all_fonts() -> tuple[Path, ...]:
    """The files of all fonts of the set that are in the cache, in the order of the set."""
    files = (find_font(font.name) for package in font_packages() for font in package.fonts)
    return tuple(file for file in files if file is not None)


def _verify(file: Path, sha256: str) -> bool:
    genuine = _has_digest(file, sha256)
    if genuine:
        _verified.add(file)
    return genuine


@cache
def _fonts_by_name() -> dict[str, Font]:
    return {font.name: font for package in font_packages() for font in package.fonts}


def _has_digest(file: Path, sha256: str) -> bool:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except OSError:
        return False


def ensure_fonts(say: Callable[[str], None] = print) -> None:
    """Fetch what the cache lacks, one line through `say` for each package.

    Raises:
        FontsUnavailableError: a package cannot be had, a file is not the pinned one, or the cache
            cannot be written. What was fetched before stays; PDFs render with what is there and
            carry warnings.
    """
    for package in font_packages():
        if any(find_font(font.name) is None for font in package.fonts):
            say(f"Fetching fonts: {package.name} {package.version} ({package.licence})")
            _fetch(package)


def _fetch(package: FontPackage) -> None:
    directory = font_directory()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory) as scratch:
            fetch = fetch_npm if package.registry == "npm" else fetch_pypi
            archive = fetch(package.name, package.version, Path(scratch))
            _unpack(package, archive, directory)
    except ArchiveUnavailableError as error:
        raise FontsUnavailableError(str(error)) from error
    except OSError as error:
        raise FontsUnavailableError(f"{directory}: {error.strerror or error}") from error


def _unpack(package: FontPackage, archive: Path, directory: Path) -> None:
    """Move the package's fonts into the cache, each with one rename."""
    for font in package.fonts:
        data = _made(member(archive, font.path), font)
        if hashlib.sha256(data).hexdigest() != font.sha256:
            weight = f" of weight {font.weight}" if font.weight else ""
            raise FontsUnavailableError(
                f"{package.name} does not hold the pinned {font.path}{weight}"
            )
        unpacked = archive.with_name(font.file_name)
        unpacked.write_bytes(data)
        unpacked.replace(directory / font.file_name)


def _made(data: bytes, font: Font) -> bytes:
    """The font of the set that is made of a file of its package."""
    if font.weight is None and font.path.endswith(".ttf"):
        return data
    # Only who fills the cache takes the time to load what makes fonts.
    from activities.formats.font_making import static_font

    return static_font(data, font.weight)


def main() -> int:
    """Fill the cache; 1 when that failed."""
    try:
        ensure_fonts()
    except FontsUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Fonts are in {font_directory()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
