"""What a render worker and its render child say to each other, and how it is framed.

Neither end of the socket trusts the child's: a frame that is too large, or is no message, ends it.
"""

import socket
import struct
from datetime import datetime

import msgspec

from activities.model.content import PartName
from activities.model.content_links import ContentLinks
from activities.model.quality import PoorItem
from activities.model.warnings import ExportWarning
from workflows.contracts import Produced

_LENGTH = struct.Struct("<Q")

IN_MEMORY = 4 * 1024 * 1024
"""Bytes: files up to this size never touch the scratch directory, and come in a message."""

_LONGEST_ANSWER = 16 * IN_MEMORY


class ClosedError(Exception):
    """The other end of the connection is gone."""


class BrokenMessageError(Exception):
    """What came is no message."""


class RenderJob(msgspec.Struct, frozen=True):
    """One render or join, as a child is given it."""

    job_id: str
    """For logs."""
    format: str
    options: bytes
    """The options, as JSON."""
    theme: bytes
    """The theme, of `encode_theme`; empty: none."""
    title: str
    items_total: int
    links: ContentLinks
    id_namespace: str
    inputs: int
    """The number of snapshot parts, or of fragments, that the child may ask for."""
    joins: bool
    """True if the inputs are fragments."""
    newest: datetime | None
    """`updated_at` of the newest item of the export; None asks for a fragment."""
    left_out: list[str]
    """The ids of the items that must not be rendered."""
    produced: Produced
    """What the fragments hold."""
    max_file_bytes: int
    cpu_seconds: int
    """Seconds of processor time after which the system ends the child."""
    changes: bytes = b""
    """What has changed, as JSON, if that is what is exported."""
    tells_changes: bool = False
    """True if what is to be made begins with the page about it."""
    receipt: bytes = b""
    """What the file is to hold of what it was made of; empty: nothing."""
    below_quality: list[PoorItem] = []
    """The items below the quality asked for, which were left out or marked."""
    language: str = ""
    """That of the first item, as a BCP 47 tag, where fragments are joined."""
    trace: dict[str, str] = {}
    """The ids of the trace, for logs."""
    parts_left_out: list[PartName] = []
    """The parts that the export is to hold and the format has no place for."""
    draws: bool = False
    """True if pictures of the first pages are asked for, in the place of the file, a PDF."""


class Wanted(msgspec.Struct, frozen=True, tag=True):
    """Asks for an input; the answer is a frame that holds nothing but its bytes."""

    number: int


class WantedPicture(msgspec.Struct, frozen=True, tag=True):
    """Asks for a picture that a snapshot part names; the answer is a frame of its bytes."""

    name: str


class Finished(msgspec.Struct, frozen=True, tag=True):
    """The file is written."""

    warnings: list[ExportWarning]
    file: bytes | None
    """The file; None: its descriptor comes next, with one byte."""
    most_bytes: int
    """The most memory that the child had so far."""
    produced: Produced
    """What the content of the file became."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The render raised."""

    item_id: str
    cause: str
    """The error and its causes, without their messages."""
    error_number: int = 0
    """Not 0: the system's, which says why a file could not be written."""
    out_of_memory: bool = False
    lacks_picture: bool = False
    """A picture could not be had, and the options do not put up with that."""


Answer = Wanted | WantedPicture | Finished | Failed

encoder = msgspec.msgpack.Encoder()
job_decoder = msgspec.msgpack.Decoder(RenderJob)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def send(connection: socket.socket, frame: bytes) -> None:
    """Send one frame.

    Raises:
        ClosedError: the other end is gone.
    """
    try:
        connection.sendall(_LENGTH.pack(len(frame)))
        connection.sendall(frame)
    except ConnectionError as error:
        raise ClosedError from error


def receive(connection: socket.socket, longest: int | None = None) -> bytearray:
    """Receive one frame.

    Raises:
        ClosedError: the other end is gone.
        BrokenMessageError: the frame is longer than `longest`, in bytes.
    """
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    if longest is not None and length > longest:
        raise BrokenMessageError
    return _exactly(connection, length)


def receive_answer(connection: socket.socket) -> Answer:
    """Receive one message of a child.

    Raises:
        ClosedError: the child is gone.
        BrokenMessageError: it is none.
    """
    try:
        return _answers.decode(receive(connection, _LONGEST_ANSWER))
    except msgspec.DecodeError as error:
        raise BrokenMessageError from error


def _exactly(connection: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        try:
            received = connection.recv_into(rest)
        except ConnectionError as error:
            raise ClosedError from error
        if not received:
            raise ClosedError
        rest = rest[received:]
    return data
