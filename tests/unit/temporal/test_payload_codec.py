"""Payloads are encrypted by the first key, and decrypted by whichever made them."""

import pytest
from temporalio.api.common.v1 import Payload

from activities.temporal.payload_codec import (
    PayloadKeys,
    UnknownPayloadKeyError,
    UnusablePayloadKeyError,
    check_payload_keys,
    data_converter,
)
from workflows.converter import DATA_CONVERTER

PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'{"job_id":"job-1"}')


def test_what_is_sealed_shows_nothing_and_is_never_the_same_twice() -> None:
    keys = PayloadKeys([b"one"])
    [first], [second] = keys.seal([PLAIN]), keys.seal([PLAIN])

    assert b"job-1" not in first.SerializeToString()
    assert b"json/plain" not in first.SerializeToString()
    assert first.data != second.data
    assert keys.open([first, second]) == [PLAIN, PLAIN]
    assert keys.seal([first]) == [first]


def test_keys_are_changed_one_process_after_the_other() -> None:
    [old] = PayloadKeys([b"old"]).seal([PLAIN])
    both, turned = PayloadKeys([b"old", b"new"]), PayloadKeys([b"new", b"old"])
    [new] = turned.seal([PLAIN])

    assert both.open([old, new]) == turned.open([old, new]) == [PLAIN, PLAIN]
    assert old.metadata["encryption-key-id"] != new.metadata["encryption-key-id"]
    with pytest.raises(UnknownPayloadKeyError):
        PayloadKeys([b"new"]).open([old])


def test_encryption_is_switched_on_after_every_process_has_the_key() -> None:
    [sealed] = PayloadKeys([b"key"]).seal([PLAIN])
    reading = PayloadKeys([b"plain", b"key"])

    assert reading.seal([PLAIN]) == [PLAIN]
    assert reading.open([sealed, PLAIN]) == [PLAIN, PLAIN]


@pytest.mark.parametrize("place", [0, 12, -1])
def test_what_was_tampered_with_is_refused(place: int) -> None:
    keys = PayloadKeys([b"key"])
    [sealed] = keys.seal([PLAIN])
    data = bytearray(sealed.data)
    data[place] ^= 1

    with pytest.raises(UnknownPayloadKeyError):
        keys.open([Payload(metadata=sealed.metadata, data=bytes(data))])


def test_without_keys_payloads_are_plain_json() -> None:
    assert data_converter([]) is DATA_CONVERTER
    assert PayloadKeys([]).seal([PLAIN]) == [PLAIN]


_RANDOM = b"qv0nV5kq8dYc3mX1tRbE7wZs2uGhJ4aL"


@pytest.mark.parametrize(
    "keys", [[], [_RANDOM], [b"plain"], [b"plain", _RANDOM], [_RANDOM, _RANDOM[::-1]]]
)
def test_keys_of_random_bytes_are_taken(keys: list[bytes]) -> None:
    check_payload_keys(keys)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([b"Plain", _RANDOM], "key 1 needs at least 32 random bytes"),
        ([_RANDOM, b"plain"], "key 2 needs at least 32 random bytes"),
        ([b"x" * 32], "key 1 needs at least 32 random bytes"),
    ],
)
def test_a_key_that_can_be_guessed_is_refused(keys: list[bytes], said: str) -> None:
    with pytest.raises(UnusablePayloadKeyError, match=f"^{said}$"):
        check_payload_keys(keys)
