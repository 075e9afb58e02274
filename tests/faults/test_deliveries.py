"""Whatever is killed while a file is delivered: one file of the right hash is there in the end."""

import hashlib
import os
import signal
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store

from activities.common.database import Database
from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from activities.jobs.audit import Action as Audited
from activities.jobs.audit import AuditFilter, AuditLog
from tests.client import ServiceClient
from tests.engines.s3 import S3
from tests.faults.arena import OWNER, SMALL, Arena, running_arena
from tests.faults.orders import Action
from tests.mailbox import Mailbox
from tests.services.export.kit import in_database
from tests.sftp import PASSWORD, USERNAME, Sftp
from tests.waiting import eventually
from tests.webdav import Webdav

pytestmark = pytest.mark.faults

PEOPLE = "office@school.example"
PREFIX = "in"
LARGE = [f"large-{number}" for number in range(36)]
"""Items of a file of 18 MB, whose first part is stored when half of it has left."""
SECONDS = 180.0

STEPS = (
    "publish.completed",
    "sending.taken",
    "sending.started",
    "sending.begun",
    "sending.streaming",
    "sending.put",
    "sending.noted",
)
"""The row is written; its workflow is to be started; it is; an attempt began; half of the file has
left; all of it is in place, which is not noted; it is noted, of which Temporal is not told."""
OF_FILES = ("archive", "school", "cloud")


class Counterparts:
    """Whom files are delivered to, and what they have."""

    def __init__(self, s3: S3, sftp: Sftp, webdav: Webdav, mailbox: Mailbox) -> None:
        self._s3 = s3
        self._sftp = sftp
        self._webdav = webdav
        self._mailbox = mailbox

    def destinations(self) -> str:
        """The file that names them."""
        access = {
            "endpoint": self._s3.credentials["AWS_ENDPOINT"],
            "region": "us-east-1",
            "access_key_id": self._s3.credentials["AWS_ACCESS_KEY_ID"],
            "secret_access_key": self._s3.credentials["AWS_SECRET_ACCESS_KEY"],
        }
        config = ", ".join(f'{name} = "{value}"' for name, value in access.items())
        return f"""
[[destination]]
name = "archive"
kind = "s3"
url = "{self._s3.url(PREFIX)}"
config = {{{config}}}
allow_http = true

[[destination]]
name = "school"
kind = "sftp"
host = "127.0.0.1"
port = {self._sftp.port}
username = "{USERNAME}"
password = "{PASSWORD}"
host_keys = ["{self._sftp.host_key}"]
directory = "{PREFIX}"

[[destination]]
name = "cloud"
kind = "webdav"
url = "{self._webdav.url}/{PREFIX}"
username = "exports"
password = "a-secret"

[[destination]]
name = "office"
kind = "mail"
to = ["{PEOPLE}"]
"""

    def files_of(self, job_id: str) -> dict[str, dict[str, bytes]]:
        """The files of a job that each has, by paths, whatever they are called."""
        everything = {
            "archive": self._objects(),
            "school": self._sftp.files(),
            "cloud": dict(self._webdav.files),
        }
        return {
            name: {path: data for path, data in files.items() if job_id in path}
            for name, files in everything.items()
        }

    def mails_of(self, job_id: str) -> list[str]:
        """The ids of the mails that tell of a job."""
        ids = [str(each["Message-ID"]) for each in self._mailbox.to(PEOPLE)]
        return [each for each in ids if job_id in each]

    def _objects(self) -> dict[str, bytes]:
        credentials = self._s3.credentials
        store = S3Store.from_url(
            self._s3.url(""),
            endpoint=credentials["AWS_ENDPOINT"],
            region="us-east-1",
            access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            client_options={"allow_http": True},
        )
        paths = [each["path"] for batch in obstore.list(store) for each in batch]
        return {path: bytes(obstore.get(store, path).bytes()) for path in paths}


@pytest.fixture(scope="module")
def counterparts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counterparts]:
    s3 = S3()
    s3.start()
    try:
        with (
            Sftp(tmp_path_factory.mktemp("sftp") / "root") as sftp,
            Webdav() as webdav,
            Mailbox() as mailbox,
        ):
            webdav.folders.add(PREFIX)
            yield Counterparts(s3, sftp, webdav, mailbox)
    finally:
        s3.stop()


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory, counterparts: Counterparts) -> Iterator[Arena]:
    """A service that may deliver to them, with content of which files are large."""
    directory = tmp_path_factory.mktemp("arena")
    destinations = directory / "destinations.toml"
    destinations.write_text(counterparts.destinations())
    settings = {
        "EXPORT_DESTINATIONS": str(destinations),
        "EXPORT_SMTP_URL": counterparts._mailbox.url,
        "EXPORT_MAIL_FROM": "exports@school.example",
    }
    with running_arena(directory, settings) as running:
        in_database(running.stack, _store_large)
        yield running


