"""Shapes of the checks of files and receipts, and of the keys that sign these."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

SHA256 = r"^[0-9A-Fa-f]{64}$"


class VerifyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hash of a file whose bytes stay where they are."""

    sha256: Annotated[str, Meta(pattern=SHA256, description="The SHA-256 of the file, in hex.")]


class ReceiptSignature(msgspec.Struct, frozen=True):
    """The signature of a statement (RFC 8032)."""

    algorithm: Literal["Ed25519"]
    key_id: str
    """`kid` of the key that signed."""
    value: str
    """64 bytes, in hex: of the bytes of the statement, as they stand in the receipt."""


class Receipt(msgspec.Struct, frozen=True):
    """A signed statement of what a file is made of, as canonical JSON (RFC 8785)."""

    signature: ReceiptSignature
    statement: dict[str, Any]


class VerifyResponse(msgspec.Struct, frozen=True):
    """What is known of a file or a receipt."""

    authentic: bool
    """True if this service made exactly this file, or signed exactly this receipt, and the caller
    may know: the file is the caller's own, or its owner asked for a receipt."""
    job_id: str | None = None
    """The export that made it, if it is the caller's own and its record is still there."""
    made_at: datetime | None = None
    """When the file was made; null if that is not known, as of a receipt within a file."""
    current: bool | None = None
    """False if content has changed since; null unless it is the caller's own."""
    newer: list[str] = []
    """The ids of the caller's items that have changed since."""
    gone: list[str] = []
    """The ids of the caller's items that are not there any more."""


class PublicKey(msgspec.Struct, frozen=True):
    """A public key (RFC 7517, RFC 8037)."""

    kty: str
    crv: str
    alg: str
    use: str
    kid: str
    """The thumbprint of the key (RFC 7638): `key_id` of the receipts that it signed."""
    x: str


class PublicKeys(msgspec.Struct, frozen=True):
    """All keys by which receipts are checked, the one that signs now first."""

    keys: list[PublicKey]
