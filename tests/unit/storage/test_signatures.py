"""A link is good for one file, one owner, one time; nothing else passes."""

import time
from typing import Any

import pytest

from activities.storage.signatures import sign, verify

KEY = b"k" * 32
OLD_KEY = b"o" * 32
JOB = "5f1c0a52-7c5c-4d2e-8d2b-1f6f5a0f9a01"
OWNER = "teacher-1"
SHA256 = "ab" * 32
NOW = 1_772_366_400
EXPIRES = NOW + 86_400


def accepted(
    signature: str,
    *,
    keys: tuple[bytes, ...] = (KEY,),
    job_id: str = JOB,
    owner_id: str = OWNER,
    sha256: str = SHA256,
    expires: str = str(EXPIRES),
    now: float = NOW,
) -> bool:
    return verify(
        keys,
        signature,
        job_id=job_id,
        owner_id=owner_id,
        sha256=sha256,
        expires=expires,
        now=now,
    )


@pytest.fixture
def signature() -> str:
    return sign((KEY,), JOB, OWNER, SHA256, EXPIRES)


def test_links_that_were_given_out_stay_good() -> None:
    known = "v1-19dae8fd-43a02d17fda4c2c3eff1dd99cec2946f45cd412cb2886807e6816a576f92fceb"
    assert accepted(known)


def test_link_is_good_until_its_time(signature: str) -> None:
    assert accepted(signature)
    assert accepted(signature, now=EXPIRES - 0.001)
    assert not accepted(signature, now=EXPIRES)
    assert not accepted(signature, now=EXPIRES + 1)


def test_every_flipped_bit_is_refused(signature: str) -> None:
    data = signature.encode()
    for position in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << position % 8
        assert not accepted(flipped.decode("latin-1")), position


def test_shortened_and_lengthened_signatures_are_refused(signature: str) -> None:
    for length in range(len(signature)):
        assert not accepted(signature[:length])
    for odd in (f"{signature}0", f" {signature}", f"{signature}\n", signature.upper(), "\ud800"):
        assert not accepted(odd)


@pytest.mark.parametrize(
    "other",
    [
        {"job_id": "5f1c0a52-7c5c-4d2e-8d2b-1f6f5a0f9a02"},
        {"owner_id": "teacher-2"},
        {"owner_id": "teacher-1\x00"},
        {"sha256": "cd" * 32},
        {"expires": str(EXPIRES + 1)},
        {"job_id": JOB + OWNER, "owner_id": ""},
    ],
    ids=lambda other: "+".join(other),
)
def test_link_is_good_for_nothing_else(signature: str, other: dict[str, Any]) -> None:
    assert not accepted(signature, **other)


def test_both_live_keys_verify_and_the_first_signs(signature: str) -> None:
    old = sign((OLD_KEY,), JOB, OWNER, SHA256, EXPIRES)
    assert sign((KEY, OLD_KEY), JOB, OWNER, SHA256, EXPIRES) == signature
    assert accepted(old, keys=(KEY, OLD_KEY))
    assert accepted(signature, keys=(KEY, OLD_KEY))
    assert not accepted(old, keys=(KEY,)), "a retired key opens nothing"
    assert not accepted(signature, keys=())


def test_key_id_of_another_key_is_refused(signature: str) -> None:
    version, key_id, digest = signature.split("-")
    other_id = sign((OLD_KEY,), JOB, OWNER, SHA256, EXPIRES).split("-")[1]
    assert key_id != other_id
    assert not accepted(f"{version}-{other_id}-{digest}", keys=(KEY, OLD_KEY))


@pytest.mark.parametrize(
    "expires",
    [
        f"+{EXPIRES}",
        f"-{EXPIRES}",
        f"0{EXPIRES}",
        f" {EXPIRES}",
        f"{EXPIRES}\n",
        f"{EXPIRES}.0",
        f"{EXPIRES:_}",
        "".join(chr(0x0660 + int(digit)) for digit in str(EXPIRES)),
        "",
        "+1",
        "١",
        "1e3",
        "²",
        "0x10",
        "9" * 13,
        "9" * 5_000,
    ],
)
def test_expiry_is_text_in_one_form(signature: str, expires: str) -> None:
    assert not accepted(signature, expires=expires)


def test_signature_of_a_time_beyond_any_ttl_is_refused() -> None:
    far = 10**12
    assert not accepted(sign((KEY,), JOB, OWNER, SHA256, far), expires=str(far))


def test_link_made_now_is_good_now() -> None:
    expires = int(time.time()) + 60
    made = sign((KEY,), JOB, OWNER, SHA256, expires)
    assert accepted(made, expires=str(expires), now=time.time())
