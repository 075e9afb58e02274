"""What Temporal's UI shows of an export: its owner, its format and the way to the admin console."""

from collections.abc import AsyncIterator

import pytest
from markdown_it import MarkdownIt
from temporalio.client import Client

from activities.temporal.exports import start_export
from tests.unit.temporal_server import temporal_server
from tests.unit.web.jobs import job
from workflows.contracts import workflow_id

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with temporal_server() as connected:
        yield connected


async def shown(client: Client, job_id: str, owner_id: str, public_url: str = "") -> str:
    """The details of a new export as HTML."""
    made = job(job_id=job_id, owner_id=owner_id, format="pdf", title="SECRET")
    await start_export(client, made, 600, public_url=public_url)
    described = await client.get_workflow_handle(workflow_id(job_id)).describe()
    return str(MarkdownIt().render(await described.static_details() or ""))


async def test_owner_format_and_the_way_to_the_console(client: Client) -> None:
    html = await shown(client, "one", "teacher-1", "https://exports.example.org/x/")
    assert "owner: <code>teacher-1</code>" in html
    assert "format: <code>pdf</code>" in html
    assert '<a href="https://exports.example.org/x/admin/jobs/one">' in html
    assert "SECRET" not in html
    assert "admin" not in await shown(client, "two", "teacher-1")


@pytest.mark.parametrize(
    "owner", ["`x` [a](http://b) ``", "*a* <b>", "![](http://tracker)", "line\nbreak", "`"]
)
async def test_no_owner_writes_markdown(client: Client, owner: str) -> None:
    html = await shown(client, f"hostile-{abs(hash(owner))}", owner)
    assert html.count("<code>") == 2
    assert "<a" not in html
    assert "<em>" not in html
    assert "<img" not in html
    assert html.count("<li>") == 2
