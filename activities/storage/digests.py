"""Digests of files that are not stored yet."""

import hashlib
from io import BufferedReader
from typing import BinaryIO, cast


def sha256_of(file: BinaryIO) -> str:
    """The SHA-256, in hex, of a file from its beginning."""
    file.seek(0)
    return hashlib.file_digest(cast("BufferedReader", file), "sha256").hexdigest()
