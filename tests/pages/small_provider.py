"""A small OpenID Connect provider over real HTTP, which does whatever a test wants wrongly."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "export-service"
SECRET = "the secret of a client: with / and %"
_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
STRANGERS_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class SmallProvider(ThreadingHTTPServer):
    """The provider.

    Attributes:
        metadata: what it says of itself beyond the usual.
        claims: of the next token, beyond the usual; None leaves one out.
        userinfo: what it tells beside the token.
        key: what signs the next token.
        headers: of the next token.
        redeemed: the forms with which codes were redeemed.
        broken: the status with which it answers for tokens; 0: as it should.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.key: Any = _KEY
        self.algorithm = "RS256"
        self.headers: dict[str, Any] = {}
        self.redeemed: list[dict[str, str]] = []
        self.authorizations: list[str] = []
        self.broken = 0
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path == "/.well-known/openid-configuration":
                    self._answer(200, provider.described())
                elif path == "/keys":
                    self._answer(200, {"keys": [public_key()]})
                elif path == "/about":
                    self._answer(200, provider.userinfo)
                elif path == "/authorize":
                    self._send(200, "text/html", provider.question(self.path).encode())
                else:
                    self._answer(404, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.authorizations.append(self.headers.get("Authorization", ""))
                self._answer(*provider.redeem(dict(parse_qsl(body))))

            def _answer(self, status: int, body: object) -> None:
                self._send(status, "application/json", json.dumps(body).encode())

            def _send(self, status: int, kind: str, encoded: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(encoded)))
                self.end_headers()
                self.wfile.write(encoded)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def issuer(self) -> str:
        """The name of the provider, which is its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def described(self) -> dict[str, Any]:
        """What the provider says of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/about",
            "end_session_endpoint": f"{self.issuer}/leave",
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    def sign_in(self, location: str) -> dict[str, str]:
        """Somebody signs in where the service has led; what they are sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = uuid4().hex
        self._codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def question(self, location: str) -> str:
        """The page on which somebody with a browser signs in."""
        back = self.sign_in(location)
        place = self._codes[back["code"]]["redirect_uri"]
        return f'<a href="{escape(f"{place}?{urlencode(back)}")}">Yes</a>'

    def redeem(self, form: dict[str, str]) -> tuple[int, dict[str, str]]:
        """A token for a code, once, for whoever has its verifier."""
        self.redeemed.append(form)
        if self.broken:
            return self.broken, {"error": "server_error"}
        asked = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "for-about",
            "token_type": "Bearer",
            "id_token": self.token(**{"nonce": asked["nonce"], **self.claims}),
        }

    def token(self, **claims: Any) -> str:
        """A token of the provider; a claim that is given as None is left out."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "sub": "ada"}
        payload = {k: v for k, v in {**usual, **claims}.items() if v is not None}
        headers = {"kid": "key-1", **self.headers}
        return jwt.encode(payload, self.key, self.algorithm, headers=headers)

    def logout_token(self, **claims: Any) -> str:
        """A token that says that somebody has signed out."""
        usual: dict[str, Any] = {"jti": uuid4().hex, "events": {LOGOUT: {}}}
        return self.token(**{**usual, **claims})


def public_key() -> dict[str, Any]:
    """The provider's key as it publishes it."""
    public: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key(), as_dict=True)
    return {**public, "kid": "key-1", "use": "sig", "alg": "RS256"}


@contextmanager
def small_provider() -> Iterator[SmallProvider]:
    """A provider that runs."""
    with SmallProvider() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
