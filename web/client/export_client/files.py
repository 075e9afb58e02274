"""Downloaded files: written beside their place, checked, then put there."""

import glob
import hashlib
import tempfile
from pathlib import Path

from export_client.model import ClientError, File

_HASH_DIGITS = 12


class DamagedFileError(ClientError):
    """The bytes that arrived are not the file that the job promises."""


def place_for(file: File, target: Path) -> Path:
    """The path for a file: in the target if that is a directory, under its own name, else the
    target.
    """
    return target / Path(file.name).name if target.is_dir() else target


def check_place(target: Path) -> None:
    """See that a file can be made there, before there is anything to put into it.

    Args:
        target: see `place_for`.

    Raises:
        OSError: it cannot; it names the directory.
    """
    directory = target if target.is_dir() else target.parent
    try:
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        # The system names a file of the probe's.
        raise OSError(error.errno, error.strerror, str(directory)) from None


def size_of(part: Path) -> int:
    """The bytes that are there of a download."""
    return part.stat().st_size if part.exists() else 0


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def part_of(target: Path, file: File) -> Path:
    """The path at which a download of this very file is kept until it is whole."""
    return target.with_name(f"{target.name}.{file.sha256[:_HASH_DIGITS]}.part")


def finish(part: Path, target: Path, promised: File) -> None:
    """Put a whole download in its place, and remove parts of other files that were to go there.

    Raises:
        DamagedFileError: its hash is not the promised one; what was downloaded is removed.
    """
    if sha256_of(part) != promised.sha256:
        part.unlink()
        raise DamagedFileError(f"{target.name} arrived damaged")
    part.replace(target)
    digits = "[0-9a-f]" * _HASH_DIGITS
    for other in target.parent.glob(f"{glob.escape(target.name)}.{digits}.part"):
        other.unlink(missing_ok=True)
