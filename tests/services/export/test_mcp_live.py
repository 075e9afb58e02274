"""An agent makes an export from end to end, through the SDK's own client."""

import asyncio
import hashlib
from typing import Any

import httpx
import pytest
from mcp_types import CallToolResult, ResourceLink

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.mcp_client import MODES, agent

Told = dict[str, Any]

# So many take a while: of an export that has ended no progress is told.
_ITEMS = 30


def told(result: CallToolResult) -> Told:
    assert not result.is_error, result.content
    found: Told = result.structured_content
    return found


@pytest.mark.parametrize("mode", MODES)
def test_an_agent_finds_exports_waits_and_fetches(stack: Stack, mode: str) -> None:
    noted: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        noted.append(progress)

    async def work() -> tuple[Told, CallToolResult]:
        async with agent(stack.api, stack.token, mode) as client:
            found = told(await client.call_tool("find_content", {"page_size": _ITEMS}))
            assert [len(found["items"]), found["page"]] == [_ITEMS, 1]
            ids = [item["id"] for item in found["items"]]
            asked = {"content_ids": ids, "format": "pdf", "idempotency_key": f"agent-{mode}"}
            started = told(await client.call_tool("start_export", asked))
            again = told(await client.call_tool("start_export", asked))
            assert again["job_id"] == started["job_id"]
            waited = await client.call_tool(
                "get_export",
                {"job_id": started["job_id"], "wait_seconds": 60},
                progress_callback=note,
            )
            [job] = told(waited)["exports"]
            listed = told(await client.call_tool("get_export", {"status": "completed"}))
            assert job["job_id"] in [each["job_id"] for each in listed["exports"]]
            return job, await client.call_tool("download_export", {"job_id": job["job_id"]})

    job, given = asyncio.run(work())

    assert [job["status"], job["percent"], job["file"]["items"]] == ["completed", 100.0, _ITEMS]
    assert noted
    assert noted == sorted(set(noted))
    download = told(given)
    assert [download["text"], download["text_left_out"]] == [None, "not-text"]
    [link] = [each for each in given.content if isinstance(each, ResourceLink)]
    assert [link.uri, link.name] == [download["url"], job["file"]["name"]]
    data = httpx.get(link.uri).content
    assert [len(data), hashlib.sha256(data).hexdigest()] == [link.size, job["file"]["sha256"]]


def test_the_text_of_a_small_file_comes_along(stack: Stack, client: ServiceClient) -> None:
    job = client.wait(client.export(["content-1"], "txt")["job_id"])

    async def fetch(**asked: Any) -> Told:
        async with agent(stack.api, stack.token) as agents:
            return told(
                await agents.call_tool("download_export", {"job_id": job["job_id"], **asked})
            )

    given = asyncio.run(fetch())

    assert given["text"].encode() == client.download(job)
    assert asyncio.run(fetch(include_text=False))["text_left_out"] == "not-asked-for"


def test_an_agent_cancels(stack: Stack) -> None:
    async def work() -> tuple[Told, CallToolResult]:
        async with agent(stack.api, stack.token) as client:
            started = told(
                await client.call_tool("start_export", {"format": "pdf", "max_items": 50})
            )
            this = {"job_id": started["job_id"]}
            cancelled = told(await client.call_tool("cancel_export", this))
            ended = told(await client.call_tool("get_export", {**this, "wait_seconds": 30}))
            assert ended["exports"][0]["status"] == "cancelled"
            return cancelled, await client.call_tool("download_export", this)

    cancelled, refused = asyncio.run(work())

    assert cancelled["status"] in {"pending", "processing", "cancelled"}
    assert refused.is_error
    assert "not-ready" in str(refused.content)
