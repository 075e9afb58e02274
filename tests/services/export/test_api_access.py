"""Who may call: every route with every kind of token, and nobody sees what is another's."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from activities.jobs.model import Status
from tests.services.export.api_kit import (
    JWT_SECRET,
    READ,
    WRITE,
    Api,
    owner_id,
    problem,
    token,
)

PROTECTED = [
    ("POST", "/api/export/", WRITE),
    ("POST", "/api/export/bulk", WRITE),
    ("GET", "/api/export/jobs", READ),
    ("GET", "/api/export/jobs/{job_id}", READ),
    ("GET", "/api/export/jobs/{job_id}/download", READ),
    ("HEAD", "/api/export/jobs/{job_id}/download", READ),
    ("GET", "/api/export/jobs/{job_id}/events", READ),
    ("DELETE", "/api/export/jobs/{job_id}", WRITE),
    ("GET", "/api/export/formats", None),
]
PUBLIC = ["/metrics", "/health/live", "/health/ready", "/docs", "/docs/openapi.json"]


def by_hand(owner: str, algorithm: str, key: str) -> str:
    """A token that a careful library refuses to make."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    claims = jwt.decode(token(owner), options={"verify_signature": False})
    header = {"alg": algorithm, "typ": "JWT"}
    signed = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    signature = hmac.digest(key.encode(), signed.encode(), "sha256") if key else b""
    return f"{signed}.{part(signature)}"


def bad_tokens(owner: str) -> dict[str, str | None]:
    """Authorization headers that nobody may get in with."""
    good = token(owner)
    header, payload, signature = good.split(".")
    return {
        "none": None,
        "empty": "",
        "scheme only": "Bearer",
        "basic": "Basic " + base64.b64encode(b"user:password").decode(),
        "garbage": "Bearer garbage",
        "expired": f"Bearer {token(owner, exp=int(time.time()) - 1)}",
        "no expiry": f"Bearer {token(owner, exp=None)}",
        "not yet": f"Bearer {token(owner, nbf=int(time.time()) + 60)}",
        "other issuer": f"Bearer {token(owner, iss='somebody')}",
        "no issuer": f"Bearer {token(owner, iss=None)}",
        "other audience": f"Bearer {token(owner, aud='somebody')}",
        "no audience": f"Bearer {token(owner, aud=None)}",
        "no subject": f"Bearer {token(owner, sub=None)}",
        "empty subject": f"Bearer {token('')}",
        "strange subject": f"Bearer {token('a' + chr(0))}",
        "scope list": f"Bearer {token(owner, scope=[READ, WRITE])}",  # type: ignore[arg-type]
        "other secret": f"Bearer {token(owner, secret='x' * 40)}",
        "other algorithm": "Bearer "
        + jwt.encode(
            jwt.decode(good, options={"verify_signature": False}), JWT_SECRET + "x" * 64, "HS512"
        ),
        "unsigned": f"Bearer {by_hand(owner, 'none', '')}",
        "tampered": f"Bearer {header}.{payload[:-2]}AA.{signature}",
    }


@pytest.fixture(scope="module")
def job(api: Api) -> tuple[str, str]:
    owner = owner_id()
    return owner, api.add_file(owner)


def call(
    api: Api, method: str, path: str, job_id: str, authorization: str | None
) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    if authorization is not None:
        headers["Authorization"] = authorization
    with httpx.Client(base_url=api.url, headers=headers) as client:
        content = b"{}" if method == "POST" else None
        return client.request(method, path.format(job_id=job_id), content=content)


