"""Fragments as a sequence of Structs, one an item, so that a join holds one item at a time."""

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Generic, TypeVar

import msgspec

_LENGTH = struct.Struct("<Q")

ItemT = TypeVar("ItemT", bound=msgspec.Struct)


class Fragments(Generic[ItemT]):
    """Writes and reads fragments of one type of Struct."""

    def __init__(self, item_type: type[ItemT]) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(item_type)

    def append(self, item: ItemT, out: BinaryIO) -> None:
        """Write one more item."""
        data = self._encoder.encode(item)
        out.write(_LENGTH.pack(len(data)))
        out.write(data)

    def read_all(self, sources: Iterable[BinaryIO]) -> Iterator[ItemT]:
        """The items of fragments in a row, one at a time."""
        for source in sources:
            while head := source.read(_LENGTH.size):
                (length,) = _LENGTH.unpack(head)
                yield self._decoder.decode(source.read(length))
