"""An API process of its own for the API tests, and direct ways to its records and files."""

import asyncio
import hashlib
import io
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx
import jwt
import msgspec
from sqlalchemy import delete, insert

from activities.automation.archive_records import ArchiveRecords
from activities.automation.archives import USUAL_PART_BYTES, Archive
from activities.automation.schedule_tables import schedules
from activities.common.database import Database, connect
from activities.content.sql import SqlContent
from activities.jobs.audit import Origin
from activities.jobs.execution import JobExecution
from activities.jobs.migrate import migrate
from activities.jobs.records import JobRecords
from activities.model.content import Item
from activities.model.jobs import NewJob, Phase, Problem, Status
from activities.model.options import RenderOptions
from activities.settings import from_environment
from activities.storage.keys import file_key
from activities.storage.open_storage import open_storage
from scripts.dev.ports import free_ports
from tests.engines.choice import current
from tests.sample_schedules import sample_schedule
from tests.waiting import eventually

T = TypeVar("T")

JWT_SECRET = "a secret that only these tests know, 32+"
URL_SECRET = "another secret that only these tests know"
SIGNING_KEY = "a key for receipts that only these tests know"
WEBHOOK_SECRET = "yet another secret that only these tests know"
READ = "export:read"
WRITE = "export:write"
BOTH = f"{READ} {WRITE}"
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Knows no authority: reading all takes longer than a request."""
NOBODY = "127.0.0.1:1"
"""An address where no Temporal server is."""


def token(owner: str, scope: str = BOTH, *, secret: str = JWT_SECRET, **claims: Any) -> str:
    """A token; a claim that is given as None is left out."""
    payload = {
        "sub": owner,
        "iss": "export-service",
        "aud": "export-service",
        "exp": int(time.time()) + 600,
        "scope": scope,
        **claims,
    }
    return jwt.encode({k: v for k, v in payload.items() if v is not None}, secret, "HS256")


def owner_id() -> str:
    """An owner that no other test has."""
    return f"owner-{uuid4().hex}"


class Api:
    """`python -m web` with a database and a store of its own."""

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.port = int((settings or {}).get("EXPORT_PORT") or free_ports(1)[0])
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_file = directory / "api.log"
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("EXPORT_", "TEMPORAL_"))
        }
        self.environment = clean | {
            **current().variables(directory),
            "EXPORT_PORT": str(self.port),
            "EXPORT_JWT_SECRET": JWT_SECRET,
            "EXPORT_URL_SECRETS": URL_SECRET,
            "EXPORT_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "EXPORT_SIGNING_KEYS": SIGNING_KEY,
            "TEMPORAL_ADDRESS": NOBODY,
            **(settings or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.settings = from_environment(self.environment)
        directory.mkdir(parents=True, exist_ok=True)
        migrate(self.settings.database)

    def __enter__(self) -> Self:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web"],
                env=self.environment,
                cwd=Path(__file__).parents[3],
                stderr=log,
                stdout=log,
            )
        eventually(self._answers, 60, otherwise=self.log_file.read_text)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log_file.read_text()
        try:
            httpx.get(f"{self.url}/health/live", verify=_NO_TLS)
        except httpx.TransportError:
            return False
        return True

    def stop(self) -> int:
        """Ask it to end, and give its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def client(self, owner: str | None = None, scope: str = BOTH) -> httpx.Client:
        """A client; without an owner it sends no token."""
        headers = {"Authorization": f"Bearer {token(owner, scope)}"} if owner else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def log(self) -> list[dict[str, Any]]:
        """Every line that the process has logged."""
        # A path may hold what `splitlines` takes for the end of a line.
        lines = self.log_file.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines if line]

    def in_database(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Work on the database beside the process."""

        async def run() -> T:
            database = connect(self.settings.database)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(run())

    def add_content(
        self, owner: str, count: int, *, day: datetime | None = None, **parts: Any
    ) -> list[str]:
        """Give the owner items; their ids, oldest first."""
        start = day or datetime(2024, 3, 1, 9, tzinfo=UTC)
        items = [
            Item(
                id=f"item-{uuid4().hex[:8]}",
                owner_id=owner,
                language="en",
                version=1,
                created_at=start + timedelta(minutes=number),
                updated_at=start + timedelta(minutes=number),
                **({"title": f"Lesson {number}", "study_guide": "# Guide"} | parts),
            )
            for number in range(count)
        ]

        async def run() -> None:
            database = connect(self.settings.database)
            await SqlContent(database).store(items)
            await database.close()

        asyncio.run(run())
        return [item.id for item in items]

    def add_job(
        self,
        owner: str,
        status: Status = Status.PENDING,
        *,
        format_id: str = "txt",
        created_at: datetime | None = None,
    ) -> str:
        """Write a record in this state, without a workflow and without a file."""
        job_id = str(uuid4())
        now = datetime.now(UTC)
        new = NewJob(
            job_id=job_id,
            owner_id=owner,
            format=format_id,
            options=RenderOptions(),
            title="A title",
            content_ids=["a", "b"],
            created_at=created_at or now,
        )

        async def write(database: Database) -> None:
            records, execution = JobRecords(database), JobExecution(database)
            await records.create(new)
            if status is Status.PENDING:
                # Else the process would start it as soon as it can.
                await records.mark_dispatched(job_id, now)
                return
            await execution.claim(job_id, "run", now)
            if status is Status.FAILED:
                error = Problem(
                    "urn:export:problem:render-failed", "Failed", "2 items", "render-failed"
                )
                await execution.end(job_id, status, now=now, error=error)
            elif status is Status.CANCELLED:
                await execution.end(job_id, status, now=now)

        self.in_database(write)
        return job_id

    def add_file(
        self,
        owner: str,
        data: bytes = b"The exported text.",
        *,
        name: str = "Lesson.txt",
        format_id: str = "txt",
        retention: timedelta = timedelta(days=7),
        stored: bool = True,
    ) -> str:
        """Write the record of a completed job, and its file."""
        job_id = self.add_job(owner, Status.PROCESSING, format_id=format_id)

        async def write(database: Database) -> None:
            if stored:
                storage = open_storage(self.settings)
                await storage.put(file_key(job_id, "txt"), io.BytesIO(data))
            completed = await JobExecution(database).complete(
                job_id,
                "run",
                now=datetime.now(UTC),
                retention=retention,
                file_name=name,
                file_size=len(data),
                media_type="text/plain; charset=utf-8",
                sha256=hashlib.sha256(data).hexdigest(),
                warnings=[],
            )
            assert completed

        self.in_database(write)
        return job_id

    def add_schedule(self, owner: str, name: str = "Yearly") -> str:
        """Write a schedule that is due in a year, in place of all of other names but `Yearly`."""
        now = datetime.now(UTC)
        schedule = sample_schedule(
            str(uuid4()),
            owner,
            now,
            name=name,
            cron=None,
            every_seconds=365 * 86_400,
            export='{"format":"txt"}',
        )
        values = msgspec.structs.asdict(schedule) | {"revision": 1, "tell_at": now}

        async def write(database: Database) -> None:
            others = delete(schedules).where(
                schedules.c.owner_id == owner, schedules.c.name != "Yearly"
            )
            await database.run(lambda connection: connection.execute(others))
            await database.run(
                lambda connection: connection.execute(insert(schedules).values(values))
            )

        self.in_database(write)
        return schedule.schedule_id

    def add_archive(self, owner: str) -> str:
        """Write an archive that is to be made."""
        now = datetime.now(UTC)
        archive = Archive(
            archive_id=str(uuid4()),
            owner_id=owner,
            tenant=None,
            status=Status.PENDING,
            formats=["txt"],
            content_types=[],
            part_bytes=USUAL_PART_BYTES,
            created_at=now,
        )

        async def write(database: Database) -> None:
            far = now + timedelta(days=1)
            assert await ArchiveRecords(database).create(archive, Origin(owner), far)

        self.in_database(write)
        return archive.archive_id

    def progress(self, job_id: str, phase: Phase, rendered: int) -> None:
        """Let a processing job go on."""

        async def write(database: Database) -> None:
            execution = JobExecution(database)
            await execution.enter_phase(job_id, "run", phase)
            await execution.note_progress(job_id, Phase.FETCHING, 0, 2)
            await execution.note_progress(job_id, Phase.RENDERING, 0, rendered)

        self.in_database(write)


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, checked to be one."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"].endswith(code)
    assert {"title", "detail", "instance"} <= document.keys()
    return document
