"""Decoding and encoding payloads for Temporal's web UI and its command."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence

from temporalio.api.common.v1 import Payload

from activities.temporal.payload_codec import PayloadKeys, UnknownPayloadKeyError
from web.http.problems import FieldError, invalid
from web.schemas.payloads import CodedPayload, CodedPayloads


class PayloadCoding:
    """What a codec server does, see https://docs.temporal.io/codec-server."""

    def __init__(self, keys: PayloadKeys) -> None:
        self._keys = keys

    def decode(self, coded: CodedPayloads) -> CodedPayloads:
        """The payloads, decrypted; plain ones stay as they are.

        Raises:
            ProblemError: one of them is none, or no key opens it.
        """
        return _each(coded, self._keys.open)

    def encode(self, coded: CodedPayloads) -> CodedPayloads:
        """The payloads, encrypted if payloads are.

        Raises:
            ProblemError: one of them is none.
        """
        return _each(coded, self._keys.seal)


def _each(
    coded: CodedPayloads, work: Callable[[Sequence[Payload]], list[Payload]]
) -> CodedPayloads:
    done: list[CodedPayload] = []
    for number, each in enumerate(coded.payloads):
        try:
            [payload] = work([_payload(each)])
        except UnknownPayloadKeyError:
            raise _wrong(number, "No key of this service opens it.") from None
        except ValueError:
            raise _wrong(number, "Give base64.") from None
        done.append(_coded(payload))
    return CodedPayloads(done)


def _wrong(number: int, detail: str) -> Exception:
    return invalid([FieldError(f"payloads: {detail}", pointer=f"/payloads/{number}")])


def _payload(coded: CodedPayload) -> Payload:
    metadata = {name: b64decode(value, validate=True) for name, value in coded.metadata.items()}
    return Payload(metadata=metadata, data=b64decode(coded.data, validate=True))


def _coded(payload: Payload) -> CodedPayload:
    metadata = {name: b64encode(value).decode() for name, value in payload.metadata.items()}
    return CodedPayload(metadata, b64encode(payload.data).decode())
