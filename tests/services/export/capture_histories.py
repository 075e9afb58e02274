"""Store one history for every path through the workflows, for `test_replay.py`.

Run `python -m tests.services.export.capture_histories` with the names of paths after a change of a
workflow that gives them new histories. Keep the stored ones, under other names, as long as
workflows of their kind may still run.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowFailureError
from temporalio.service import RPCError

from activities.common.database import Database
from activities.content.sql import SqlContent
from activities.formats.testing.items import item, png
from activities.temporal.client import hard_exit
from activities.temporal.export_schedules import start_run
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.mailbox import Mailbox
from tests.receiver import Answer, Receiver
from tests.services.export.api_kit import token
from tests.services.export.kit import bulk_ids, in_database, odd_formats, run_retention, temporal
from tests.waiting import eventually
from tests.webdav import Webdav
from workflows.contracts import (
    archive_workflow_id,
    erasure_workflow_id,
    scheduled_run_id,
    sending_workflow_id,
    webhook_workflow_id,
    workflow_id,
)

HISTORIES = Path(__file__).parent / "histories"


def _one_chunk(_stack: Stack, client: ServiceClient) -> str:
    return _ended(client, client.export(["content-1"], "json")["job_id"])


def _several_chunks(_stack: Stack, client: ServiceClient) -> str:
    return _ended(client, client.export(bulk_ids(client, 40), "slow")["job_id"])


def _whole_of_several_parts(_stack: Stack, client: ServiceClient) -> str:
    return _ended(client, client.export(bulk_ids(client, 80), "pdf")["job_id"])


def _bundle(_stack: Stack, client: ServiceClient) -> str:
    return _ended(client, _bundled(client, ["pdf", "docx", "json"])["job_id"])


def _bundle_without_one(_stack: Stack, client: ServiceClient) -> str:
    job = _bundled(client, ["json", "broken"], on_format_error="skip")
    return _ended(client, job["job_id"])


def _bundled(client: ServiceClient, formats: list[str], **options: str) -> dict[str, str]:
    body = {"content_ids": ["content-1", "content-2"], "formats": formats, **options}
    job: dict[str, str] = client.http.post("/api/export/", json=body).raise_for_status().json()
    return job


def _failed(_stack: Stack, client: ServiceClient) -> str:
    return _ended(client, client.export(["content-1"], "broken")["job_id"])


def _failed_in_one_of_several_chunks(_stack: Stack, client: ServiceClient) -> str:
    return _ended(client, client.export(bulk_ids(client, 80), "broken")["job_id"])


def _cancelled(_stack: Stack, client: ServiceClient) -> str:
    job_id = client.export(bulk_ids(client, 60), "slow")["job_id"]
    client.wait_until(job_id, lambda job: job["progress"]["items_done"] > 0)
    client.cancel(job_id)
    return _ended(client, job_id)


def _cancelled_at_once(_stack: Stack, client: ServiceClient) -> str:
    job_id = client.export(["content-1"], "slow")["job_id"]
    client.cancel(job_id)
    return _ended(client, job_id)


def _retried(stack: Stack, client: ServiceClient) -> str:
    job_id = client.export(bulk_ids(client, 40), "slow")["job_id"]
    client.wait_until(job_id, lambda job: job["progress"]["items_done"] > 5)
    for pid in stack.info.pids["worker-render"]:
        os.kill(pid, signal.SIGKILL)
    return _ended(client, job_id)


def _pictures(stack: Stack, client: ServiceClient) -> str:
    async def store(database: Database) -> None:
        content = SqlContent(database)
        pictured = item("pictured", study_guide="![A square](/square.png)")
        await content.store([pictured])
        await content.store_media(pictured.owner_id, {"/square.png": png()})

    in_database(stack, store)
    return _ended(client, client.export(["pictured"], "docx")["job_id"])


def _compared(stack: Stack, client: ServiceClient) -> str:
    async def store(database: Database, data: bytes) -> None:
        content = SqlContent(database)
        owner = item("x").owner_id
        # The newest of all, which is thus what is exported.
        newest = datetime(2030, 1, 1, tzinfo=UTC)
        pictured = item("newest", study_guide="![A square](/square.png)", created_at=newest)
        await content.store([pictured])
        await content.store_media(owner, {"/square.png": data})

    in_database(stack, lambda database: store(database, png()))
    job = client.wait(client.export(["newest"], "docx")["job_id"])
    in_database(stack, lambda database: store(database, png() + b"\0"))
    body = {"format": "docx", "since_job_id": job["job_id"], "max_items": 1}
    changed = client.http.post("/api/export/bulk", json=body).raise_for_status().json()
    return _ended(client, changed["job_id"])


def _scheduled(stack: Stack, _client: ServiceClient) -> str:
    due = datetime(2026, 1, 1, tzinfo=UTC)

    async def run() -> str:
        connected = await temporal(stack)
        await start_run(connected, "no-such-schedule", due)
        await connected.get_workflow_handle(scheduled_run_id("no-such-schedule", due)).result()
        return scheduled_run_id("no-such-schedule", due)

    return asyncio.run(run())


def _scheduled_and_looked_at(_stack: Stack, client: ServiceClient) -> str:
    body = {
        "name": "Often",
        "cron": "*/15 * * * *",
        "export": {"format": "json", "max_items": 2},
        "only_changed": True,
    }
    made = client.http.post("/api/export/schedules", json=body).raise_for_status().json()
    schedule_id: str = made["schedule_id"]
    url = f"/api/export/schedules/{schedule_id}"

    def runs() -> list[dict[str, str]]:
        found: list[dict[str, str]] = client.http.get(url).raise_for_status().json()["last_jobs"]
        return found

    for count in (1, 2):
        client.http.post(f"{url}/run").raise_for_status()
        eventually(lambda: [run["status"] for run in runs()] == ["completed"] * count)  # noqa: B023
    due = datetime.fromisoformat(runs()[0]["due_at"])
    client.http.delete(url).raise_for_status()
    return scheduled_run_id(schedule_id, due)


def _express(_stack: Stack, client: ServiceClient) -> str:
    return _ended(client, client.export(["content-1"], "json")["job_id"])


def _express_killed(stack: Stack, client: ServiceClient) -> str:
    job_id = _in_its_express_step(client)
    for pid in stack.info.pids["worker-express"]:
        os.kill(pid, signal.SIGKILL)
    return _ended(client, job_id)


def _express_cancelled(_stack: Stack, client: ServiceClient) -> str:
    job_id = _in_its_express_step(client)
    client.cancel(job_id)
    return _ended(client, job_id)


def _in_its_express_step(client: ServiceClient) -> str:
    job_id: str = client.export(["content-1"], "stubborn")["job_id"]
    client.wait_until(job_id, lambda job: job["status"] == "processing")
    return job_id


def _webhook(stack: Stack, client: ServiceClient) -> str:
    url = f"{stack.settings.webhook_origins}/twice"
    made = client.http.post("/api/export/webhooks", json={"url": url}).raise_for_status().json()
    sent = client.http.post(f"/api/export/webhooks/{made['webhook_id']}/test").raise_for_status()
    delivery_id: str = sent.json()["delivery_id"]
    listed = f"/api/export/webhooks/{made['webhook_id']}/deliveries"
    eventually(lambda: client.http.get(listed).json()["items"][0]["status"] == "delivered")
    return webhook_workflow_id(None, delivery_id)


def _delivery(_stack: Stack, client: ServiceClient) -> str:
    job = client.wait(client.export(["content-1"], "json", deliver_to=["cloud"])["job_id"])
    job_id: str = job["job_id"]
    client.wait_until(job_id, lambda job: job["deliveries"][0]["status"] == "delivered")
    return sending_workflow_id(job_id, "delivery", "cloud")


def _mail(stack: Stack, client: ServiceClient) -> str:
    claims: dict[str, Any] = {"email": "teacher@school.example", "email_verified": True}
    held = token("teacher-1", secret=stack.settings.jwt_secret, **claims)
    with ServiceClient(stack.api, held) as told:
        wanted = {"on": ["completed"], "after_seconds": 0}
        told.http.put("/api/export/notifications", json=wanted).raise_for_status()
        job_id: str = told.wait(told.export(["content-1"], "json")["job_id"])["job_id"]
        name = sending_workflow_id(job_id, "mail", "completed")
        eventually(lambda: _is_over(stack, name))
        told.http.put("/api/export/notifications", json={"on": []}).raise_for_status()
    return name


def _is_over(stack: Stack, name: str) -> bool:
    async def look() -> bool:
        try:
            described = await (await temporal(stack)).get_workflow_handle(name).describe()
        except RPCError:
            return False
        return described.close_time is not None

    return asyncio.run(look())


def _erasure(stack: Stack, _client: ServiceClient) -> str:
    secret = stack.settings.jwt_secret
    with ServiceClient(stack.api, token("owner-of-nothing", secret=secret)) as client:
        asked = client.http.delete("/api/export/owner").raise_for_status()
    erasure_id: str = asked.json()["erasure_id"]
    eventually(lambda: _runs(stack, erasure_workflow_id(erasure_id)))
    return erasure_workflow_id(erasure_id)


def _runs(stack: Stack, workflow: str) -> bool:
    async def look() -> bool:
        try:
            await (await temporal(stack)).get_workflow_handle(workflow).describe()
        except RPCError:
            return False
        return True

    return asyncio.run(look())


def _archive(_stack: Stack, client: ServiceClient) -> str:
    return _archived(client, "json")


def _archive_cancelled(_stack: Stack, client: ServiceClient) -> str:
    return _archived(client, "slow", cancelled=True)


def _archived(client: ServiceClient, format_id: str, *, cancelled: bool = False) -> str:
    body = {"formats": [format_id]}
    made = client.http.post("/api/export/archive", json=body).raise_for_status().json()
    url = f"/api/export/archives/{made['archive_id']}"
    if cancelled:
        eventually(lambda: client.http.get(url).json()["parts"])
        client.http.delete(url).raise_for_status()
    eventually(lambda: client.http.get(url).json()["completed_at"])
    return archive_workflow_id(made["archive_id"])


def _retention(stack: Stack, _client: ServiceClient) -> str:
    return asyncio.run(run_retention(stack))


PATHS: dict[str, Callable[[Stack, ServiceClient], str]] = {
    "completed-one-chunk": _one_chunk,
    "completed-several-chunks": _several_chunks,
    "completed-whole-of-several-parts": _whole_of_several_parts,
    "bundle": _bundle,
    "bundle-without-one-format": _bundle_without_one,
    "failed": _failed,
    "failed-in-one-of-several-chunks": _failed_in_one_of_several_chunks,
    "cancelled": _cancelled,
    "cancelled-at-once": _cancelled_at_once,
    "retried": _retried,
    "completed-with-pictures": _pictures,
    "compared": _compared,
    "scheduled": _scheduled,
    "scheduled-and-looked-at": _scheduled_and_looked_at,
    "retention": _retention,
    "webhook": _webhook,
    "delivery": _delivery,
    "mail": _mail,
    "erasure": _erasure,
    "archive": _archive,
    "archive-cancelled": _archive_cancelled,
    "express-completed": _express,
    "express-failed": _failed,
    "express-killed": _express_killed,
    "express-cancelled": _express_cancelled,
    "express-with-pictures": _pictures,
}
"""The function that leads through each path, and returns the id of its workflow."""

_EXPRESS = "express-"
"""The first part of the names of paths that small exports take where `EXPORT_EXPRESS` is on."""


def _ended(client: ServiceClient, job_id: str) -> str:
    client.wait(job_id)
    return workflow_id(job_id)


async def _store(stack: Stack, name: str, workflow: str) -> None:
    handle = (await temporal(stack)).get_workflow_handle(workflow)
    with contextlib.suppress(WorkflowFailureError):
        await handle.result()
    history = (await handle.fetch_history()).to_json()
    # Stack traces name files; where this checkout lies is nobody's business.
    (HISTORIES / f"{name}.json").write_text(history.replace(f"{CHECKOUT}/", "") + "\n")


def main() -> int:
    """Capture those that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", metavar="PATH", choices=PATHS, help=", ".join(PATHS))
    paths: list[str] = parser.parse_args().paths
    for express in (False, True):
        chosen = [name for name in paths if name.startswith(_EXPRESS) is express]
        if chosen:
            _capture(chosen, {**odd_formats(), "EXPORT_EXPRESS": str(express).lower()})
    return 0


