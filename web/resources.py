"""What the handlers work with: opened when the API starts, closed when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client

from activities import temporal
from activities.admission import Admission
from activities.content.open import open_content
from activities.content.source import ContentSource
from activities.database import Database, connect
from activities.jobs.audit import AuditLog
from activities.jobs.oversight import Oversight
from activities.jobs.records import JobRecords
from activities.jobs.waiting import WaitingJobs
from activities.settings import Settings
from activities.storage.store import Storage, open_storage
from web.auth import Tokens, open_tokens
from web.dispatch import Dispatcher
from web.job_counts import JobCounts
from web.outlook import Outlooks
from web.reuse import FileReuse
from web.submission import Submission
from web.views import Links
from web.watcher import JobWatcher


@dataclass(frozen=True)
class Resources:
    """Connections and services of one API process."""

    settings: Settings
    database: Database
    records: JobRecords
    oversight: Oversight
    audit: AuditLog
    content: ContentSource
    storage: Storage
    temporal: Client
    tokens: Tokens
    links: Links
    dispatcher: Dispatcher
    submission: Submission
    watcher: JobWatcher
    outlooks: Outlooks
    job_counts: JobCounts


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open everything, keep the background loops running, and close everything again."""
    async with AsyncExitStack() as closing:
        database = connect(settings.database)
        closing.push_async_callback(database.close)
        content = open_content(settings, database)
        closing.push_async_callback(content.close)
        tokens = open_tokens(settings)
        closing.push_async_callback(tokens.close)
        records = JobRecords(database)
        storage = open_storage(settings)
        client = await temporal.connect(lazy=True)
        admission = Admission(client, records, WaitingJobs(database), settings)
        dispatcher = Dispatcher(client, records, admission)
        outlooks = Outlooks(database, settings.retention)
        watcher = JobWatcher(
            records,
            outlooks,
            most=settings.event_streams,
            most_per_owner=settings.owner_event_streams,
        )
        for loop in (dispatcher.run, watcher.run):
            closing.push_async_callback(_stop, asyncio.create_task(loop()))
        yield Resources(
            settings=settings,
            database=database,
            records=records,
            oversight=Oversight(database),
            audit=AuditLog(database),
            content=content,
            storage=storage,
            temporal=client,
            tokens=tokens,
            links=Links(settings.link_keys, timedelta(seconds=settings.link_ttl_seconds)),
            dispatcher=dispatcher,
            submission=Submission(
                settings,
                records,
                content,
                storage,
                dispatcher,
                FileReuse(database, content, storage, settings.retention),
            ),
            watcher=watcher,
            outlooks=outlooks,
            job_counts=JobCounts(records),
        )


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
