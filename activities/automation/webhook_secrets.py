"""The secrets that sign messages to webhooks: how they are made, shown, kept and used.

In the database they are encrypted (AES-256-GCM, NIST SP 800-38D) by keys that only the processes
know which need them, so that a copy of it signs nothing. Each is bound to its webhook: moved to the
row of another it does not open.
"""

import base64
import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks import Webhook

_SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_KEY_ID_BYTES: Final = 6
_PREFIX: Final = "whsec_"


class UnknownKeyError(Exception):
    """A secret was encrypted by a key that this process does not have."""


class SecretKeys:
    """Encrypts and decrypts secrets. The first key encrypts, all decrypt."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of any length, of which there may be none."""
        self._keys = dict(_derived(key) for key in keys)
        self._current = next(iter(self._keys), "")

    @property
    def exist(self) -> bool:
        """False if there is no key, and so no webhook."""
        return bool(self._current)

    def seal(self, webhook_id: str, secret: bytes) -> str:
        """The secret as it is kept.

        Raises:
            UnknownKeyError: there is no key.
        """
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher(self._current).encrypt(nonce, secret, webhook_id.encode())
        return f"{self._current}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, webhook_id: str, sealed: str) -> bytes:
        """The secret of what is kept.

        Raises:
            UnknownKeyError: none of the keys opens it.
        """
        key_id, _, text = sealed.partition(".")
        data = base64.b64decode(text)
        try:
            return self._cipher(key_id).decrypt(
                data[:_NONCE_BYTES], data[_NONCE_BYTES:], webhook_id.encode()
            )
        except InvalidTag:
            raise UnknownKeyError from None

    @property
    def current(self) -> str:
        """How each text begins that `seal` gives."""
        return f"{self._current}."

    def _cipher(self, key_id: str) -> AESGCM:
        key = self._keys.get(key_id)
        if key is None:
            raise UnknownKeyError
        return AESGCM(key)


def _derived(key: bytes) -> tuple[str, bytes]:
    """The id of a key, of which the key cannot be guessed, and what encrypts (RFC 5869)."""
    derived = HKDF(
        SHA256(), _KEY_ID_BYTES + _KEY_BYTES, salt=None, info=b"export-service webhook secrets"
    ).derive(key)
    return derived[:_KEY_ID_BYTES].hex(), derived[_KEY_ID_BYTES:]


def new_secret() -> bytes:
    """A secret that nobody knows."""
    return secrets.token_bytes(_SECRET_BYTES)


def shown(secret: bytes) -> str:
    """The secret as receivers configure it (Standard Webhooks, "Signature scheme")."""
    return f"{_PREFIX}{base64.b64encode(secret).decode()}"


def signed_headers(
    message_id: str, at: datetime, body: bytes, signing: Sequence[bytes]
) -> dict[str, str]:
    """The headers that prove who sent a message, and when (Standard Webhooks 1.0.0).

    Args:
        message_id: the same in each attempt.
        at: the time of the attempt, in UTC.
        body: as it is sent.
        signing: the secrets, each of which gives a signature.
    """
    text = body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(message_id, at, text) for secret in signing
        ),
    }
