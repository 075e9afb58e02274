"""The payload converter: msgspec Structs as plain JSON, readable in the Temporal UI."""

from typing import Any

import msgspec
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    BinaryNullPayloadConverter,
    CompositePayloadConverter,
    DataConverter,
    EncodingPayloadConverter,
)


class MsgspecPayloadConverter(EncodingPayloadConverter):
    """Encodes any value that msgspec knows as JSON."""

    @property
    def encoding(self) -> str:
        """The name by which Temporal's own tools know plain JSON."""
        return "json/plain"

    def to_payload(self, value: object) -> Payload | None:
        """The value, encoded as JSON."""
        return Payload(
            metadata={"encoding": self.encoding.encode()}, data=msgspec.json.encode(value)
        )

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> object:
        """Decode a payload into the type that the receiver declares."""
        return msgspec.json.decode(payload.data, type=type_hint or Any)


class ContractPayloadConverter(CompositePayloadConverter):
    """Converts None and JSON values, and nothing else."""

    def __init__(self) -> None:
        super().__init__(BinaryNullPayloadConverter(), MsgspecPayloadConverter())


DATA_CONVERTER = DataConverter(payload_converter_class=ContractPayloadConverter)
