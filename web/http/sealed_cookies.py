"""Short-lived cookies, and states of flows, whose value nobody but the service can have made."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeVar

import msgspec

T = TypeVar("T")

LONGEST = 3_900
"""Characters of a value. Browsers drop cookies of more than 4,096, name and value together (RFC
6265bis, 5.6)."""


def seal(value: object, purpose: str, keys: Sequence[bytes]) -> str:
    """The value as text with an HMAC of it, which counts for this purpose alone."""
    text = base64.urlsafe_b64encode(msgspec.json.encode(value)).decode()
    return f"{text}.{_mac(text, purpose, keys[0])}"


def unseal(sealed: str, kind: type[T], purpose: str, keys: Sequence[bytes]) -> T | None:
    """The value that was sealed for this purpose; None when it was not, or with another key."""
    text, _, mac = sealed.rpartition(".")
    given = mac.encode(errors="replace")
    if not any(hmac.compare_digest(given, _mac(text, purpose, key).encode()) for key in keys):
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text), type=kind)
    except (binascii.Error, ValueError):
        return None


def _mac(text: str, purpose: str, key: bytes) -> str:
    message = f"{purpose}\n{text}".encode(errors="replace")
    return hmac.new(key, message, hashlib.sha256).hexdigest()
