"""Codes of shares: what stands in the links that others are given.

A code is the share's id and an HMAC-SHA-256 (RFC 2104) of it. The database has the id alone, of
which no link can be made, and the owner can be shown the link again and again.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Sequence

_ID_BYTES = 16
_MAC_BYTES = 16
_ID = "[0-9a-f]{32}"
_SHARE_ID = re.compile(_ID, re.ASCII)
_CODE = re.compile(rf"({_ID})\.([A-Za-z0-9_-]{{22}})", re.ASCII)


def new_share_id() -> str:
    """A random id: 128 bits in hex."""
    return secrets.token_hex(_ID_BYTES)


def is_share_id(text: str) -> bool:
    """True if the text has the form of a share's id."""
    return _SHARE_ID.fullmatch(text) is not None


def code_of(share_id: str, keys: Sequence[bytes]) -> str:
    """The code of a share, by the first of the keys."""
    return f"{share_id}.{_mac(share_id, keys[0])}"


def share_id_of(code: str, keys: Sequence[bytes]) -> str | None:
    """The share that a code is of; None: no key made it. All keys count."""
    found = _CODE.fullmatch(code)
    if found is None:
        return None
    share_id, given = found[1], found[2].encode()
    matches = [hmac.compare_digest(given, _mac(share_id, key).encode()) for key in keys]
    return share_id if any(matches) else None


def _mac(share_id: str, key: bytes) -> str:
    mac = hmac.digest(key, b"share\x00" + share_id.encode(), "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")
