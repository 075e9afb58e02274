"""A statement and its signature as one JSON document.

The document is canonical (RFC 8785), and what is signed stands in it as it was signed: between
`"statement":` and the last brace. So whoever checks it needs no canonical JSON, and no byte of it
can change. The signature is of Ed25519 (RFC 8032), the key's id its thumbprint (RFC 7638).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from activities.automation.canonical_json import canonical
from activities.automation.signing_keys import Signature, SigningKeys

_DOCUMENT: Final = re.compile(
    rb'\{"signature":\{"algorithm":"Ed25519","key_id":"([A-Za-z0-9_-]{43})",'
    rb'"value":"([0-9a-f]{128})"\},"statement":(\{.*\})\}',
    re.DOTALL,
)


class NotGenuineError(Exception):
    """A document is none of this service's, or not as it was signed."""


def signed(kind: str, statement: Mapping[str, object], keys: SigningKeys) -> bytes:
    """A document that says what is stated; it gets the member `type`.

    Args:
        kind: what it is, so that nothing signed is taken for something else: `receipt`.
        statement: what canonical JSON can hold.
        keys: the first of them signs.

    Raises:
        NoSigningKeyError: there is no key that signs.
        ValueError: the statement holds what canonical JSON cannot.
    """
    stated = canonical({**statement, "type": kind})
    signature = keys.sign(stated)
    # Exactly what `canonical` would make of the whole, with what is signed in one piece.
    return (
        (
            f'{{"signature":{{"algorithm":"Ed25519","key_id":"{signature.key_id}",'
            f'"value":"{signature.value.hex()}"}},"statement":'
        ).encode()
        + stated
        + b"}"
    )


def opened(kind: str, document: bytes, keys: SigningKeys) -> dict[str, Any]:
    """What a document states.

    Raises:
        NotGenuineError: no key signed it, a byte of it is another, or it is of another kind.
    """
    found = _DOCUMENT.fullmatch(document)
    if found is None:
        raise NotGenuineError
    signature = Signature(found[1].decode(), bytes.fromhex(found[2].decode()))
    if not keys.verify(found[3], signature):
        raise NotGenuineError
    statement: dict[str, Any] = msgspec.json.decode(found[3], type=dict[str, Any])
    if statement.get("type") != kind:
        raise NotGenuineError
    return statement
