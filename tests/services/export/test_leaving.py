"""An API process that is told to stop leaves its balancer before it closes anything."""

import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.services.export.api_kit import Api
from tests.waiting import eventually

_LEAVE_SECONDS = 3.0


@pytest.mark.long
def test_process_that_leaves_is_not_ready_and_answers_to_the_end(tmp_path: Path) -> None:
    with Api(tmp_path, {"EXPORT_LEAVE_SECONDS": str(_LEAVE_SECONDS)}) as api, api.client() as kept:
        before = kept.get("/health/ready")
        assert (before.status_code, before.headers.get("connection")) == (200, None)
        assert api.process is not None
        api.process.send_signal(signal.SIGTERM)
        told = time.monotonic()

        def refusal() -> httpx.Response | None:
            response = httpx.get(f"{api.url}/health/ready")
            return response if response.status_code == 503 else None

        leaving = eventually(refusal, 2).json()
        assert leaving["status"] == "unavailable"
        assert leaving["details"]["process"] == "It is stopping."
        # Its callers are asked to go elsewhere, on a connection of before as on a new one.
        for response in (kept.get("/health/live"), httpx.get(f"{api.url}/health/live")):
            assert (response.status_code, response.headers["connection"]) == (200, "close")
        assert api.process.wait(timeout=30) == 0
        assert time.monotonic() - told >= _LEAVE_SECONDS
