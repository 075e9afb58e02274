"""The list of a release's files, which is what gets signed."""

import hashlib
from pathlib import Path

NAME = "SHA256SUMS"


def write_checksums(directory: Path) -> None:
    """Write the SHA-256 of every file of a directory, as `sha256sum --check` reads them."""
    lines = []
    for path in sorted(directory.iterdir()):
        with path.open("rb") as stream:
            lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {path.name}\n")
    (directory / NAME).write_text("".join(lines))
