"""What a bundle says of itself: `manifest.json`, and `manifest-sha256.txt` for `sha256sum -c`."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from activities.model.options import RenderOptions
from activities.model.warnings import ExportWarning
from workflows.contracts import LeftOut

_VERSION = 1

MANIFEST = "manifest.json"
HASHES = "manifest-sha256.txt"


class BundledFileFacts(msgspec.Struct, frozen=True):
    """A file of a bundle, as its manifest has it."""

    path: str
    format: str
    media_type: str
    size: int
    """The size in bytes."""
    sha256: str
    """The hash of the bytes, in hex."""
    items: int
    warnings: list[ExportWarning]


class _ExportFacts(msgspec.Struct, frozen=True):
    title: str
    snapshot_time: datetime
    items: int
    options: RenderOptions


class _Manifest(msgspec.Struct, frozen=True):
    format_version: int
    export: _ExportFacts
    files: list[BundledFileFacts]
    left_out: list[LeftOut]


def manifest(
    *,
    title: str,
    snapshot_time: datetime,
    items: int,
    options: RenderOptions,
    files: Sequence[BundledFileFacts],
    left_out: Sequence[LeftOut],
) -> bytes:
    """The manifest as JSON.

    Args:
        title: the title of the export.
        snapshot_time: that of its newest content.
        items: the number of items that were asked for.
        options: those of the request.
        files: in the order of the request.
        left_out: the formats that could not be made.
    """
    facts = _ExportFacts(title, snapshot_time, items, options)
    whole = _Manifest(_VERSION, facts, list(files), list(left_out))
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def hashes(files: Sequence[BundledFileFacts]) -> bytes:
    """The hashes of the files, each on a line, as `sha256sum -c` reads them (GNU coreutils)."""
    return "".join(f"{file.sha256}  {file.path}\n" for file in files).encode()


def paths(names: Sequence[tuple[str, str, str]]) -> list[str]:
    """Names for files in one directory.

    Args:
        names: of each file a name without its extension, the extension, and its format's id, which
            is added where two files would have the same name.
    """
    plain = [f"{stem}.{extension}" for stem, extension, _ in names]
    return [
        name if plain.count(name) == 1 else f"{stem}-{format_id}.{extension}"
        for name, (stem, extension, format_id) in zip(plain, names, strict=True)
    ]
