"""Checking a file and its receipt without asking the service, by the keys that it publishes.

It needs `cryptography`: `pip install 'export-client[receipts]'`.
"""

import base64
import hashlib
import re
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from export_client.files import sha256_of
from export_client.model import ClientError
from export_client.receipt_model import ReceiptKeys

# What is signed stands in the document as it was signed.
_DOCUMENT = re.compile(
    rb'\{"signature":\{"algorithm":"Ed25519","key_id":"([A-Za-z0-9_-]{43})",'
    rb'"value":"([0-9a-f]{128})"\},"statement":(\{.*\})\}',
    re.DOTALL,
)
_RECEIPT = "export-receipt"
_ARCHIVE = "archive"
_WITHIN = "receipt.json"
_PIECE = 1 << 20


class NotGenuineError(ClientError):
    """A receipt, or the file that it is said to be of, is not genuine; the message says which."""


def check_receipt(document: bytes, keys: ReceiptKeys) -> dict[str, Any]:
    """What a receipt states, once its signature was checked.

    Args:
        document: the receipt, byte for byte.
        keys: those that the service publishes.

    Raises:
        NotGenuineError: no key of these signed it, or a byte of it is another.
        ClientError: cryptography is not installed.
    """
    return _checked(document, keys, {_RECEIPT})


def check_manifest(document: bytes, keys: ReceiptKeys) -> dict[str, Any]:
    """What the manifest of an archive states, as `check_receipt` does of a receipt."""
    return _checked(document, keys, {_ARCHIVE})


def _checked(document: bytes, keys: ReceiptKeys, kinds: Collection[str]) -> dict[str, Any]:
    found = _DOCUMENT.fullmatch(document)
    if found is None:
        raise NotGenuineError("the document is no receipt or manifest, or was changed")
    key_id, value, stated = found[1].decode(), bytes.fromhex(found[2].decode()), found[3]
    key = next((each for each in keys.keys if each.kid == key_id), None)
    if key is None or key.crv != "Ed25519" or _thumbprint(key.x) != key_id:
        raise NotGenuineError(f"the document is signed by a key that is not known, {key_id}")
    _check_signature(key.x, value, stated)
    statement: dict[str, Any] = msgspec.json.decode(stated, type=dict[str, Any])
    if statement.get("type") not in kinds:
        raise NotGenuineError("the document is signed, and of another kind")
    return statement


def check_file(file: Path, document: bytes, keys: ReceiptKeys) -> dict[str, Any]:
    """What a receipt states, once it was checked that it is of this file.

    The manifest of an archive is a receipt of each of its parts.

    Raises:
        NotGenuineError: the receipt is not genuine, or of another file.
        ClientError: the receipt names no file, or cryptography is not installed.
        OSError: the file cannot be read.
    """
    statement = _checked(document, keys, {_RECEIPT, _ARCHIVE})
    if statement["type"] == _ARCHIVE:
        told = statement["parts"]
    else:
        told = [statement["file"]] if "file" in statement else statement.get("files", [])
    if not told:
        raise ClientError("this receipt is of content and names no file: take the export's own")
    if sha256_of(file) not in {each["sha256"] for each in told}:
        raise NotGenuineError(f"the receipt is not of {file.name}, or the file was changed")
    return statement


def check_bundle(file: Path, keys: ReceiptKeys) -> dict[str, Any]:
    """What the receipt within a zip states, once it was checked that it is of all files there.

    Only a receipt of the zip itself, or the manifest of its archive, tells of every byte: here it
    is what the files hold.

    Raises:
        NotGenuineError: there is none, it is not genuine, or files are missing, other or added.
        ClientError: cryptography is not installed.
        OSError: the file cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if _WITHIN not in names:
                raise NotGenuineError(f"there is no receipt in {file.name}")
            statement = check_receipt(archive.read(_WITHIN), keys)
            told = {each["path"]: each["sha256"] for each in statement.get("files", [])}
            if sorted(names) != sorted([*told, _WITHIN]):
                raise NotGenuineError(f"files in {file.name} are missing or added")
            for name, sha256 in told.items():
                if _sha256_within(archive, name) != sha256:
                    raise NotGenuineError(f"{name} in {file.name} was changed")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise NotGenuineError(f"{file.name} is no zip, or was changed") from error
    return statement


def _sha256_within(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as member:
        while piece := member.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _check_signature(x: str, value: bytes, stated: bytes) -> None:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (
            Ed25519PublicKey,
        )
    except ImportError:
        raise ClientError("checking needs pip install 'export-client[receipts]'") from None
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(x)).verify(value, stated)
    except (InvalidSignature, ValueError):
        raise NotGenuineError("the document was changed") from None


def _thumbprint(x: str) -> str:
    """The id of a key (RFC 7638, RFC 8037)."""
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    digest = hashlib.sha256(members.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
