"""The name under which a person saves an export."""

import re
import unicodedata

from activities.model.plain_titles import plain_title

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')
# Windows keeps these for devices, whatever the extension.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_EDGES = "-. \u200c\u200d"

_LONGEST = 80
# File systems count bytes (255 as a rule) where people count characters; some of the 255 are for
# the extension and for what a browser adds to a name that is taken.
_LONGEST_BYTES = 200


def file_name(title: str, extension: str) -> str:
    """A name made from a title: readable, in its own script, safe on every file system.

    Args:
        title: as Markdown, whose marks are left out.
        extension: without a dot.
    """
    kept = "".join(
        character
        for character in unicodedata.normalize("NFC", title)
        if unicodedata.category(character)[0] != "C" or character in "\u200c\u200d\t\n"
    )
    text = plain_title(kept) if kept.strip() else ""
    stem = _FORBIDDEN.sub("-", text).strip(_EDGES)[:_LONGEST]
    stem = stem.encode()[:_LONGEST_BYTES].decode(errors="ignore").strip(_EDGES)
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return f"{stem or 'export'}.{extension}"


def extension_of(name: str) -> str:
    """The extension of a name that `file_name` made."""
    return name.rpartition(".")[2]
