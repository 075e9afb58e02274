"""Webhooks by the command and both clients, against the running service."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from export_client import AsyncExportClient, ExportClient, RefusedError
from export_client.command import main
from scripts.dev.stack import Stack
from tests.receiver import Receiver
from tests.waiting import eventually


def test_the_command_does_the_whole_round(
    stack: Stack, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"/{uuid4().hex}"
    url = receiver.origin + path

    def run(*arguments: str) -> Any:
        code = main(["--url", stack.api, "--token", stack.token, *arguments])
        assert code == 0, arguments
        return json.loads(capsys.readouterr().out)

    made = run("create-webhook", url, "--events", "export.failed,export.completed")
    webhook_id = made["webhook_id"]
    listed = {each["webhook_id"]: each for each in run("webhooks")["items"]}
    assert listed[webhook_id]["events"] == ["export.failed", "export.completed"]
    renewed = run("rotate-webhook", webhook_id)
    sent = run("test-webhook", webhook_id)
    [came] = eventually(lambda: receiver.at(path), 20)
    for each in (made, renewed):
        came.verify(each["secret"])
    assert came.message_id == sent["delivery_id"]

    def delivered() -> bool:
        [message] = run("webhook-deliveries", webhook_id, "--page-size", "1")["items"]
        return bool(message["status"] == "delivered")

    eventually(delivered, 20)
    assert not run("change-webhook", webhook_id, "--no-active")["active"]
    assert run("change-webhook", webhook_id, "--active")["active"]
    assert run("webhook", webhook_id)["url"] == url
    again = run("retry-webhook-delivery", sent["delivery_id"])
    assert again["delivery_id"] == sent["delivery_id"]
    run("delete-webhook", webhook_id)
    assert webhook_id not in {each["webhook_id"] for each in run("webhooks")["items"]}


def test_both_clients_have_the_same_calls(stack: Stack, receiver: Receiver) -> None:
    url = f"{receiver.origin}/{uuid4().hex}"

    async def asynchronously() -> str:
        async with AsyncExportClient(stack.api, stack.token) as client:
            made = await client.create_webhook(url)
            assert made.secret
            assert made.webhook_id in {each.webhook_id for each in (await client.webhooks()).items}
            assert (await client.rotate_webhook(made.webhook_id)).secret != made.secret
            changed = await client.change_webhook(made.webhook_id, active=False)
            assert not changed.active
            sent = await client.test_webhook(made.webhook_id)
            page = await client.webhook_deliveries(made.webhook_id)
            assert [each.delivery_id for each in page.items] == [sent.delivery_id]
            await client.retry_webhook_delivery(sent.delivery_id)
            await client.delete_webhook(made.webhook_id)
            return made.webhook_id

    gone = asyncio.run(asynchronously())
    with ExportClient(stack.api, stack.token) as client, pytest.raises(RefusedError):
        client.change_webhook(gone, active=True)
