"""What the service responds keeps the rules of HTTP, by httplint and REDbot."""

import json
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import msgspec
import pytest

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.judges.conformance import Conformance, Judge
from tests.judges.exchanges import Exchange, exchanges
from tests.judges.tools import HERE, python_programs, python_version, run

pytestmark = pytest.mark.judges

EXCEPTIONS: Final = {
    "LOCATION_UNDEFINED": "a 202 says by Location where the job is; RFC 9110 leaves to each status "
    "what that means, and the documentation says it",
    "STATUS_BAD_REQUEST": "a 400 is what was asked for",
    "CSP_UNSAFE_INLINE": "the viewer of /docs has styles within its page, which is all that its "
    "policy lets in; scripts are files of ours",
}
"""By the judges' name of the finding."""

_OF_REDBOT: Final = {"CSP_UNSAFE_INLINE"}
"""What REDbot finds of that at the addresses that it is given."""

_LEVELS: Final = ("WARN", "BAD")


def httplint() -> Judge:
    return Judge("httplint", python_version("httplint"), "the rules of HTTP (RFC 9110, 9111, 9112)")


def redbot() -> Judge:
    return Judge("REDbot", python_version("redbot"), "the rules of HTTP (RFC 9110, 9111, 9112)")


def linted(asked: Iterable[Exchange], directory: Path) -> dict[str, dict[str, str]]:
    """What httplint finds in each exchange: words by the name of the finding."""
    file = directory / "exchanges.json"
    file.write_bytes(msgspec.json.encode(list(asked)))
    done = run([python_programs() / "python", HERE / "lint_answers.py", file], directory)
    assert done.returncode == 0, done.stderr
    return {name: dict(found) for name, found in json.loads(done.stdout).items()}


def asked_by_redbot(url: str, directory: Path) -> dict[str, str]:
    """What REDbot finds when it asks for a URL in its ways: words by the name of the finding."""
    done = run([python_programs() / "redbot", "-o", "har", url], directory)
    [entry] = json.loads(done.stdout)["log"]["entries"]
    return dict(_faults(entry["_red_messages"]))


def _faults(notes: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for note in notes:
        if note["level"] in _LEVELS:
            yield note["note_id"], f"{note['subject']}: {note['summary']}"
        yield from _faults(note.get("subnotes", []))


@pytest.fixture(scope="module")
def asked(stack: Stack) -> list[Exchange]:
    return list(exchanges(stack))


def test_each_kind_of_response_was_given(asked: list[Exchange]) -> None:
    statuses = {exchange.status for exchange in asked}
    assert statuses >= {200, 202, 206, 303, 304, 400, 401, 403, 404, 405, 409, 415, 416}
    assert len(asked) > 40


def test_responses_keep_the_rules(
    asked: list[Exchange], conformance: Conformance, tmp_path: Path
) -> None:
    found = linted(asked, tmp_path)
    faults = {
        f"{name}: {kind}: {words}": kind
        for name, each in found.items()
        for kind, words in each.items()
    }
    unexplained = {fault for fault, kind in faults.items() if kind not in EXCEPTIONS}
    kinds = "JSON, problems, files, ranges, HEAD, events, descriptions, assets, pages, metrics"
    conformance.judged(httplint(), kinds, len(asked), unexplained)
    conformance.excepted(httplint(), EXCEPTIONS)

    assert unexplained == set()
    assert set(faults.values()) == EXCEPTIONS.keys()


def _without_length(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, "7" if name.lower() == "content-length" else value) for name, value in headers]


def _other_type(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, "text" if name.lower() == "content-type" else value) for name, value in headers]


def _twice_dated(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [*headers, ("Date", "yesterday")]


@pytest.mark.parametrize("damage", [_without_length, _other_type, _twice_dated])
def test_a_planted_header_is_found(
    damage: Callable[[list[tuple[str, str]]], list[tuple[str, str]]],
    asked: list[Exchange],
    conformance: Conformance,
    tmp_path: Path,
) -> None:
    [job] = [exchange for exchange in asked if exchange.name == "job"]
    broken = msgspec.structs.replace(job, headers=damage(job.headers))

    assert linted([broken], tmp_path)["job"].keys() - EXCEPTIONS.keys()
    conformance.planted(httplint())


def test_redbot_finds_nothing(
    stack: Stack, client: ServiceClient, conformance: Conformance, tmp_path: Path
) -> None:
    job = client.wait(client.bulk("pdf", max_items=1)["job_id"])
    addresses = {
        "the link of a file": job["download_url"],
        "descriptions": f"{stack.api}/docs/openapi.json",
        "assets": f"{stack.api}/docs/assets/docs.js",
        "pages": f"{stack.api}/sign-in",
        "health": f"{stack.api}/health/ready",
        "a refusal": f"{stack.api}/api/export/jobs",
    }
    found = {name: asked_by_redbot(url, tmp_path) for name, url in addresses.items()}
    faults = {kind: words for each in found.values() for kind, words in each.items()}
    for name, each in found.items():
        conformance.judged(redbot(), name, 1, each.keys() - EXCEPTIONS.keys())
    conformance.excepted(redbot(), {kind: EXCEPTIONS[kind] for kind in _OF_REDBOT})

    assert faults.keys() == _OF_REDBOT


class _Careless(BaseHTTPRequestHandler):
    """Says that it knows ranges and validators, and heeds neither."""

    def do_GET(self) -> None:
        part = "Range" in self.headers
        body = b"other words" if part else b"some words"
        self.send_response(206 if part else 200)
        if part:
            self.send_header("Content-Range", f"bytes 0-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Type", "text/plain")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def test_redbot_finds_a_careless_server(conformance: Conformance, tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Careless) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found = asked_by_redbot(f"http://127.0.0.1:{server.server_port}/", tmp_path)
        server.shutdown()

    assert any(kind.startswith("RANGE") for kind in found)
    conformance.planted(redbot())
