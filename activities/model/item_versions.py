"""Which states of which items an export holds."""

from collections.abc import Sequence
from datetime import datetime

import msgspec


class ItemVersion(msgspec.Struct, frozen=True, array_like=True):
    """The state of one item; in JSON an array, as there may be very many."""

    id: str
    updated_at: datetime
    """As the content source gives it."""
    sha256: bytes
    """The hash of the item as JSON; in JSON itself it is Base64."""


class PartVersions(msgspec.Struct, frozen=True):
    """The states of the items of one chunk."""

    chunk: int
    fingerprint: str
    """The hash of the chunk's content, in hex (`content_fingerprint`)."""
    items: Sequence[ItemVersion]
    """In the order of the export."""
