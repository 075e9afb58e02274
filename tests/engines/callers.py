"""Callers who ask for exports without pause, and take every failure of a request for one."""

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from export_client.model import ENDED
from tests.faults.oracle import Acknowledged, Ledger, Wanted

_PAUSE_SECONDS = 0.25
_PATIENCE_SECONDS = 240.0
# Shorter than the time for which a process that leaves still answers.
_KEPT = httpx.Limits(keepalive_expiry=1.0)


class Callers:
    """Threads that ask for exports, follow them, list them and download them, over and over.

    They keep their connections, and send nothing twice: what a caller asks for is answered.
    """

    def __init__(self, ledger: Ledger, count: int) -> None:
        """Describe them; nobody calls yet.

        Args:
            ledger: knows what may be asked for, and gets what was acknowledged.
            count: how many call at once.
        """
        self.requests = Counter[str]()
        """How many requests were answered, by what they asked for."""
        self.failures: list[str] = []
        """What went wrong, in words, with the time at which it did."""
        self.longest = 0.0
        """Seconds that the slowest of the requests took that are answered at once."""
        self._ledger = ledger
        self._done = threading.Event()
        self._counting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._call, args=(random.Random(number),), daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        """Let them begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each finish what it is at."""
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _call(self, chance: random.Random) -> None:
        with ExitStack() as closing:
            clients = {
                owner: closing.enter_context(
                    httpx.Client(
                        base_url=caller.http.base_url,
                        headers=caller.http.headers,
                        limits=_KEPT,
                        timeout=60,
                    )
                )
                for owner, caller in self._ledger.callers.items()
            }
            while not self._done.is_set():
                wanted = chance.choice(list(self._ledger.references))
                try:
                    self._export(clients[wanted.owner], wanted, chance)
                except (httpx.HTTPError, AssertionError) as error:
                    self._fails(f"{wanted.format}: {type(error).__name__}: {error}")
                self._done.wait(_PAUSE_SECONDS)

    def _fails(self, what: str) -> None:
        self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")

    def _export(self, http: httpx.Client, wanted: Wanted, chance: random.Random) -> None:
        key = str(uuid4())
        body, headers = wanted.body, {"Idempotency-Key": key}
        made = self._ask(http, "create", "POST", "/api/export/", 202, json=body, headers=headers)
        job_id = str(made.json()["job_id"])
        self._ledger.entries.append(Acknowledged(job_id, wanted, key, time.monotonic()))
        path = f"/api/export/jobs/{job_id}"
        follow = chance.choice((self._watch, self._poll))
        job = follow(http, path)
        assert job["status"] == "completed", job
        file = self._ask(http, "download", "GET", f"{path}/download", 200).content
        assert hashlib.sha256(file).hexdigest() == job["file"]["sha256"], job
        listed = self._ask(http, "list", "GET", "/api/export/jobs", 200).json()["items"]
        assert listed

    def _ask(
        self, http: httpx.Client, name: str, method: str, path: str, status: int, **rest: Any
    ) -> httpx.Response:
        asked = time.monotonic()
        response = http.request(method, path, **rest)
        with self._counting:
            self.requests[name] += 1
            self.longest = max(self.longest, time.monotonic() - asked)
        assert response.status_code == status, f"{name} {response.status_code} {response.text}"
        return response

    def _poll(self, http: httpx.Client, path: str) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            job: dict[str, Any] = self._ask(http, "job", "GET", path, 200).json()
            if job["status"] in ENDED:
                return job
            assert time.monotonic() < deadline, f"still {job}"
            time.sleep(_PAUSE_SECONDS)

    def _watch(self, http: httpx.Client, path: str) -> dict[str, Any]:
        """Follow the events, and come back as browsers do when their stream ends before the job."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        headers: dict[str, str] = {}
        job: dict[str, Any] = {}
        while job.get("status") not in ENDED:
            assert time.monotonic() < deadline, f"still {job}"
            with http.stream("GET", f"{path}/events", headers=headers, timeout=60) as stream:
                assert stream.status_code == 200, f"events {stream.status_code}"
                with self._counting:
                    self.requests["events"] += 1
                for name, value in _fields(stream):
                    if name == "id":
                        headers["Last-Event-ID"] = value
                    elif name == "data":
                        job = msgspec.json.decode(value)
        return job


def _fields(stream: httpx.Response) -> Iterator[tuple[str, str]]:
    for line in stream.iter_lines():
        name, _, value = line.partition(":")
        yield name, value.strip()
