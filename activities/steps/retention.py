"""The activities of the retention workflow."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta

import msgspec
from obstore.exceptions import BaseError as StorageError
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import ERRORS, RETENTION, STORAGE_BYTES
from activities.common.tracebacks import format_traceback
from activities.jobs.audit import AuditLog
from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.jobs.lifecycle import JobLifecycle, OpenJob
from activities.model.catalog import formats
from activities.model.file_names import extension_of
from activities.model.jobs import Job, Status
from activities.model.problems import FILE_LOST, problem
from activities.settings import Settings
from activities.steps.end_job import end_without_file
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements_without_task
from activities.storage.keys import FILES, STAGING, file_key
from activities.storage.protocol import Storage, StoredObject
from activities.temporal.admission import Admission
from activities.temporal.client import TemporalUnavailableError
from activities.temporal.exports import cancel_export, terminate_export
from workflows.contracts import (
    EXPIRE_FILES,
    MEASURE_STORAGE,
    RECONCILE_JOBS,
    REMOVE_RECORDS,
    SWEEP_STORAGE,
    VERIFY_FILES,
    ErrorType,
    Reconciled,
    Stored,
    Verified,
    workflow_id,
)

logger = get_logger(__name__)

_BATCH = 500

# An export younger than this is left to the API that is just starting it.
_SETTLED = timedelta(seconds=30)

# A workflow ends itself at the end of its time, or when it is cancelled. One that has not by then
# is one for which no worker can decide, and it would hold its owner's place for ever.
_OVERDUE = timedelta(minutes=15)

# What a run of retention reads to verify files: some seconds of one processor.
_VERIFIED_BYTES = 1024 * 1024 * 1024

# A file that was just written is as it was written.
_FRESH = timedelta(hours=1)

# Files that no row owns wait this long: the database may have been restored from a backup.
_UNOWNED = timedelta(days=1)


class Retention:
    """The retention activities with what they need."""

    def __init__(
        self,
        lifecycle: JobLifecycle,
        checks: FileChecks,
        execution: JobExecution,
        audit: AuditLog,
        storage: Storage,
        client: Client,
        admission: Admission,
        settings: Settings,
    ) -> None:
        self._lifecycle = lifecycle
        self._checks = checks
        self._execution = execution
        self._audit = audit
        self._admission = admission
        self._storage = storage
        self._client = client
        self._longest = timedelta(seconds=settings.max_seconds) + _OVERDUE
        self._record_retention = settings.record_retention
        self._audit_retention = settings.audit_retention

    @implements_without_task(EXPIRE_FILES)
    async def expire_files(self) -> int:
        """Remove the files whose time is up; their jobs become `expired`."""
        expired = 0
        stuck = set[str]()
        async with _one_step():
            # Unavailable storage fails the step now, not after each file's time-out.
            await self._storage.check()
            while due := await self._due_to_expire(stuck):
                for job_id in due:
                    stuck.add(job_id)
                    with _left_for_later(f"the file of job {job_id}"):
                        # The row first: no download starts on a file that is about to go. Should
                        # the file stay, the sweep removes it.
                        await self._lifecycle.expire(job_id, utc_now())
                        stuck.remove(job_id)
                        await self._storage.remove_files(job_id)
                        expired += 1
                        RETENTION.labels("file_expired").inc()
        return expired

    async def _due_to_expire(self, stuck: set[str]) -> list[str]:
        due = await self._lifecycle.due_to_expire(utc_now(), _BATCH + len(stuck))
        return [job_id for job_id in due if job_id not in stuck]

    @implements_without_task(REMOVE_RECORDS)
    async def remove_records(self) -> int:
        """Remove records of jobs that ended long ago, progress of ended ones, old audit entries."""
        removed = 0
        now = utc_now()
        before = now - self._record_retention
        async with _one_step():
            with _left_for_later("the progress of ended jobs"):
                await self._lifecycle.clear_progress()
            with _left_for_later("old audit entries"):
                trimmed = await self._audit.trim(now - self._audit_retention)
                RETENTION.labels("audit_entry_removed").inc(trimmed)
            while batch := await self._lifecycle.remove_ended(before, _BATCH, now):
                removed += batch
                RETENTION.labels("record_removed").inc(batch)
        return removed

    @implements_without_task(RECONCILE_JOBS)
    async def reconcile_jobs(self) -> Reconciled:
        """Bring open jobs and their workflows together, whatever happened to either."""
        counts = {"started": 0, "failed": 0, "cancelled": 0}
        async with _one_step():
            with _left_for_later("exports that wait for their turn"):
                started = await self._admission.admit_all(utc_now() - _SETTLED)
                counts["started"] += started
                RETENTION.labels("job_started").inc(started)
            async for job in self._settled_open_jobs():
                with _left_for_later(f"job {job.job_id}"):
                    done = await self._reconcile(job)
                    if done:
                        counts[done] += 1
                        RETENTION.labels(f"job_{done}").inc()
        return Reconciled(**counts)

    @implements_without_task(SWEEP_STORAGE)
    async def sweep_storage(self) -> int:
        """Remove staging of ended jobs, files of jobs that have none, and files without a job."""
        swept = 0
        async with _one_step():
            for prefix in (STAGING, FILES):
                async for page in _pages(self._storage.list(prefix)):
                    owned = await self._lifecycle.statuses([item.job_id for item in page])
                    for item in page:
                        if _is_leftover(item, prefix, owned.get(item.job_id)):
                            with _left_for_later(item.key):
                                await self._storage.delete(item.key)
                                swept += 1
                                RETENTION.labels("leftover_swept").inc()
        return swept

    @implements_without_task(MEASURE_STORAGE)
    async def measure_storage(self) -> Stored:
        """Count the objects in storage and their bytes."""
        size = files = 0
        async with _one_step():
            for prefix in (STAGING, FILES):
                async for item in self._storage.list(prefix):
                    size += item.size
                    files += 1
        STORAGE_BYTES.set(size)
        return Stored(size, files)

    @implements_without_task(VERIFY_FILES)
    async def verify_files(self) -> Verified:
        """Compare files with their hashes, each once in its life, those that expire first at first.

        Whoever downloads a file whole finds damage, too; this finds it for all others. A file that
        is missing is left to its download: all of a disk that comes back later must not be taken
        for lost.
        """
        done = list[str]()
        lost = size = 0
        async with _one_step():
            # Unavailable storage fails the step now, not after each file's time-out.
            await self._storage.check()
            now = utc_now()
            for job in await self._checks.unchecked(now - _FRESH, now, _BATCH):
                size += job.file_size or 0
                if done and size > _VERIFIED_BYTES:
                    break
                with _left_for_later(f"the check of the file of job {job.job_id}"):
                    lost += await self._is_damaged(job)
                    done.append(job.job_id)
                    RETENTION.labels("file_verified").inc()
            if done:
                await self._checks.mark_checked(done, utc_now())
        return Verified(len(done), lost)

    async def _is_damaged(self, job: Job) -> bool:
        """True if the job's file is damaged; its row says so then."""
        found = await self._storage.sha256(file_key(job.job_id, extension_of(job.file_name or "")))
        if found in {None, job.sha256}:
            return False
        if not await self._checks.mark_lost(job.job_id, utc_now()):
            return False  # it has expired meanwhile
        ERRORS.labels(FILE_LOST.code).inc()
        logger.error(
            "file lost",
            job_id=job.job_id,
            owner=job.owner_id,
            code=FILE_LOST.code,
            damage="hash",
        )
        return True

    async def _settled_open_jobs(self) -> AsyncIterator[OpenJob]:
        last = ""
        while page := await self._lifecycle.open_jobs(utc_now() - _SETTLED, last, _BATCH):
            waiting = await self._admission.queue.among([job.job_id for job in page])
            now = utc_now()
            for job in page:
                # Who waits for a turn has no workflow, and must not wait for ever.
                if job.job_id not in waiting or self._is_overdue(job, now):
                    yield job
            last = page[-1].job_id

    async def _reconcile(self, job: OpenJob) -> str | None:
        running = await self._workflow_runs(job.job_id)
        overdue = self._is_overdue(job, utc_now())
        if running:
            if not overdue:
                if job.cancel_requested_at is not None:
                    await cancel_export(self._client, job.job_id)
                return None
            await terminate_export(self._client, job.job_id, "it did not end in its time")
        error = None
        if job.cancel_requested_at is None:
            never_began = running is None and job.status is Status.PENDING
            if running or (never_began and overdue):
                error = problem(ErrorType.TIMED_OUT)
            elif job.format not in formats():
                error = problem(ErrorType.RENDER_FAILED, "The format is not installed any more.")
            elif never_began:
                return "started" if await self._admission.start_one(job.job_id) else "failed"
            else:
                error = problem(ErrorType.TERMINATED)
        ended = await end_without_file(
            self._execution, self._storage, job.job_id, job.format, error
        )
        return ended.value if ended in {Status.FAILED, Status.CANCELLED} else None

    def _is_overdue(self, job: OpenJob, now: datetime) -> bool:
        """True if the job should have ended a while ago."""
        if job.cancel_requested_at is not None and now - job.cancel_requested_at > _OVERDUE:
            return True
        return now - job.created_at > self._longest

    async def _workflow_runs(self, job_id: str) -> bool | None:
        """True if the job's workflow is running, False if it has ended, None if there is none."""
        handle = self._client.get_workflow_handle(workflow_id(job_id))
        try:
            status = (await handle.describe()).status
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return status is WorkflowExecutionStatus.RUNNING


@asynccontextmanager
async def _one_step() -> AsyncIterator[None]:
    """Heartbeat while the body runs, and count when it fails; a cancellation is no failure."""
    try:
        async with heartbeats():
            yield
    except Exception:
        RETENTION.labels("failed").inc()
        raise


@contextmanager
def _left_for_later(what: str) -> Iterator[None]:
    """Go on when one thing cannot be done now: the others must not wait for it in every run."""
    try:
        yield
    except (
        *(TemporalUnavailableError, RPCError, SQLAlchemyError, StorageError, OSError),
        msgspec.DecodeError,  # a row that nobody can read
    ) as error:
        logger.warning("left for later", what=what, cause=format_traceback(error))
        RETENTION.labels("left_for_later").inc()


async def _pages(objects: AsyncIterator[StoredObject]) -> AsyncIterator[list[StoredObject]]:
    page: list[StoredObject] = []
    async for item in objects:
        page.append(item)
        if len(page) == _BATCH:
            yield page
            page = []
    if page:
        yield page


def _is_leftover(item: StoredObject, prefix: str, status: Status | None) -> bool:
    if status is None:
        return utc_now() - item.modified > _UNOWNED
    needed = status is Status.COMPLETED if prefix == FILES else False
    return status.ended and not needed
