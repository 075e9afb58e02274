"""Payloads of Temporal as nobody but this service reads them, where an operator asks for it.

They hold ids, keys and counts, and never content; the Markdown that Temporal's UI shows names the
owner. With keys, all of it is encrypted (AES-256-GCM, NIST SP 800-38D) before it leaves a process,
in the form of Temporal's own samples, so that its tools know what they see. Search attributes,
workflow ids, and the keys of fairness stay plain: the server works with them.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

from activities.common.secret_strength import MIN_SECRET_BYTES, is_strong
from workflows.converter import DATA_CONVERTER

PLAIN: Final = "plain"
"""In the place of the first key: what is written stays plain, and the keys only decrypt."""

_ENCODING: Final = b"binary/encrypted"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_KEY_ID_BYTES: Final = 6


class UnknownPayloadKeyError(Exception):
    """A payload was encrypted by a key that this process does not have, or it was tampered with."""


class UnusablePayloadKeyError(ValueError):
    """A key is too short or no random one; the message says which, and not what it is."""


def check_payload_keys(keys: Sequence[bytes]) -> None:
    """Refuse keys that could be guessed, such as a `PLAIN` that is written wrong.

    Raises:
        UnusablePayloadKeyError: one of them is too short or no random one.
    """
    for place, key in enumerate(keys, 1):
        if not is_strong(key) and (place, key) != (1, PLAIN.encode()):
            raise UnusablePayloadKeyError(
                f"key {place} needs at least {MIN_SECRET_BYTES} random bytes"
            )


class PayloadKeys(PayloadCodec):
    """Encrypts payloads with the first key, and decrypts them with whichever made them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of any length; the first may be `PLAIN`."""
        plain = bool(keys) and keys[0] == PLAIN.encode()
        derived = [_derived(key) for key in (keys[1:] if plain else keys)]
        self._ciphers = {key_id: AESGCM(key) for key_id, key in derived}
        self._current = b"" if plain or not derived else derived[0][0]

    async def encode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """See `PayloadCodec.encode`."""
        return self.seal(payloads)

    async def decode(self, payloads: Iterable[Payload]) -> list[Payload]:
        """See `PayloadCodec.decode`.

        Raises:
            UnknownPayloadKeyError: none of the keys opens one of them.
        """
        return self.open(payloads)

    def seal(self, payloads: Iterable[Payload]) -> list[Payload]:
        """The payloads, encrypted; those that are already stay as they are."""
        if not self._current:
            return list(payloads)
        return [each if _is_sealed(each) else self._sealed(each) for each in payloads]

    def open(self, payloads: Iterable[Payload]) -> list[Payload]:
        """The payloads, decrypted; those that are plain stay as they are.

        Raises:
            UnknownPayloadKeyError: none of the keys opens one of them.
        """
        return [self._opened(each) if _is_sealed(each) else each for each in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        data = self._ciphers[self._current].encrypt(
            nonce, payload.SerializeToString(), self._current
        )
        return Payload(
            metadata={
                "encoding": _ENCODING,
                "encryption-cipher": b"AES/GCM",
                "encryption-key-id": self._current,
            },
            data=nonce + data,
        )

    def _opened(self, payload: Payload) -> Payload:
        key_id = payload.metadata["encryption-key-id"]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownPayloadKeyError
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, sealed, key_id))
        except (InvalidTag, ValueError):
            raise UnknownPayloadKeyError from None


def data_converter(keys: Sequence[bytes]) -> DataConverter:
    """The converter of clients and workers; without keys payloads are plain JSON."""
    if not keys:
        return DATA_CONVERTER
    return replace(
        DATA_CONVERTER,
        payload_codec=PayloadKeys(keys),
        # Messages of failures are fixed sentences; the ids among their details are not.
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def _is_sealed(payload: Payload) -> bool:
    return payload.metadata.get("encoding") == _ENCODING


def _derived(key: bytes) -> tuple[bytes, bytes]:
    """The id of a key, of which the key cannot be guessed, and what encrypts (RFC 5869)."""
    derived = HKDF(
        SHA256(), _KEY_ID_BYTES + _KEY_BYTES, salt=None, info=b"export-service payloads"
    ).derive(key)
    return derived[:_KEY_ID_BYTES].hex().encode(), derived[_KEY_ID_BYTES:]
