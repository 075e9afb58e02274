"""What the handlers work with: opened when the API starts, closed when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client

from activities.common.database import Database, connect
from activities.content.open import open_content
from activities.content.source import ContentSource
from activities.jobs.audit import AuditLog
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.operator_queries import OperatorQueries
from activities.jobs.records import JobRecords
from activities.settings import Settings
from activities.storage.open_storage import open_storage
from activities.storage.protocol import Storage
from activities.temporal import client as temporal
from activities.temporal.admission import Admission
from web.auth.tokens import Tokens, open_tokens
from web.services.create_export import ExportCreator
from web.services.dispatcher import Dispatcher
from web.services.file_reuse import FileReuse
from web.services.job_counts import JobCounts
from web.services.job_estimates import JobEstimates
from web.services.job_watcher import JobWatcher
from web.services.presigned_urls import Links


@dataclass(frozen=True)
class Resources:
    """Connections and services of one API process."""

    settings: Settings
    database: Database
    records: JobRecords
    oversight: OperatorQueries
    audit: AuditLog
    content: ContentSource
    storage: Storage
    temporal: Client
    tokens: Tokens
    links: Links
    dispatcher: Dispatcher
    submission: ExportCreator
    watcher: JobWatcher
    outlooks: JobEstimates
    job_counts: JobCounts


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open everything, keep the background loops running, and close everything again."""
    async with AsyncExitStack() as closing:
        database = connect(settings.database)
        closing.push_async_callback(database.close)
        content = open_content(settings.content_url, settings.content_token, database)
        closing.push_async_callback(content.close)
        tokens = open_tokens(settings)
        closing.push_async_callback(tokens.close)
        records = JobRecords(database)
        storage = open_storage(settings)
        client = await temporal.connect(lazy=True)
        admission = Admission(
            client,
            records,
            DispatchQueue(database),
            at_once=settings.owner_jobs_at_once,
            max_seconds=settings.max_seconds,
        )
        dispatcher = Dispatcher(client, records, admission)
        outlooks = JobEstimates(database, settings.retention)
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
            oversight=OperatorQueries(database),
            audit=AuditLog(database),
            content=content,
            storage=storage,
            temporal=client,
            tokens=tokens,
            links=Links(settings.link_keys, timedelta(seconds=settings.link_ttl_seconds)),
            dispatcher=dispatcher,
            submission=ExportCreator(
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
