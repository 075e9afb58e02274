"""Signed download links: who has one may download one file for a while, without a token.

The signature is an HMAC-SHA-256 (RFC 2104) over version, key, method, job, owner, the file's
hash and the expiry, so a link is worth nothing for another job, file or time.
"""

import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_VERSION = "v1"
_KEYS_KNOWN = 64


class _Begun(NamedTuple):
    """What all signatures of a key have in common."""

    signature: str
    """How they begin."""
    mac: hmac.HMAC
    """Of the fields that are the same for all."""


@lru_cache(_KEYS_KNOWN)
def _begun(key: bytes) -> _Begun:
    key_id = hashlib.sha256(b"key id\x00" + key).hexdigest()[:8]
    fields = b"".join(map(_field, (_VERSION, key_id, "GET")))
    return _Begun(f"{_VERSION}-{key_id}-", hmac.new(key, fields, "sha256"))


def _field(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(4, "big") + encoded


def sign(keys: Sequence[bytes], job_id: str, owner_id: str, sha256: str, expires: int) -> str:
    """The signature of a link, made with the first key: version, key id and hex, dash between.

    Args:
        keys: the signing keys, newest first.
        job_id: the job whose file the link gives.
        owner_id: the job's owner.
        sha256: the file's hash in hex.
        expires: Unix seconds after which the link is worth nothing.
    """
    begun = _begun(keys[0])
    mac = begun.mac.copy()
    mac.update(_field(job_id) + _field(owner_id) + _field(sha256) + _field(str(expires)))
    return begun.signature + mac.hexdigest()


def verify(
    keys: Sequence[bytes],
    signature: str,
    *,
    job_id: str,
    owner_id: str,
    sha256: str,
    expires: str,
    now: float,
) -> bool:
    """Whether the link was signed by one of the keys and its time has not run out.

    `expires` is compared as the text that stood in the link.
    """
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
        return False
    given = signature.encode("utf-8", "replace")
    matches = [
        hmac.compare_digest(given, sign([key], job_id, owner_id, sha256, int(expires)).encode())
        for key in keys
    ]
    return any(matches) and str(int(expires)) == expires and now < int(expires)
