"""Statements that are signed, the keys that sign them, and the JSON that is signed."""

import json

import jwt
import pytest

from activities.automation.canonical_json import canonical
from activities.automation.signed_statement import NotGenuineError, opened, signed
from activities.automation.signing_keys import NoSigningKeyError, SigningKeys, UnusableKeyError

OLD, NEW = b"an old key of 32 bytes and more..", b"a new key of 32 bytes and more..."
STATEMENT = {"items": [{"id": "a", "title": 'é "\n\x1f'}], "size": 12, "score": 0.5}


def test_statement_is_read_again() -> None:
    keys = SigningKeys([NEW])
    document = signed("receipt", STATEMENT, keys)
    assert opened("receipt", document, keys) == {**STATEMENT, "type": "receipt"}
    assert document == signed("receipt", STATEMENT, SigningKeys([NEW, OLD]))
    assert document == canonical(json.loads(document))


def test_every_changed_byte_is_noticed() -> None:
    keys = SigningKeys([NEW])
    document = signed("receipt", STATEMENT, keys)
    for at in range(len(document)):
        for bit in range(8):
            changed = bytearray(document)
            changed[at] ^= 1 << bit
            with pytest.raises(NotGenuineError):
                opened("receipt", bytes(changed), keys)
    for other in (document + b"\n", b" " + document, document[:-1], b""):
        with pytest.raises(NotGenuineError):
            opened("receipt", other, keys)


def test_what_is_signed_is_nothing_else() -> None:
    keys = SigningKeys([NEW])
    with pytest.raises(NotGenuineError):
        opened("manifest", signed("receipt", {**STATEMENT, "type": "manifest"}, keys), keys)


def test_keys_rotate() -> None:
    document = signed("receipt", STATEMENT, SigningKeys([OLD]))
    retired = SigningKeys([OLD]).public_keys()[0]["x"]
    for keys in ([NEW, OLD], [OLD, NEW], [NEW, f"public:{retired}".encode()]):
        assert opened("receipt", document, SigningKeys(keys))
    with pytest.raises(NotGenuineError):
        opened("receipt", document, SigningKeys([NEW]))
    both = SigningKeys([f"public:{retired}".encode(), NEW])
    assert both.current == SigningKeys([NEW]).current
    assert [key["kid"] for key in both.public_keys()] == [
        SigningKeys([NEW]).current,
        SigningKeys([OLD]).current,
    ]


def test_retired_keys_alone_sign_nothing() -> None:
    x = SigningKeys([OLD]).public_keys()[0]["x"]
    for keys in (SigningKeys([]), SigningKeys([f"public:{x}".encode()])):
        assert not keys.exist
        with pytest.raises(NoSigningKeyError):
            signed("receipt", STATEMENT, keys)


def test_public_keys_are_those_of_the_standards() -> None:
    keys = SigningKeys([NEW])
    (key,) = keys.public_keys()
    read = jwt.PyJWK.from_dict(key)
    read.key.verify(keys.sign(b"text").value, b"text")
    # RFC 8037, appendix A.3.
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    (known,) = SigningKeys([f"public:{x}".encode()]).public_keys()
    assert known["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize(
    "key", [b"short", b"a" * 40, b"public:", b"public:abc", b"public:" + b"=" * 43]
)
def test_unusable_keys_are_refused_without_being_told(key: bytes) -> None:
    with pytest.raises(UnusableKeyError, match=r"^key 2 ") as raised:
        SigningKeys([NEW, key])
    assert key.removeprefix(b"public:").decode() not in str(raised.value) or key == b"public:"


def test_numbers_are_those_of_the_standard() -> None:
    # RFC 8785, appendix B.
    expected = {
        5e-324: "5e-324",
        1.7976931348623157e308: "1.7976931348623157e+308",
        9007199254740992.0: "9007199254740992",
        295147905179352830000.0: "295147905179352830000",
        9.999999999999997e22: "9.999999999999997e+22",
        1e23: "1e+23",
        999999999999999700000.0: "999999999999999700000",
        1e21: "1e+21",
        9.999999999999997e-7: "9.999999999999997e-7",
        0.000001: "0.000001",
        333333333.3333332: "333333333.3333332",
        -0.0000033333333333333333: "-0.0000033333333333333333",
        1424953923781206.2: "1424953923781206.2",
        -0.0: "0",
        0.91: "0.91",
    }
    assert {number: canonical(number).decode() for number in expected} == expected


def test_texts_and_keys_are_those_of_the_standard() -> None:
    # RFC 8785, 3.2.2 and 3.2.3.
    assert canonical('€$\x0f\nA\'B"\\\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()
    keys = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}
    ordered = ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]
    assert list(json.loads(canonical(keys))) == ordered


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800", {"a": b""}, {1: 2}])
def test_what_not_every_reader_has_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        canonical(value)
