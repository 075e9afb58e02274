"""Retention: files and records go when their time is up, and files are compared with their hashes.

However much is due, each step changes a few rows at a time and ends in its time; the next run goes
on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import ERRORS, RETENTION
from activities.jobs.audit import AuditLog
from activities.jobs.file_checks import FileChecks, UncheckedFile
from activities.jobs.lifecycle import ExpiredFile, JobLifecycle
from activities.jobs.owner_jobs import OwnerJobs
from activities.jobs.previews import Previews
from activities.jobs.themes import ThemeRecords
from activities.model.file_names import extension_of
from activities.model.problems import FILE_LOST
from activities.people.erasures import Erasures
from activities.people.lti_nonces import LtiNonces
from activities.people.sessions import Sessions
from activities.people.shares import Shares
from activities.people.sign_in_codes import SignInCodes
from activities.settings import Settings
from activities.steps.implements import implements_without_task
from activities.steps.retention_step import (
    Pace,
    in_slices,
    left_for_later,
    one_step,
    tell_left_for_later,
)
from activities.storage.keys import file_key
from activities.storage.protocol import Storage
from workflows.contracts import EXPIRE_FILES, REMOVE_RECORDS, VERIFY_FILES, Verified

logger = get_logger(__name__)

# What a run of retention reads to verify files, if it comes so far: half a minute of one processor.
_VERIFIED_BYTES = 8 * 1024 * 1024 * 1024
_MOST_VERIFIED = 5_000

# No step of an export is later than that.
_LATEST = timedelta(days=7)

# A file that was just written is as it was written.
_FRESH = timedelta(hours=1)


class Retention:
    """The activities that remove and verify, with what they need."""

    def __init__(
        self,
        lifecycle: JobLifecycle,
        checks: FileChecks,
        audit: AuditLog,
        themes: ThemeRecords,
        sessions: Sessions,
        codes: SignInCodes,
        nonces: LtiNonces,
        shares: Shares,
        erasures: Erasures,
        owner_jobs: OwnerJobs,
        previews: Previews,
        storage: Storage,
        settings: Settings,
    ) -> None:
        self._lifecycle = lifecycle
        self._checks = checks
        self._audit = audit
        self._themes = themes
        self._sessions = sessions
        self._codes = codes
        self._nonces = nonces
        self._shares = shares
        self._erasures = erasures
        self._owner_jobs = owner_jobs
        self._previews = previews
        self._storage = storage
        self._record_retention = settings.record_retention
        self._audit_retention = settings.audit_retention

    @implements_without_task(EXPIRE_FILES)
    async def expire_files(self) -> int:
        """Remove the files whose time is up; their jobs become `expired`."""
        expired = 0
        async with one_step() as pace:
            # Unavailable storage fails the step now, not after each file's time-out.
            await self._storage.check()
            slices = in_slices(
                pace,
                "the file of job",
                lambda limit: self._lifecycle.due_to_expire(utc_now(), limit),
                lambda due: self._lifecycle.expire(due, utc_now()),
            )
            # The rows first: no download starts on a file that is about to go. Should a file stay,
            # the sweep removes it.
            async for files in slices:
                expired += await self._remove_files(files)
        return expired

    async def _remove_files(self, files: Sequence[ExpiredFile]) -> int:
        keys = [file_key(file.job_id, extension_of(file.name or "")) for file in files]
        left = await self._storage.delete_many(keys)
        for each in left:
            tell_left_for_later(each.key, each.error)
        removed = len(keys) - len(left)
        RETENTION.labels("file_expired").inc(removed)
        return removed

    @implements_without_task(REMOVE_RECORDS)
    async def remove_records(self) -> int:
        """Remove records of jobs that ended long ago, and what only these had; progress of ended
        ones; old audit entries; sessions, sign-in links, launches and previews that are over.
        """
        removed = 0
        now = utc_now()
        async with one_step() as pace:
            with left_for_later("the progress of ended jobs"):
                async for _ in in_slices(
                    pace.share(),
                    "the progress of job",
                    self._lifecycle.with_needless_progress,
                    self._lifecycle.clear_progress,
                ):
                    pass
            with left_for_later("old audit entries"):
                async for trimmed in in_slices(
                    pace.share(),
                    "audit entry",
                    lambda limit: self._audit.due_to_be_removed(now - self._audit_retention, limit),
                    self._audit.remove,
                ):
                    RETENTION.labels("audit_entry_removed").inc(trimmed)
            with left_for_later("sessions that are over"):
                async for over in in_slices(
                    pace.share(),
                    "session",
                    lambda limit: self._sessions.due_to_be_removed(now, limit),
                    self._sessions.remove,
                ):
                    RETENTION.labels("session_removed").inc(over)
            with left_for_later("sign-in links whose time is up"):
                async for over in in_slices(
                    pace.share(),
                    "sign-in link",
                    lambda limit: self._codes.due_to_be_removed(now, limit),
                    self._codes.remove,
                ):
                    RETENTION.labels("sign_in_link_removed").inc(over)
            with left_for_later("launches by LTI that are over"):
                async for over in in_slices(
                    pace.share(),
                    "launch by LTI",
                    lambda limit: self._nonces.due_to_be_removed(now, limit),
                    self._nonces.remove,
                ):
                    RETENTION.labels("launch_removed").inc(over)
            with left_for_later("erasures that ended long ago"):
                await self._forget_erasures(pace, now)
            with left_for_later("pictures of first pages"):
                async for over in in_slices(
                    pace.share(),
                    "pictures of first pages",
                    lambda limit: self._previews.due_to_be_removed(now, limit),
                    self._previews.remove,
                ):
                    RETENTION.labels("preview_removed").inc(over)
            long_ago = now - self._record_retention
            with left_for_later("what old records know of items"):
                async for _ in in_slices(
                    pace.share(),
                    "what was rendered of job",
                    lambda limit: self._lifecycle.with_old_item_versions(long_ago, limit),
                    self._lifecycle.forget_items,
                ):
                    pass
            async for gone in in_slices(
                pace.share(),
                "the record of job",
                lambda limit: self._lifecycle.due_to_be_removed(long_ago, limit),
                lambda due: self._remove_records(due, now),
            ):
                removed += gone
                RETENTION.labels("record_removed").inc(gone)
            with left_for_later("themes of no job"):
                async for needless in in_slices(
                    pace,
                    "theme",
                    lambda limit: self._themes.of_no_job(now, limit),
                    lambda due: self._themes.remove(due, now),
                ):
                    RETENTION.labels("theme_removed").inc(needless)
        return removed

    async def _forget_erasures(self, pace: Pace, now: datetime) -> None:
        # As long as the audit log may tell of an owner, another erasure gives the same pseudonym.
        async for _ in in_slices(
            pace.share(),
            "erasure",
            lambda limit: self._erasures.completed_before(now - self._audit_retention, limit),
            self._erasures.remove,
        ):
            pass
        await self._owner_jobs.remove_late()
        async for _ in in_slices(
            pace.share(),
            "the note that a job was erased",
            lambda limit: self._owner_jobs.erased_before(now - _LATEST, limit),
            self._owner_jobs.forget,
        ):
            pass

    async def _remove_records(self, job_ids: Sequence[str], now: datetime) -> int:
        # SQLite checks no foreign keys, so nothing goes along with the record by itself.
        await self._shares.remove_of_jobs(list(job_ids))
        return await self._lifecycle.remove(job_ids, now)

    @implements_without_task(VERIFY_FILES)
    async def verify_files(self) -> Verified:
        """Compare files with their hashes, each once in its life, those that expire first at first.

        Whoever downloads a file whole finds damage, too; this finds it for all others. A file that
        is missing is left to its download: all of a disk that comes back later must not be taken
        for lost.
        """
        done = list[str]()
        lost = size = 0
        async with one_step() as pace:
            # Unavailable storage fails the step now, not after each file's time-out.
            await self._storage.check()
            now = utc_now()
            for file in await self._checks.unchecked(now - _FRESH, now, _MOST_VERIFIED):
                size += file.size
                if done and (size > _VERIFIED_BYTES or pace.is_over):
                    break
                with left_for_later(f"the check of the file of job {file.job_id}"):
                    lost += await self._is_damaged(file)
                    done.append(file.job_id)
                    RETENTION.labels("file_verified").inc()
            if done:
                await self._checks.mark_checked(done, utc_now())
        return Verified(len(done), lost)

    async def _is_damaged(self, file: UncheckedFile) -> bool:
        """True if the file is damaged; its row says so then."""
        found = await self._storage.sha256(file_key(file.job_id, extension_of(file.name)))
        if found in {None, file.sha256}:
            return False
        if not await self._checks.mark_lost(file.job_id, utc_now()):
            return False  # it has expired meanwhile
        ERRORS.labels(FILE_LOST.code).inc()
        logger.error(
            "file lost",
            job_id=file.job_id,
            owner=file.owner_id,
            code=FILE_LOST.code,
            damage="hash",
        )
        return True
