"""Secrets of webhooks: as they sign, and as they are kept."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from activities.automation.webhook_secrets import (
    SecretKeys,
    UnknownKeyError,
    new_secret,
    shown,
    signed_headers,
)

# From the tests of https://github.com/standard-webhooks/standard-webhooks, for all its libraries.
VECTOR = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "timestamp": 1614265330,
    "body": b'{"test": 2432232314}',
    "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OLD, NEW = b"an old key of 32 bytes and more..", b"a new key of 32 bytes and more..."


def test_signatures_are_those_of_the_specification() -> None:
    secret = Webhook(str(VECTOR["secret"]))._whsecret
    at = datetime.fromtimestamp(float(str(VECTOR["timestamp"])), UTC)
    body = VECTOR["body"]
    assert isinstance(body, bytes)
    headers = signed_headers(str(VECTOR["id"]), at, body, [secret])
    assert headers == {
        "webhook-id": VECTOR["id"],
        "webhook-timestamp": str(VECTOR["timestamp"]),
        "webhook-signature": VECTOR["signature"],
    }


def test_what_receivers_are_shown_verifies() -> None:
    secret, other = new_secret(), new_secret()
    body = '{"a":"é"}'.encode()
    headers = signed_headers("msg", datetime.now(UTC), body, [secret, other])
    for each in (secret, other):
        Webhook(shown(each)).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(new_secret())).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(secret)).verify(body + b" ", headers)


def test_what_is_kept_opens_with_its_key_for_its_webhook_alone() -> None:
    secret = new_secret()
    sealed = SecretKeys([OLD]).seal("one", secret)
    assert secret not in sealed.encode()
    assert shown(secret).removeprefix("whsec_") not in sealed
    assert SecretKeys([NEW, OLD]).open("one", sealed) == secret
    with pytest.raises(UnknownKeyError):
        SecretKeys([OLD]).open("another", sealed)
    with pytest.raises(UnknownKeyError):
        SecretKeys([NEW]).open("one", sealed)
    with pytest.raises(UnknownKeyError):
        SecretKeys([]).seal("one", secret)


def test_the_first_key_encrypts() -> None:
    keys = SecretKeys([NEW, OLD])
    assert keys.seal("one", b"x").startswith(SecretKeys([NEW]).current)
    assert not keys.seal("one", b"x").startswith(SecretKeys([OLD]).current)
