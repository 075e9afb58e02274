"""Signatures of presigned URLs: who has such a URL may download one file for a while with no token.

The signature is an HMAC-SHA-256 (RFC 2104) over version, key, method, job, owner, the file's
hash and the expiry, so a URL is worth nothing for another job, file or time.
"""

import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_VERSION = "v1"
_KEYS_KNOWN = 64
_LINK_ID_DIGITS = 12


class _Prepared(NamedTuple):
    """The part that all signatures of a key have in common."""

    prefix: str
    """Version and key id, as each signature begins."""
    mac: hmac.HMAC
    """Has taken in the fields that are the same for all."""


@lru_cache(_KEYS_KNOWN)
def _prepared(key: bytes) -> _Prepared:
    key_id = hashlib.sha256(b"key id\x00" + key).hexdigest()[:8]
    fields = b"".join(map(_field, (_VERSION, key_id, "GET")))
    return _Prepared(f"{_VERSION}-{key_id}-", hmac.new(key, fields, "sha256"))


def _field(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(4, "big") + encoded


def sign(keys: Sequence[bytes], job_id: str, owner_id: str, sha256: str, expires: int) -> str:
    """Sign a URL with the first key; returns version, key id and hex digest, joined by dashes.

    Args:
        keys: the signing keys, newest first.
        job_id: the job whose file the URL gives.
        owner_id: the job's owner.
        sha256: the file's hash in hex.
        expires: Unix seconds from which on the URL is worth nothing.
    """
    prepared = _prepared(keys[0])
    mac = prepared.mac.copy()
    mac.update(_field(job_id) + _field(owner_id) + _field(sha256) + _field(str(expires)))
    return prepared.prefix + mac.hexdigest()


def link_id(signature: str) -> str:
    """The id of a presigned URL with this signature: the first 48 of its 256 bits, in hex.

    Enough to tell URLs apart, and far too little to make one of it.
    """
    return signature.rpartition("-")[2][:_LINK_ID_DIGITS]


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
    """True if the URL was signed with one of the keys and has not expired.

    `expires` is compared as the text that stood in the URL.
    """
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
        return False
    given = signature.encode("utf-8", "replace")
    matches = [
        hmac.compare_digest(given, sign([key], job_id, owner_id, sha256, int(expires)).encode())
        for key in keys
    ]
    return any(matches) and str(int(expires)) == expires and now < int(expires)
