"""Archives of packages with fonts, from the registry of npm or of PyPI.

npm and pip fetch them, as they are set up on this machine. Where there is no npm, or it fails, the
archive comes over HTTPS from the registry that `NPM_CONFIG_REGISTRY` names, or the usual one.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
import zlib
from http.client import HTTPException
from pathlib import Path

_TIMEOUT_SECONDS = 600
_REGISTRY = "https://registry.npmjs.org"
_SILENT_SECONDS = 30
_LARGEST_ARCHIVE = 64 * 1024 * 1024


class ArchiveUnavailableError(Exception):
    """An archive cannot be had from its registry."""


def fetch_npm(name: str, version: str, scratch: Path) -> Path:
    """The archive of an npm package, in a directory.

    Raises:
        ArchiveUnavailableError: neither npm nor the registry gives it.
    """
    npm = shutil.which("npm")
    named = f"{name}@{version}"
    if npm and _runs(scratch, npm, "pack", named, "--pack-destination", str(scratch), "--silent"):
        archive = next(scratch.glob("*.tgz"), None)
        if archive:
            return archive
    return _download(name, version, scratch)


def fetch_pypi(name: str, version: str, scratch: Path) -> Path:
    """The wheel of a PyPI package, in a directory.

    Raises:
        ArchiveUnavailableError: pip does not give it.
    """
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download")
    named = f"{name}=={version}"
    if _runs(scratch, *pip, "--no-deps", "--only-binary=:all:", "--dest", str(scratch), named):
        wheel = next(scratch.glob("*.whl"), None)
        if wheel:
            return wheel
    raise ArchiveUnavailableError(f"{name} cannot be fetched: pip download {named} failed")


def member(archive: Path, path: str) -> bytes:
    """A file of an archive; nothing when there is none, or the archive is none."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(path)
        with tarfile.open(archive) as contents:
            found = contents.extractfile(path)
            return found.read() if found else b""
    except (KeyError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error):
        return b""


def _runs(directory: Path, *command: str) -> bool:
    """Whether a command ends well in a directory."""
    try:
        subprocess.run(  # noqa: S603 - a fixed command with pinned arguments
            command,
            check=True,
            capture_output=True,
            cwd=directory,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _download(name: str, version: str, scratch: Path) -> Path:
    """The archive of an npm package, from where the registry keeps it."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY") or _REGISTRY
    archive = f"{name.rpartition('/')[2]}-{version}.tgz"
    url = f"{registry.rstrip('/')}/{name}/-/{archive}"
    try:
        with urllib.request.urlopen(url, timeout=_SILENT_SECONDS) as response:  # noqa: S310
            data = response.read(_LARGEST_ARCHIVE)
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ArchiveUnavailableError(
            f"{name} cannot be fetched: npm is missing or failed, and {url} gives nothing "
            f"({reason})"
        ) from error
    path = scratch / archive
    path.write_bytes(data)
    return path
