"""What the audit log calls an owner of whom everything was erased.

HMAC-SHA-256 (RFC 2104) of the owner's name, under a key that the database does not have: whoever
reads the log sees which deeds were of one owner, and cannot try names until one fits.
"""

import hmac
from collections.abc import Sequence

_PURPOSE = b"erased owner\n"
_BYTES = 16


def pseudonyms_of(owner_id: str, keys: Sequence[bytes]) -> list[str]:
    """The owner's pseudonym under each of the keys, in their order."""
    name = _PURPOSE + owner_id.encode(errors="surrogatepass")
    return [f"erased-{hmac.digest(key, name, 'sha256')[:_BYTES].hex()}" for key in keys]
