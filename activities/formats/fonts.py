"""The pinned font set: what belongs to it, where it is kept, and how it gets there.

Fonts are not part of the project. `fonts.toml` names each of them by npm package, version, path
and SHA-256. `ensure_fonts` fetches what the cache lacks, with npm; where there is none or it fails,
from the registry over HTTPS by itself (`NPM_CONFIG_REGISTRY` names another one). A font whose bytes
differ from the pinned ones counts as absent. The cache is the directory in the environment variable
`EXPORT_FONT_PATH`, else `export-service/fonts` in the user's cache directory.

Run `python -m activities.formats.fonts` to fill the cache.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import urllib.request
import zlib
from collections.abc import Callable
from functools import cache
from http.client import HTTPException
from pathlib import Path

import msgspec

_NPM_TIMEOUT_SECONDS = 600
_REGISTRY = "https://registry.npmjs.org"
_SILENT_SECONDS = 30
_LARGEST_ARCHIVE = 64 * 1024 * 1024
_verified: set[Path] = set()


class Font(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One font file of a package."""

    name: str
    """By which the renderer knows it, such as `sans-bold`."""
    path: str
    """Within the package's archive."""
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in the cache."""
        return f"{self.name}-{self.sha256[:12]}.ttf"


class FontPackage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An npm package with fonts."""

    name: str
    version: str
    licence: str
    """SPDX identifier of the fonts' licence."""
    fonts: tuple[Font, ...]


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
        FontsUnavailableError: a package cannot be had, by npm or without, a file is not the pinned
            one, or the cache cannot be written. What was fetched before stays; PDFs render with
            what is there and carry warnings.
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
            archive = _pack(package, scratch) or _download(package, Path(scratch))
            _unpack(package, archive, directory)
    except OSError as error:
        raise FontsUnavailableError(f"{directory}: {error.strerror or error}") from error


def _pack(package: FontPackage, scratch: str) -> Path | None:
    """The archive of a package, by npm; None when that gives none."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    named = f"{package.name}@{package.version}"
    try:
        subprocess.run(  # noqa: S603 - a fixed command with pinned arguments
            [npm, "pack", named, "--pack-destination", scratch, "--silent"],
            check=True,
            capture_output=True,
            cwd=scratch,
            timeout=_NPM_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return next(Path(scratch).glob("*.tgz"), None)


def _download(package: FontPackage, scratch: Path) -> Path:
    """The archive of a package, from where the registry keeps it."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY") or _REGISTRY
    archive = f"{package.name.rpartition('/')[2]}-{package.version}.tgz"
    url = f"{registry.rstrip('/')}/{package.name}/-/{archive}"
    try:
        with urllib.request.urlopen(url, timeout=_SILENT_SECONDS) as response:  # noqa: S310
            data = response.read(_LARGEST_ARCHIVE)
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise FontsUnavailableError(
            f"{package.name} cannot be fetched: npm is missing or failed, and {url} gives nothing "
            f"({reason})"
        ) from error
    path = scratch / archive
    path.write_bytes(data)
    return path


def _unpack(package: FontPackage, archive: Path, directory: Path) -> None:
    """Move the package's fonts into the cache, each with one rename."""
    for font in package.fonts:
        data = _member(archive, font.path)
        if hashlib.sha256(data).hexdigest() != font.sha256:
            raise FontsUnavailableError(f"{package.name} does not hold the pinned {font.path}")
        unpacked = archive.with_name(font.file_name)
        unpacked.write_bytes(data)
        unpacked.replace(directory / font.file_name)


def _member(archive: Path, path: str) -> bytes:
    """A file of an archive; nothing when there is none, or the archive is none."""
    try:
        with tarfile.open(archive) as contents:
            member = contents.extractfile(path)
            return member.read() if member else b""
    except (KeyError, EOFError, tarfile.TarError, zlib.error):
        return b""


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