def _capture(paths: list[str], settings: dict[str, str]) -> None:
    with (
        tempfile.TemporaryDirectory() as directory,
        Receiver() as receiver,
        Webdav() as webdav,
        Mailbox() as mailbox,
        Stack(
            Path(directory),
            render_workers=2,
            settings={
                **settings,
                "EXPORT_WEBHOOK_ORIGINS": receiver.origin,
                "EXPORT_DESTINATIONS": str(_destinations(Path(directory), webdav)),
                "EXPORT_SMTP_URL": mailbox.url,
                "EXPORT_MAIL_FROM": "exports@school.example",
            },
        ) as stack,
        ServiceClient(stack.api, stack.token) as client,
    ):
        receiver.answers["/twice"] = [Answer(503), Answer()]
        webdav.refuses["MOVE"] = [503]
        mailbox.answers.append("451 later")
        for name in paths:
            asyncio.run(_store(stack, name, PATHS[name](stack, client)))
            print(name, flush=True)


def _destinations(directory: Path, webdav: Webdav) -> Path:
    path = directory / "destinations.toml"
    path.write_text(
        f"""
[[destination]]
name = "cloud"
kind = "webdav"
url = "{webdav.url}"
username = "exports"
password = "a-secret"
"""
    )
    return path


if __name__ == "__main__":
    hard_exit(main())
