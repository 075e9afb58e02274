"""What the API says of receipts and of files that are checked."""

from datetime import datetime

import msgspec


class Verified(msgspec.Struct, frozen=True):
    """What the service knows of a file."""

    authentic: bool
    job_id: str | None = None
    made_at: datetime | None = None
    current: bool | None = None
    """False if content has changed since; None unless the file is the caller's own."""
    newer: list[str] = []
    gone: list[str] = []


class ReceiptKey(msgspec.Struct, frozen=True):
    """A public key (RFC 8037)."""

    kty: str
    crv: str
    kid: str
    x: str


class ReceiptKeys(msgspec.Struct, frozen=True):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[ReceiptKey]
