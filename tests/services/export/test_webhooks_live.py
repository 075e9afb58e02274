"""Webhooks from the export to the receiver, by all that is between."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import WebhookVerificationError
from temporalio.client import Client

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.receiver import Answer, Receiver
from tests.waiting import eventually

TOKEN = "a-secret-of-the-receiver"


@pytest.fixture
def path(receiver: Receiver) -> str:
    """A path of the receiver that no other test has."""
    return f"/{uuid4().hex}"


@pytest.fixture
def webhook(client: ServiceClient, receiver: Receiver, path: str) -> Iterator[dict[str, Any]]:
    """A webhook of the first owner that leads to the path."""
    body = {"url": f"{receiver.origin}{path}"}
    response = client.http.post("/api/export/webhooks", json=body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    yield made
    client.http.delete(f"/api/export/webhooks/{made['webhook_id']}")


def deliveries(client: ServiceClient, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of a webhook that have ended, oldest first; none while one is pending."""
    url = f"/api/export/webhooks/{webhook['webhook_id']}/deliveries"
    found: list[dict[str, Any]] = client.http.get(url).json()["items"][::-1]
    return found if all(each["status"] != "pending" for each in found) else []


def test_a_completed_export_is_told_of_once_with_a_signature_and_no_content(
    client: ServiceClient,
    receiver: Receiver,
    stack: Stack,
    webhook: dict[str, Any],
    path: str,
) -> None:
    job = client.wait(client.export(["content-1"], "json")["job_id"])
    [came] = eventually(lambda: receiver.at(path), 20)
    came.verify(webhook["secret"])
    with pytest.raises(WebhookVerificationError):
        came.verify("whsec_" + "A" * 32)
    assert came.message == {
        "type": "export.completed",
        "timestamp": job["completed_at"],
        "data": {
            "job_id": job["job_id"],
            "status": "completed",
            "format": "json",
            "items": 1,
            "created_at": job["created_at"],
            "completed_at": job["completed_at"],
            "expires_at": job["expires_at"],
            "file": {
                "size": job["file"]["size"],
                "media_type": "application/json",
                "sha256": job["file"]["sha256"],
            },
            "error": None,
            "url": f"{stack.api}/api/export/jobs/{job['job_id']}",
        },
    }
    [delivery] = eventually(lambda: deliveries(client, webhook))
    assert delivery["delivery_id"] == came.message_id
    assert (delivery["status"], delivery["job_id"]) == ("delivered", job["job_id"])
    assert [each["http_status"] for each in delivery["attempts"]] == [204]

    # Sent again by hand it is the same message, with a signature of then.
    again = client.http.post(f"/api/export/webhooks/deliveries/{came.message_id}/retry")
    assert again.status_code == 202, again.text
    first, second = eventually(lambda: receiver.at(path) if receiver.at(path)[1:] else [], 20)
    second.verify(webhook["secret"])
    assert (second.message_id, second.body) == (first.message_id, first.body)


@pytest.mark.long
def test_what_is_not_accepted_is_tried_again_in_few_events(
    client: ServiceClient,
    receiver: Receiver,
    stack: Stack,
    webhook: dict[str, Any],
    path: str,
) -> None:
    later = Answer(503, (("Retry-After", "3"),))
    receiver.answers[path] = [Answer(302, (("Location", "/elsewhere"),)), later, Answer()]
    client.http.post(f"/api/export/webhooks/{webhook['webhook_id']}/test")
    [delivery] = eventually(lambda: deliveries(client, webhook), 60)
    errors = [each["error"] for each in delivery["attempts"]]
    assert errors == ["redirected", "not-accepted", None]
    times = [each.headers["webhook-timestamp"] for each in receiver.at(path)]
    assert len({each.message_id for each in receiver.at(path)}) == 1
    assert int(times[2]) - int(times[1]) >= 3

    async def events() -> int:
        connected = await Client.connect(stack.info.temporal_address)
        history = await connected.get_workflow_handle(
            f"webhook-test-{delivery['delivery_id']}"
        ).fetch_history()
        return len(history.events)

    assert asyncio.run(events()) <= 11


def test_a_receiver_that_is_gone_makes_its_webhook_inactive(
    client: ServiceClient, receiver: Receiver, webhook: dict[str, Any], path: str
) -> None:
    receiver.answers[path] = [Answer(410)]
    client.wait(client.export(["content-1"], "txt")["job_id"])
    [delivery] = eventually(lambda: deliveries(client, webhook), 20)
    assert (delivery["status"], delivery["error"]) == ("failed", "gone")
    seen = client.http.get(f"/api/export/webhooks/{webhook['webhook_id']}").json()
    assert (seen["active"], seen["disabled"]["reason"]) == (False, "gone")
    client.wait(client.export(["content-1"], "txt")["job_id"])
    assert len(deliveries(client, webhook)) == 1


def test_after_a_rotation_both_secrets_verify(
    client: ServiceClient, receiver: Receiver, webhook: dict[str, Any], path: str
) -> None:
    rotated = client.http.post(f"/api/export/webhooks/{webhook['webhook_id']}/rotate").json()
    assert rotated["secret"] != webhook["secret"]
    assert rotated["previous_secret_until"] is not None
    client.http.post(f"/api/export/webhooks/{webhook['webhook_id']}/test")
    [came] = eventually(lambda: receiver.at(path), 20)
    came.verify(rotated["secret"])
    came.verify(webhook["secret"])


def test_no_log_has_a_secret_or_what_an_address_hides(
    client: ServiceClient, receiver: Receiver, stack: Stack, path: str
) -> None:
    url = f"{receiver.origin}{path}?token={TOKEN}"
    made = client.http.post("/api/export/webhooks", json={"url": url}).json()
    client.http.post(f"/api/export/webhooks/{made['webhook_id']}/test")
    eventually(lambda: deliveries(client, made), 20)
    client.http.delete(f"/api/export/webhooks/{made['webhook_id']}")
    logged = "".join(each.read_text() for each in (stack.data_dir / "logs").glob("*.log*"))
    assert made["webhook_id"] in logged
    assert TOKEN not in logged
    assert made["secret"].removeprefix("whsec_") not in logged
    database = stack.settings.database.removeprefix("sqlite:///")
    if database.startswith("/"):
        assert made["secret"].removeprefix("whsec_").encode() not in Path(database).read_bytes()
