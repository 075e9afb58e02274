"""Lets httplint judge HTTP exchanges; run by the Python of `tools.python_programs`.

Reads a file with a JSON array of exchanges, and writes an object that has a list of findings, each
as its kind and words, for the name of each exchange.
"""

import base64
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from httplint import HttpRequestLinter, HttpResponseLinter

_FAULTS = ("warning", "bad")


def lint(exchange: dict[str, Any]) -> list[list[str]]:
    """What is wrong with a response, and with what it says to its request."""
    now = time.time()
    request = HttpRequestLinter(start_time=now)
    request.process_request_topline(exchange["method"].encode(), exchange["url"].encode(), b"1.1")
    request.process_headers(_raw(exchange["request_headers"]))
    without = exchange["method"] == "HEAD"
    response = HttpResponseLinter(start_time=now, _related=request, no_content=without)
    response.is_head_response = without
    response.base_uri = exchange["url"]
    response.process_response_topline(b"1.1", str(exchange["status"]).encode())
    response.process_headers(_raw(exchange["headers"]))
    response.feed_content(base64.b64decode(exchange["content"]))
    response.finish_content(exchange["complete"])
    return list(_faults(response.notes))


def _faults(notes: list[Any]) -> Iterator[list[str]]:
    for note in notes:
        if note.level.value in _FAULTS:
            yield [type(note).__name__, f"{note.subject}: {note.summary}"]
        yield from _faults(note.subnotes)


def _raw(headers: list[list[str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _given() -> bytes:
    return Path(sys.argv[1]).read_bytes()


if __name__ == "__main__":
    judged = {exchange["name"]: lint(exchange) for exchange in json.loads(_given())}
    json.dump(judged, sys.stdout)
