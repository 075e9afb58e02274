"""Names of the files of a folder, which every file system and program takes."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from activities.documents.link_targets import slug

INDEX: Final = "index.md"
README: Final = "README.md"
MEDIA: Final = "media"
_BYTES_MAX: Final = 80
_DIGITS_MIN: Final = 2
_HYPHENS: Final = re.compile("[-_]{2,}")


def folder_name(number: int, items_total: int, title: str) -> str:
    """The folder of an item: its number, then letters, digits and hyphens of its title.

    The number tells folders apart whose titles differ in nothing, or in capitals alone.
    """
    digits = max(_DIGITS_MIN, len(str(items_total)))
    shown = f"{number:0{digits}}"
    named = _HYPHENS.sub("-", slug(unicodedata.normalize("NFC", title)))
    cut = named.encode("utf-8", "ignore")[: _BYTES_MAX - len(shown) - 1].decode(errors="ignore")
    return f"{shown}-{cut}".rstrip("-_")


def part_file(part: str) -> str:
    """The file of a part."""
    return f"{part.replace('_', '-')}.md"


def address(folder: str, file: str, beside: str) -> str:
    """The address of a file in a folder, for a text in the folder `beside`; empty is the top."""
    if folder == beside:
        return quote(file)
    up = "../" if beside else ""
    return quote(f"{up}{folder}/{file}" if folder else f"{up}{file}")
