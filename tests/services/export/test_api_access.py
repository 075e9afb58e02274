"""What is no job, and tokens of an identity provider; who may what: `tests/security`."""

import json
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.security.tokens import claims_of, forged
from tests.services.export.api_kit import (
    Api,
    problem,
    token,
)
from tests.waiting import eventually


@pytest.mark.parametrize("job_id", ["1", "..", "%00", "a" * 5000, "{}", "'; --", "%F0%9F%92%A9"])
def test_what_cannot_be_a_job_id_is_no_job(api: Api, owner: str, job_id: str) -> None:
    with api.client(owner) as client:
        for path in ("", "/download", "/events"):
            assert client.get(f"/api/export/jobs/{job_id}{path}").status_code in {404, 405}


class KeyServer:
    """A JSON Web Key Set behind HTTP whose keys can be changed."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {}
        self.requests = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests += 1
                body = json.dumps({"keys": [server.public(kid) for kid in server.keys]}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/keys"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def public(self, kid: str) -> dict[str, Any]:
        algorithm, key = self.keys[kid]
        makers: dict[str, Any] = {
            "RS256": jwt.algorithms.RSAAlgorithm,
            "ES256": jwt.algorithms.ECAlgorithm,
            "EdDSA": jwt.algorithms.OKPAlgorithm,
        }
        public = makers[algorithm].to_jwk(key.public_key(), as_dict=True)
        return {**public, "kid": kid, "alg": algorithm, "use": "sig"}

    def token(self, owner: str, kid: str) -> str:
        algorithm, key = self.keys[kid]
        claims = claims_of(token(owner))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", jwt.warnings.InsecureKeyLengthWarning)
            return jwt.encode(claims, key, algorithm, headers={"kid": kid})

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    yield server
    server.close()


def test_tokens_of_an_identity_provider_are_verified_with_its_keys(
    tmp_path: Path, key_server: KeyServer, owner: str
) -> None:
    key_server.keys = {
        "rsa": ("RS256", rsa.generate_private_key(65537, 2048)),
        "ec": ("ES256", ec.generate_private_key(ec.SECP256R1())),
        "ed": ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
        "weak": ("RS256", rsa.generate_private_key(65537, 1024)),
    }
    settings = {"EXPORT_JWKS_URL": key_server.url, "EXPORT_JWT_SECRET": ""}
    with Api(tmp_path, settings) as api, httpx.Client(base_url=api.url) as client:

        def status(bearer: str) -> int:
            headers = {"Authorization": f"Bearer {bearer}"}
            return client.get("/api/export/jobs", headers=headers).status_code

        assert [status(key_server.token(owner, kid)) for kid in ("rsa", "ec", "ed")] == [200] * 3
        assert status(key_server.token(owner, "weak")) == 401
        assert key_server.requests == 1
        # The classic confusion: a public key used as an HMAC secret.
        public = json.dumps(key_server.public("rsa")).encode()
        confused = forged({"alg": "HS256", "typ": "JWT"}, claims_of(token(owner)), public)
        assert status(confused) == 401

        stolen = key_server.keys["ec"]
        key_server.keys["ec"] = ("ES256", ec.generate_private_key(ec.SECP256R1()))
        assert status(key_server.token(owner, "ec")) == 401
        key_server.keys["ec"] = stolen
        for number in range(20):
            key_server.keys[f"made-up-{number}"] = stolen
            assert status(key_server.token(owner, f"made-up-{number}")) == 401
        # Made-up key ids do not turn us into a flood of the key server.
        assert key_server.requests <= 2


def test_a_key_that_was_added_is_found(tmp_path: Path, key_server: KeyServer, owner: str) -> None:
    key_server.keys = {"old": ("EdDSA", ed25519.Ed25519PrivateKey.generate())}
    settings = {"EXPORT_JWKS_URL": key_server.url, "EXPORT_JWT_SECRET": ""}
    with Api(tmp_path, settings) as api, httpx.Client(base_url=api.url) as client:

        def status(kid: str) -> int:
            headers = {"Authorization": f"Bearer {key_server.token(owner, kid)}"}
            return client.get("/api/export/jobs", headers=headers).status_code

        assert status("old") == 200
        key_server.keys["new"] = ("EdDSA", ed25519.Ed25519PrivateKey.generate())
        eventually(lambda: status("new") == 200, pause=0.2)
        assert status("old") == 200


def test_an_identity_provider_that_is_away_is_not_the_callers_mistake(
    tmp_path: Path, key_server: KeyServer, owner: str
) -> None:
    key_server.keys = {"ed": ("EdDSA", ed25519.Ed25519PrivateKey.generate())}
    bearer = key_server.token(owner, "ed")
    settings = {"EXPORT_JWKS_URL": "http://127.0.0.1:1/keys", "EXPORT_JWT_SECRET": ""}
    with Api(tmp_path, settings) as api:
        headers = {"Authorization": f"Bearer {bearer}"}
        response = httpx.get(f"{api.url}/api/export/jobs", headers=headers)

    problem(response, 503, "keys-unavailable")
    assert int(response.headers["retry-after"]) > 0