async def _store_large(database: Database) -> None:
    text = "All that is known of leaves. " * 17_500
    await SqlContent(database).store([item(each, study_guide=text) for each in LARGE])


def cases() -> Iterator[tuple[str, str]]:
    """Each step of each destination that has it."""
    for name in (*OF_FILES, "office"):
        for step in STEPS:
            if (name, step) != ("office", "sending.streaming"):
                yield name, step


@pytest.mark.parametrize(("name", "step"), list(cases()))
def test_a_delivery_arrives_although_its_worker_is_killed(
    arena: Arena, counterparts: Counterparts, name: str, step: str
) -> None:
    arena.begin()
    arena.orders.give(step, Action.KILL)
    job = exported(arena, name, step)
    arena.orders.await_taken(step, SECONDS)
    assert_delivered(arena, counterparts, job, name, twice=step == "sending.put")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", ["archive", "school"])
def test_a_delivery_arrives_although_all_other_processes_are_killed(
    arena: Arena, counterparts: Counterparts, name: str, step: str
) -> None:
    arena.begin()
    arena.orders.give(step, Action.STOP)
    job = exported(arena, name, step)
    stopped = arena.orders.await_taken(step, SECONDS)
    for role in ("temporal", "api", "worker-render"):
        arena.kill(role)
    os.kill(stopped, signal.SIGCONT)
    assert_delivered(arena, counterparts, job, name)


@pytest.mark.parametrize("action", [Action.LOSE, Action.REPEAT])
@pytest.mark.parametrize("name", ["archive", "school"])
def test_a_delivery_is_one_although_its_activity_is_run_again(
    arena: Arena, counterparts: Counterparts, name: str, action: Action
) -> None:
    arena.begin()
    arena.orders.give("deliver.done", action)
    job = exported(arena, name, "")
    arena.orders.await_taken("deliver.done", SECONDS)
    assert_delivered(arena, counterparts, job, name)


def exported(arena: Arena, name: str, step: str) -> str:
    """Ask for a file and its delivery; large where it is to be caught half-way."""
    ids = LARGE if step == "sending.streaming" else list(SMALL.ids)
    caller = arena.callers[OWNER]
    job: str = caller.export(ids, "json", deliver_to=[name])["job_id"]
    return job


def assert_delivered(
    arena: Arena, counterparts: Counterparts, job_id: str, name: str, *, twice: bool = False
) -> None:
    """Wait for the job's delivery, then see that there is one file of it, and what is told."""
    caller = arena.callers[OWNER]

    def delivery() -> Mapping[str, Any]:
        [found] = read(caller, job_id)["deliveries"] or [{"status": "unknown"}]
        return dict(found)

    eventually(lambda: delivery()["status"] == "delivered", SECONDS, otherwise=delivery)
    told = delivery()
    assert told["error"] is None
    # Who is killed, and who is declared lost while it stands still, has another attempt.
    assert told["attempts"] in {1, 2, 3}
    job = caller.job(job_id)
    assert job["status"] == "completed"
    data = caller.download(job)
    files = counterparts.files_of(job_id)
    mails = counterparts.mails_of(job_id)
    if name == "office":
        assert not any(files.values())
        # Of one event, so that mail programs show one.
        assert len(set(mails)) == 1
        assert len(mails) == 1 or (twice and len(mails) == 2)
    else:
        path = f"{PREFIX}/{OWNER}/{job_id}/{job['file']['name']}"
        assert {each: list(found) for each, found in files.items() if found} == {name: [path]}
        assert hashlib.sha256(files[name][path]).hexdigest() == job["file"]["sha256"]
        assert files[name][path] == data
        assert mails == []
    assert recorded(arena, job_id) == [name]


def read(caller: ServiceClient, job_id: str) -> Mapping[str, Any]:
    """The job as it is shown, once there is an API to show it."""

    def look() -> Mapping[str, Any] | None:
        try:
            response = caller.http.get(f"/api/export/jobs/{job_id}")
        except httpx.TransportError:
            return None
        return dict(response.json()) if response.status_code == 200 else None

    return eventually(look, SECONDS, pause=0.3)


def recorded(arena: Arena, job_id: str) -> list[str | None]:
    """The deliveries of a job in the audit log."""

    async def look(database: Database) -> list[str | None]:
        found = AuditFilter(job_id=job_id, action=Audited.DELIVERED)
        page = await AuditLog(database).page(found, page=1, page_size=9)
        return [each.subject for each in page.entries]

    return in_database(arena.stack, look)
