"""An LTI platform of the tests' own: it signs whatever a test wants."""

import json
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
TEACHER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
ISSUER = "https://school.example"
CLIENT = "client-7"


_PLAIN = ("iss", "sub", "aud", "azp", "exp", "iat", "nonce", "name", "email", "email_verified")


class Signer:
    """A key that signs launches, with the id by which it is published."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key, as a platform publishes it."""
        written = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key())
        public: dict[str, Any] = json.loads(written)
        return public | {"kid": self.key_id, "use": "sig", "alg": "RS256"}

    def sign(self, claims: Mapping[str, Any], **headers: Any) -> str:
        """A token of these claims; None is left out."""
        payload = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(payload, self.key, "RS256", headers={"kid": self.key_id} | headers)


class Keys:
    """What a platform publishes; a test may change it."""

    def __init__(self, *signers: Signer) -> None:
        self.signers = list(signers)

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer with the keys."""
        body = json.dumps({"keys": [signer.jwk for signer in self.signers]}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def claims(nonce: str, target: str, /, **changes: Any) -> dict[str, Any]:
    """The claims of a launch that is taken; those of LTI are named by what follows `claim/`."""
    now = int(time.time())
    plain: dict[str, Any] = {name: changes.pop(name) for name in _PLAIN if name in changes}
    lti: dict[str, Any] = {
        "message_type": "LtiResourceLinkRequest",
        "version": "1.3.0",
        "deployment_id": "deployment-1",
        "target_link_uri": target,
        "roles": [TEACHER],
        "resource_link": {"id": "link-1"},
        "context": {"id": "course-1", "title": "Biology"},
        **changes,
    }
    return {
        "iss": ISSUER,
        "sub": "teacher-1",
        "aud": CLIENT,
        "iat": now,
        "exp": now + 300,
        "nonce": nonce,
        "name": "Ada Teacher",
        **{f"{CLAIM}{name}": value for name, value in lti.items()},
        **plain,
    }
