"""Payloads of Temporal, as its web UI and its command send them to a codec server."""

import msgspec


class CodedPayload(msgspec.Struct, frozen=True):
    """A payload in the JSON form of its protobuf message."""

    metadata: dict[str, str] = {}
    """Values are base64."""
    data: str = ""
    """Base64."""


class CodedPayloads(msgspec.Struct, frozen=True):
    """Some payloads, in the order in which they stand in a history."""

    payloads: list[CodedPayload] = []
    """Absent when there are none, as protobuf's JSON has it."""
