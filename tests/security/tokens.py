"""Tokens of every kind that must not be taken, and tokens that are made by hand."""

import base64
import hmac
import json
import time
from typing import Any

import jwt

from tests.services.export.api_kit import BOTH, JWT_SECRET, READ, WRITE, token

_HOUR = 3600


def forged(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """A token that a careful library refuses to make; an empty key leaves it unsigned."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    signed = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.digest(key, signed.encode(), 'sha256') if key else b'')}"


def claims_of(bearer: str) -> dict[str, Any]:
    """The claims of a token, whoever signed it."""
    claims: dict[str, Any] = jwt.decode(bearer, options={"verify_signature": False})
    return claims


def bad_tokens(owner: str) -> dict[str, str | None]:
    """`Authorization` headers that open nothing, by the kind of what is wrong with them."""
    now = int(time.time())
    good = token(owner)
    header, payload, signature = good.split(".")
    claims = claims_of(good)
    secret = JWT_SECRET.encode()
    bearer: dict[str, Any] = {
        "not a token": "garbage",
        "two parts": f"{header}.{payload}",
        "empty parts": "..",
        "not base64": f"{header}.%%%.{signature}",
        "not ASCII": "\u00e9\u00e9\u00e9",
        "claims are a list": forged({"alg": "HS256"}, [], secret),  # type: ignore[arg-type]
        "expired": token(owner, exp=now - 1),
        "without expiry": token(owner, exp=None),
        "expiry is text": token(owner, exp="tomorrow"),
        "not valid yet": token(owner, nbf=now + _HOUR),
        "issued in the future": token(owner, iat=now + _HOUR),
        "other issuer": token(owner, iss="somebody"),
        "without issuer": token(owner, iss=None),
        "other audience": token(owner, aud="somebody"),
        "without audience": token(owner, aud=None),
        "without subject": token(owner, sub=None),
        "empty subject": token(""),
        "control character in subject": token("a\0"),
        "subject is a number": forged({"alg": "HS256"}, claims | {"sub": 7}, secret),
        "very long subject": token("a" * 256),
        "subject of a blank": token(" "),
        "subject and a blank": token(f"{owner} "),
        "a wide blank and a subject": token(f"\u3000{owner}"),
        "subject in pieces": token("jose\u0301"),
        "valid for years": token(owner, exp=now + 367 * 24 * _HOUR),
        "valid for ever": token(owner, exp=10**30),
        "scope is a list": token(owner, scope=[READ, WRITE]),  # type: ignore[arg-type]
        "unsigned": forged({"alg": "none"}, claims, b""),
        "unsigned, NONE": forged({"alg": "NONE"}, claims, b""),
        "signature left out": f"{header}.{payload}.",
        "without algorithm": forged({"typ": "JWT"}, claims, secret),
        "other algorithm": jwt.encode(claims, JWT_SECRET * 2, "HS512"),
        "other secret": token(owner, secret="x" * 40),
        "empty secret": forged({"alg": "HS256"}, claims, b"\0"),
        "payload exchanged": ".".join(
            (
                header,
                forged({}, claims | {"scope": f"{BOTH} more"}, secret).split(".")[1],
                signature,
            )
        ),
        "unknown critical header": forged({"alg": "HS256", "crit": ["x"], "x": 1}, claims, secret),
        "brings its own key": forged(
            {"alg": "HS256", "jwk": {"kty": "oct", "k": "eA"}}, claims, b"x"
        ),
    }
    return {
        "no header": None,
        "empty header": "",
        "scheme alone": "Bearer",
        "other scheme": "Basic " + base64.b64encode(b"user:password").decode(),
        "scheme twice": f"Bearer Bearer {good}",
        "two tokens": f"Bearer {good}, Bearer {good}",
        **{kind: f"Bearer {text}" for kind, text in bearer.items()},
    }
