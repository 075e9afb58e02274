"""Where a file goes in a destination: the operator's template, filled with what no name escapes.

Parts of owners and titles are never more than one part of the path, whatever they hold.
"""

import hashlib
import string
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from urllib.parse import quote

import msgspec

Pieces = Callable[[], AsyncIterator[bytes]]
"""Gives a file's bytes from the beginning; it raises before the last of them if they are wrong."""

FIELDS = ("owner", "job_id", "date", "format", "name")
"""What a template may hold, in braces."""

_LONGEST_PART = 180
_KEPT = 100


class DeliveredFile(msgspec.Struct, frozen=True):
    """The file of an export that is to be delivered."""

    job_id: str
    owner_id: str
    format: str
    name: str
    """As a download is called."""
    created_at: datetime
    size: int
    """In bytes."""
    sha256: str
    """In hex."""
    media_type: str


def check_template(template: str) -> None:
    """Refuse a template that could lead two exports to one place, or anywhere else.

    Raises:
        ValueError: it says why.
    """
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        raise ValueError("path: a brace is open") from None
    names = [name for _, name, _, _ in parts if name is not None]
    if any(name not in FIELDS for name in names) or any(
        spec or conversion for _, _, spec, conversion in parts
    ):
        raise ValueError(f"path: there are {', '.join(f'{{{name}}}' for name in FIELDS)}")
    if "job_id" not in names:
        raise ValueError("path: without {job_id} an export would replace another")
    segments = template.split("/")
    if (
        "\\" in template
        or not template.isprintable()
        or any(segment in {"", ".", ".."} for segment in segments)
    ):
        raise ValueError("path: its parts are names, with one / between them")


def path_of(template: str, file: DeliveredFile) -> str:
    """The path of a file, relative, with one `/` between its parts."""
    return template.format(
        owner=safe_part(file.owner_id),
        job_id=file.job_id,
        date=file.created_at.strftime("%Y-%m-%d"),
        format=file.format,
        name=_safe_name(file.name),
    )


def safe_part(text: str) -> str:
    """A part of a path that no other text gives: what is not harmless is percent-encoded."""
    encoded = quote(text, safe="")
    if encoded.startswith("."):
        encoded = f"%2E{encoded[1:]}"
    if len(encoded) <= _LONGEST_PART:
        return encoded
    return f"{encoded[:_KEPT].rstrip('%')}-{hashlib.sha256(text.encode()).hexdigest()}"


def _safe_name(name: str) -> str:
    """A file's name, without what parts paths or is a command to some system."""
    kept = "".join("_" if c in '/\\:*?"<>|%' or not c.isprintable() else c for c in name)
    kept = kept.lstrip(".").strip() or "export"
    stem, dot, extension = kept.rpartition(".")
    while len(kept.encode()) > _LONGEST_PART and len(stem) > 1:
        stem = stem[:-1]
        kept = f"{stem}{dot}{extension}"
    return kept
