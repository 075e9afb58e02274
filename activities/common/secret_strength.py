"""Which secrets of a deployment are hard to guess."""

from typing import Final

MIN_SECRET_BYTES: Final = 32
"""Bytes that a secret needs at least."""

# A random key of that length has more, be it written in hex; `xxxx...` has one.
_MIN_DISTINCT_BYTES: Final = 8


def is_strong(secret: bytes) -> bool:
    """True if a secret may be a random one."""
    return len(secret) >= MIN_SECRET_BYTES and len(set(secret)) >= _MIN_DISTINCT_BYTES
