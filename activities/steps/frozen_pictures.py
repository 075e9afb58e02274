"""Pictures that content refers to, frozen beside the snapshot parts that hold the content.

Each picture is an object of its own under `staging/<job_id>/`, equal ones are one. Another object,
a line, says which reference is which. Renders read it before the snapshot parts, so that whatever
renders, and however often, finds the same pictures and asks nobody else.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from activities.documents.picture_references import keys_of

_HEAD = b'{"pictures":'


class _Head(msgspec.Struct):
    pictures: Mapping[str, str]
    """The name of an object for each reference that there is a picture for."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Head)
_decode_references = msgspec.json.Decoder(list[str]).decode


def encode_references(references: Sequence[str]) -> bytes:
    """What the items of a snapshot part refer to pictures by, as it is stored beside them."""
    return _encoder.encode(references)


def decode_references(stored: bytes) -> list[str]:
    """What `encode_references` was given."""
    return _decode_references(stored)


def head_line(pictures: Mapping[str, str]) -> bytes:
    """The line before all items: for each reference the name of an object."""
    return _encoder.encode(_Head(pictures)) + b"\n"


class SnapshotPictures:
    """The pictures of an export, once a render has read which they are; implements `Media`."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        """Take what gives a picture by the name of its object."""
        self._read = read
        self._names: dict[str, str] = {}

    def add(self, line: bytes | bytearray) -> bool:
        """Take the line in, if it is the one about pictures."""
        if not line.startswith(_HEAD):
            return False
        for reference, name in _decoder.decode(line).pictures.items():
            for each in keys_of(reference):
                self._names.setdefault(each, name)
        return True

    def picture(self, reference: str) -> bytes | None:
        """See `Media.picture`."""
        name = self._names.get(reference)
        return None if name is None else self._read(name)
