"""File downloads over HTTP: ranges, conditions and headers (RFC 9110, 6266, 9530)."""

import base64
import re
import unicodedata
from urllib.parse import quote

import msgspec

from web.schemas.job import ExportFile

_RANGES = re.compile(r"bytes\s*=\s*(.+)", re.IGNORECASE | re.ASCII)
_RANGE = re.compile(r"\s*(\d{0,40})\s*-\s*(\d{0,40})\s*", re.ASCII)
_ETAG = re.compile(r'(?:W/)?"[^"]*"')
# Invisible, but Persian and Indic words are misspelt without them.
_JOINERS = "\u200c\u200d"
_FORBIDDEN = frozenset('/\\:*?"<>|')
# What may stand in an extended parameter value as it is (RFC 8187, attr-char).
_ATTR_CHARS = "!#$&+-.^_`|~"


class ByteRange(msgspec.Struct, frozen=True):
    """The bytes from `start` up to but without `stop`."""

    start: int
    stop: int


class UnsatisfiableRangeError(ValueError):
    """The file has none of the bytes that were asked for."""


def etag_of(file: ExportFile) -> str:
    """The strong entity tag: equal bytes, equal tag."""
    return f'"{file.sha256}"'


def is_wanted(etag: str, if_match: str | None) -> bool:
    """False if `If-Match` asks for other bytes than these (RFC 9110, 13.1.1); no weak tag is that
    of a file.
    """
    if if_match is None or if_match.strip() == "*":
        return True
    return etag in _ETAG.findall(if_match)


def is_unchanged(etag: str, if_none_match: str | None) -> bool:
    """True if `If-None-Match` says that the client has these bytes already (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return etag in {tag.removeprefix("W/") for tag in _ETAG.findall(if_none_match)}


def requested_span(
    size: int, etag: str, range_header: str | None, if_range: str | None
) -> ByteRange | None:
    """The single range to send; None means the whole file.

    Several ranges at once, other units and malformed headers get the whole file, which RFC 9110
    section 14.2 allows. So does an `If-Range` that does not name these bytes.

    Raises:
        UnsatisfiableRangeError: the range lies outside the file.
    """
    ranges = _RANGES.fullmatch((range_header or "").strip())
    if ranges is None or (if_range is not None and if_range.strip() != etag):
        return None
    bounds = _RANGE.fullmatch(ranges.group(1))
    if bounds is None or bounds.group(1) == bounds.group(2) == "":
        return None
    if bounds.group(1) == "":
        length = int(bounds.group(2))
        if length == 0 or size == 0:
            raise UnsatisfiableRangeError
        return ByteRange(max(size - length, 0), size)
    start = int(bounds.group(1))
    last = int(bounds.group(2)) if bounds.group(2) else size - 1
    if bounds.group(2) and last < start:
        return None
    if start >= size:
        raise UnsatisfiableRangeError
    return ByteRange(start, min(last + 1, size))


def content_disposition(name: str) -> str:
    """`attachment` with an ASCII name for old clients and the real one for all others."""
    safe = _allowed(name).lstrip(".") or "export"
    # Taken apart, a full-width quote is a quote, and an ellipsis three dots.
    plain = _allowed(unicodedata.normalize("NFKD", safe).encode("ascii", "ignore").decode())
    stem, dot, extension = plain.rpartition(".") if "." in plain else (plain, "", "")
    stem = stem.lstrip("-. ")  # programs take a name that begins with a hyphen for an option
    plain = f"{stem if stem.strip(' ._-') else 'export'}{dot}{extension}"
    plain = plain.replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe=_ATTR_CHARS)}"


def _allowed(text: str) -> str:
    """The text without what a file's name or a header cannot have."""
    return "".join(
        char for char in text if (char.isprintable() or char in _JOINERS) and char not in _FORBIDDEN
    )


def headers_of(file: ExportFile, span: ByteRange | None) -> dict[str, str]:
    """The headers of a download, whole or of one range."""
    start, stop = (span.start, span.stop) if span else (0, file.size)
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    headers = {
        "ETag": etag_of(file),
        "Accept-Ranges": "bytes",
        "Content-Type": file.media_type,
        "Content-Length": str(stop - start),
        "Content-Disposition": content_disposition(file.name),
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    if span:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    return headers
