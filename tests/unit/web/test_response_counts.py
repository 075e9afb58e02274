"""Responses are counted so that a full disk is not told as an API that fails."""

from typing import cast

import pytest
from litestar.types import Message, Receive, Scope, Send
from prometheus_client import REGISTRY

from web.http.response_counts import with_response_counts

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("status", "told"),
    [(200, "2xx"), (206, "2xx"), (404, "4xx"), (500, "5xx"), (503, "5xx"), (507, "507")],
)
async def test_responses_are_counted_by_class(status: int, told: str) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    async def nothing() -> Message:
        raise AssertionError("there is no body")

    async def send(_message: Message) -> None: ...

    def count() -> float:
        name = "export_http_responses_total"
        return REGISTRY.get_sample_value(name, {"status": told}) or 0.0

    before = count()
    await with_response_counts(app)(cast("Scope", {"type": "http"}), cast("Receive", nothing), send)
    assert count() == before + 1
