"""The keys that sign what can be checked without asking the service: receipts and manifests.

They are Ed25519 keys (RFC 8032), whose signatures are always the same bytes for the same text. Each
is made of a secret of the operator's, and its id is the thumbprint of its public key (RFC 7638), by
which it is found among those that are published (RFC 7517, RFC 8037).
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from activities.common.secret_strength import MIN_SECRET_BYTES, is_strong

_SEED_BYTES: Final = 32
_RETIRED: Final = "public:"


class UnusableKeyError(ValueError):
    """A key cannot be used; the message says which by its place, and never quotes it."""


class NoSigningKeyError(Exception):
    """Nothing can be signed, since there is no key, or only retired ones."""


class Signature(NamedTuple):
    """What proves that a holder of a key has seen some bytes."""

    key_id: str
    value: bytes
    """64 bytes."""


class SigningKeys:
    """Signs with the first key that is no retired one; all verify."""

    def __init__(self, listed: Sequence[bytes]) -> None:
        """Take keys, of which there may be none.

        Args:
            listed: each a secret of at least 32 random bytes, or `public:` and the public key as
                a JWK has it (`x`, RFC 8037), which is all that a retired key needs.

        Raises:
            UnusableKeyError: one is too short, no random one, or no public key.
        """
        private = [
            _derived(key, place)
            for place, key in enumerate(listed, 1)
            if not key.startswith(_RETIRED.encode())
        ]
        self._current = private[0] if private else None
        self._private = private
        self._public = {
            key_id(public): public
            for place, key in enumerate(listed, 1)
            for public in [_public(key, place)]
        }

    @property
    def exist(self) -> bool:
        """True if something can be signed."""
        return self._current is not None

    @property
    def current(self) -> str:
        """The id of the key that signs.

        Raises:
            NoSigningKeyError: there is none.
        """
        return key_id(self._signer().public_key())

    def sign(self, data: bytes) -> Signature:
        """The signature of some bytes.

        Raises:
            NoSigningKeyError: there is no key that signs.
        """
        signer = self._signer()
        return Signature(key_id(signer.public_key()), signer.sign(data))

    def verify(self, data: bytes, signature: Signature) -> bool:
        """True if one of the keys, the one that is named, signed exactly these bytes."""
        public = self._public.get(signature.key_id)
        if public is None:
            return False
        try:
            public.verify(signature.value, data)
        except InvalidSignature:
            return False
        return True

    def pseudonym_secrets(self) -> list[bytes]:
        """Secrets for what stands for names, one of each key that can sign, in order."""
        return [
            HKDF(SHA256(), _SEED_BYTES, salt=None, info=b"export-service pseudonyms").derive(
                each.private_bytes_raw()
            )
            for each in self._private
        ]

    def public_keys(self) -> list[dict[str, str]]:
        """Every public key as a JWK (RFC 8037), the one that signs first."""
        return [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": each,
                "x": _text(public.public_bytes_raw()),
            }
            for each, public in self._ordered()
        ]

    def _ordered(self) -> Iterable[tuple[str, Ed25519PublicKey]]:
        first = self.current if self.exist else ""
        return sorted(self._public.items(), key=lambda item: item[0] != first)

    def _signer(self) -> Ed25519PrivateKey:
        if self._current is None:
            raise NoSigningKeyError
        return self._current


NO_KEYS: Final = SigningKeys(())
"""Sign nothing."""


def key_id(public: Ed25519PublicKey) -> str:
    """The thumbprint of a public key (RFC 7638; the members that count are those of RFC 8037)."""
    x = _text(public.public_bytes_raw())
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return _text(hashlib.sha256(members.encode()).digest())


def _public(key: bytes, place: int) -> Ed25519PublicKey:
    if not key.startswith(_RETIRED.encode()):
        return _derived(key, place).public_key()
    text = key.removeprefix(_RETIRED.encode())
    try:
        raw = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        public = Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise UnusableKeyError(f"key {place} is no public key, such as `x` of a JWK") from None
    if _text(raw).encode() != text:
        raise UnusableKeyError(f"key {place} is no public key, such as `x` of a JWK")
    return public


def _derived(key: bytes, place: int) -> Ed25519PrivateKey:
    """The key that is made of a secret (RFC 5869), from which the secret cannot be guessed."""
    if not is_strong(key):
        raise UnusableKeyError(f"key {place} needs at least {MIN_SECRET_BYTES} random bytes")
    seed = HKDF(SHA256(), _SEED_BYTES, salt=None, info=b"export-service signing keys").derive(key)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