def test_the_list_of_protected_routes_is_complete(api: Api) -> None:
    with api.client() as client:
        paths = client.get("/docs/openapi.json").json()["paths"]

    described = {
        (method.upper(), path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if operation.get("security")
    }

    assert described == {(method, path.rstrip("/")) for method, path, _ in PROTECTED}
    assert set(paths) - {path for _, path in described} == set(PUBLIC) - {
        "/docs",
        "/docs/openapi.json",
    }


@pytest.mark.parametrize("kind", bad_tokens("x"))
def test_no_route_answers_to_a_bad_token(api: Api, job: tuple[str, str], kind: str) -> None:
    owner, job_id = job
    for method, path, _ in PROTECTED:
        answer = call(api, method, path, job_id, bad_tokens(owner)[kind])

        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"].startswith('Bearer realm="export"')
        if method != "HEAD":
            problem(answer, 401, "unauthenticated")
        assert owner not in answer.text


@pytest.mark.parametrize("held", ["", READ, WRITE, "export:admin", "export:readwrite"])
def test_a_token_opens_only_what_its_scope_names(api: Api, job: tuple[str, str], held: str) -> None:
    owner, job_id = job
    for method, path, needed in PROTECTED:
        answer = call(api, method, path, job_id, f"Bearer {token(owner, held)}")

        if needed is None or needed == held:
            assert answer.status_code not in {401, 403}, (method, path)
        else:
            assert answer.status_code == 403, (method, path)
            assert f'scope="{needed}"' in answer.headers["www-authenticate"]


def test_another_owners_job_looks_like_none(api: Api, job: tuple[str, str]) -> None:
    owner, job_id = job
    stranger = f"Bearer {token(owner_id())}"
    nowhere = "00000000-0000-4000-8000-000000000000"
    for method, path, _ in PROTECTED:
        if "{job_id}" not in path or method == "HEAD":
            continue
        theirs = problem(call(api, method, path, job_id, stranger), 404, "not-found")
        none = problem(call(api, method, path, nowhere, stranger), 404, "not-found")

        assert theirs.pop("instance") != none.pop("instance")
        assert theirs == none
    with api.client(owner) as client:
        assert client.get(f"/api/export/jobs/{job_id}").json()["status"] == Status.COMPLETED


@pytest.mark.parametrize("job_id", ["1", "..", "%00", "a" * 5000, "{}", "'; --", "%F0%9F%92%A9"])
def test_what_cannot_be_a_job_id_is_no_job(api: Api, owner: str, job_id: str) -> None:
    with api.client(owner) as client:
        for path in ("", "/download", "/events"):
            assert client.get(f"/api/export/jobs/{job_id}{path}").status_code in {404, 405}


def test_public_routes_need_no_token(api: Api) -> None:
    with api.client() as client:
        for path in PUBLIC:
            assert client.get(path).status_code in {200, 503}, path


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
        makers = {
            "RS256": jwt.algorithms.RSAAlgorithm,
            "ES256": jwt.algorithms.ECAlgorithm,
            "EdDSA": jwt.algorithms.OKPAlgorithm,
        }
        public = makers[algorithm].to_jwk(key.public_key(), as_dict=True)
        return {**public, "kid": kid, "alg": algorithm, "use": "sig"}

    def token(self, owner: str, kid: str) -> str:
        algorithm, key = self.keys[kid]
        claims = jwt.decode(token(owner), options={"verify_signature": False})
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
    }
    settings = {"EXPORT_JWKS_URL": key_server.url, "EXPORT_JWT_SECRET": ""}
    with Api(tmp_path, settings) as api, httpx.Client(base_url=api.url) as client:

        def status(bearer: str) -> int:
            headers = {"Authorization": f"Bearer {bearer}"}
            return client.get("/api/export/jobs", headers=headers).status_code

        assert [status(key_server.token(owner, kid)) for kid in ("rsa", "ec", "ed")] == [200] * 3
        assert key_server.requests == 1
        # The classic confusion: a public key used as an HMAC secret.
        confused = by_hand(owner, "HS256", json.dumps(key_server.public("rsa")))
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
        deadline = time.monotonic() + 30

        def status(kid: str) -> int:
            headers = {"Authorization": f"Bearer {key_server.token(owner, kid)}"}
            return client.get("/api/export/jobs", headers=headers).status_code

        assert status("old") == 200
        key_server.keys["new"] = ("EdDSA", ed25519.Ed25519PrivateKey.generate())
        while status("new") != 200:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert status("old") == 200


def test_an_identity_provider_that_is_away_is_not_the_callers_mistake(
    tmp_path: Path, key_server: KeyServer, owner: str
) -> None:
    key_server.keys = {"ed": ("EdDSA", ed25519.Ed25519PrivateKey.generate())}
    bearer = key_server.token(owner, "ed")
    settings = {"EXPORT_JWKS_URL": "http://127.0.0.1:1/keys", "EXPORT_JWT_SECRET": ""}
    with Api(tmp_path, settings) as api:
        answer = call(api, "GET", "/api/export/jobs", "", f"Bearer {bearer}")

    problem(answer, 503, "keys-unavailable")
    assert int(answer.headers["retry-after"]) > 0
