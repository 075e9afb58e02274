"""What an item may hold, and what an export may become, whatever the format.

`activities.documents.budget` bounds what becomes of the texts of one item.
"""

import errno
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from activities.model.content import Item
from workflows.contracts import Produced

TEXT_CHARACTERS_MAX: Final = 1_000_000
"""Characters of a text, without the images in it: a book of 400 pages."""
ITEM_CHARACTERS_MAX: Final = 4_000_000
"""Characters of all texts of an item, likewise."""
ITEM_ENTRIES_MAX: Final = 50_000
"""Texts, numbers and sections of an item: each takes a place of its own in every format."""
ITEM_BYTES_MAX: Final = 64 * 1024 * 1024
"""Bytes of an item as JSON with its images: what a content source may send in one response."""
PICTURE_BYTES_MAX: Final = 10 * 1024 * 1024
"""Bytes of a picture's file, wherever it comes from."""
EXPORT_TOKENS_MAX: Final = 4_000_000
"""Tokens (`activities.documents.budget`) of an export: a hundred items of 130 pages each."""
EXPORT_PIXELS_MAX: Final = 5_000_000_000
"""Pixels of an export's images: four hundred photographs of twelve megapixels."""
UNPACKED_RATIO_MAX: Final = 100
"""Times that what is in a zip file may be as large as the file: real exports are at 5 to 20."""
UNPACKED_RATIO_FROM: Final = 64 * 1024 * 1024
"""Bytes of what is in a zip file up to which the ratio does not matter."""

_SURELY_FITS = ITEM_ENTRIES_MAX * 4
"""Bytes of JSON; an entry takes four at least."""
_IMAGE = re.compile(
    r"data:image/[a-zA-Z0-9.+-]+;base64,\s?(?:[A-Za-z0-9+/=%]{60,}\s{1,9})*[A-Za-z0-9+/=%]+"
)
"""Mails and editors break the data into lines of 76 or 64 characters."""


class ExportTooLargeError(OSError):
    """The export, or a part of it, has more bytes than it may have."""

    def __init__(self) -> None:
        super().__init__(errno.EFBIG, "larger than exports may be")


def check_produced(produced: Produced, max_file_bytes: int) -> None:
    """Check what the content of an export became.

    Args:
        produced: all of it so far.
        max_file_bytes: the most bytes that its file may have, packed or not.

    Raises:
        ExportTooLargeError: it is more than an export may become.
    """
    if (
        produced.tokens > EXPORT_TOKENS_MAX
        or produced.pixels > EXPORT_PIXELS_MAX
        or produced.unpacked > max_file_bytes
    ):
        raise ExportTooLargeError


def is_too_large(item: Item, encoded: bytes) -> bool:
    """Whether an item has more or longer texts than an item may have.

    Args:
        item: the item.
        encoded: the item as JSON.
    """
    if len(encoded) <= _SURELY_FITS:
        return False
    if len(encoded) > ITEM_BYTES_MAX:
        return True
    characters = entries = 0
    for value in _values(item):
        entries += 1
        if isinstance(value, str):
            length = len(_IMAGE.sub("", value))
            characters += length
            if length > TEXT_CHARACTERS_MAX:
                return True
    return characters > ITEM_CHARACTERS_MAX or entries > ITEM_ENTRIES_MAX


def _values(item: Item) -> Iterator[Any]:
    """Everything that an item holds, containers included."""
    waiting: list[Any] = [item]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, msgspec.Struct):
            waiting += [getattr(value, name) for name in value.__struct_fields__]
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
