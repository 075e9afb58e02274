"""Which states of which items an export holds."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

TITLE_MAX = 200
"""Characters of a title that are kept."""
MODEL_MAX = 200
"""Characters of a model's name that are kept."""


class ItemVersion(msgspec.Struct, frozen=True, array_like=True):
    """The state of one item; in JSON an array, as there may be very many."""

    id: str
    updated_at: datetime
    """As the content source gives it."""
    sha256: bytes
    """The hash of the item as JSON; in JSON itself it is Base64."""
    version: int = 0
    """As the content source counts; 0 if an older process noted it."""
    title: str = ""
    """As Markdown, at most `TITLE_MAX` characters; empty if an older process noted it."""
    pictures: bytes = b""
    """The hash of the pictures that it refers to, as they were fetched; empty when there were none
    to fetch."""
    model: str = ""
    """The model that wrote it, as its metadata have it; empty where a receipt is not asked for."""
    quality: dict[str, float] = {}
    """Its quality metrics, likewise."""


class PartVersions(msgspec.Struct, frozen=True):
    """The states of the items of one chunk."""

    chunk: int
    fingerprint: str
    """The hash of the chunk's content, in hex (`content_fingerprint`)."""
    items: Sequence[ItemVersion]
    """In the order of the export."""
