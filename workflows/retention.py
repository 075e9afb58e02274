"""RetentionWorkflow: what a Temporal Schedule runs to keep storage and records in order."""

import asyncio
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from workflows import policies
    from workflows.contracts import (
        EXPIRE_FILES,
        MEASURE_STORAGE,
        RECONCILE_JOBS,
        REMOVE_RECORDS,
        RETENTION_WORKFLOW,
        SWEEP_STORAGE,
        SWEEP_STORAGE_WHOLE,
        TIDY,
        VERIFY_FILES,
        In,
        Out,
        Reconciled,
        RetentionReport,
        Step,
        Stored,
        Swept,
        Tidied,
        Verified,
        Walk,
    )
    from workflows.steps import run_step

_Else = TypeVar("_Else")

# Runs that began before all but reconciling was one step, before reconciling came first, before
# files were verified, or before one walk did for sweeping and measuring, may be open while workers
# are replaced.
_TWO_STEPS = "two-steps"
_RECONCILE_FIRST = "reconcile-first"
_VERIFY = "verify-files"
_ONE_WALK = "one-walk"

_NONE_VERIFIED = Verified(files=0, lost=0)
_NOTHING_TIDIED = Tidied(
    expired=0, records_removed=0, swept=None, verified=_NONE_VERIFIED, failed=[]
)


@workflow.defn(name=RETENTION_WORKFLOW)
class RetentionWorkflow:
    """Reconcile, then tidy: expire, remove, sweep, verify. Each whatever became of the others.

    No part goes on for longer than `policies.RETENTION_STEP`, however much is due; the next run
    goes on.
    """

    def __init__(self) -> None:
        self._failed_steps: list[str] = []

    @workflow.run
    async def run(self) -> RetentionReport:
        """Do all of it once.

        A step that fails is named in the report and stops no other.

        Raises:
            asyncio.CancelledError: the run was cancelled.
        """
        if workflow.patched(_TWO_STEPS):
            return _told(await self._reconcile_and_tidy())
        reconcile_first = workflow.patched(_RECONCILE_FIRST)
        if reconcile_first:
            reconciled = await self._reconcile()
        expired = await self._try(EXPIRE_FILES, "remove files past their time", 0)
        removed = await self._try(REMOVE_RECORDS, "remove records past their time", 0)
        if not reconcile_first:
            reconciled = await self._reconcile()
        removed_objects, stored, walk = await self._sweep()
        verified = await self._verify() if workflow.patched(_VERIFY) else _NONE_VERIFIED
        return _told(
            RetentionReport(
                expired=expired,
                records_removed=removed,
                swept=removed_objects,
                started=reconciled.started,
                failed=reconciled.failed,
                cancelled=reconciled.cancelled,
                stored_bytes=stored.bytes if stored else None,
                stored_files=stored.files if stored else None,
                files_verified=verified.files,
                files_lost=verified.lost,
                failed_steps=self._failed_steps,
                walk=walk,
            )
        )

    async def _reconcile_and_tidy(self) -> RetentionReport:
        reconciled = await self._reconcile()
        walk = _last_walk()
        summary = "expire files, remove records and leftovers, verify files"
        tidied = await self._try_with(TIDY, walk, summary, _NOTHING_TIDIED)
        swept = tidied.swept
        stored = _stored(swept) if swept else None
        return RetentionReport(
            expired=tidied.expired,
            records_removed=tidied.records_removed,
            swept=swept.removed if swept else 0,
            started=reconciled.started,
            failed=reconciled.failed,
            cancelled=reconciled.cancelled,
            stored_bytes=stored.bytes if stored else None,
            stored_files=stored.files if stored else None,
            files_verified=tidied.verified.files,
            files_lost=tidied.verified.lost,
            failed_steps=[*self._failed_steps, *tidied.failed],
            walk=swept.walk if swept else walk,
        )

    async def _reconcile(self) -> Reconciled:
        nothing = Reconciled(started=0, failed=0, cancelled=0)
        return await self._try(RECONCILE_JOBS, "compare jobs with their workflows", nothing)

    async def _verify(self) -> Verified:
        return await self._try(VERIFY_FILES, "compare files with their hashes", _NONE_VERIFIED)

    async def _sweep(self) -> tuple[int, Stored | None, Walk]:
        """How many objects were removed, what is stored, and how far the walk through it is."""
        summary = "remove what no job needs, and measure the rest"
        if not workflow.patched(_ONE_WALK):
            removed = await self._try(SWEEP_STORAGE_WHOLE, "remove what no job needs", 0)
            return removed, await self._try(MEASURE_STORAGE, "measure storage", None), Walk()
        walk = _last_walk()
        swept = await self._try_with(SWEEP_STORAGE, walk, summary, None)
        if swept is None:
            return 0, None, walk
        return swept.removed, _stored(swept), swept.walk

    async def _try(self, step: Step[None, Out], summary: str, otherwise: _Else) -> Out | _Else:
        """Run a step that takes nothing; see `_try_with`."""
        return await self._try_with(step, None, summary, otherwise)

    async def _try_with(
        self, step: Step[In, Out], task: In, summary: str, otherwise: _Else
    ) -> Out | _Else:
        """Run a step; `otherwise` is the result when it failed for good."""
        done: Out | _Else = otherwise
        try:
            done = await run_step(step, task, policy=policies.RETENTION, summary=summary)
        except ActivityError:
            self._failed_steps.append(step.name)
        # An activity that ends in spite of a cancel, well or not, swallows it.
        if workflow.cancellation_reason() is not None:
            raise asyncio.CancelledError
        return done


def _last_walk() -> Walk:
    """The walk through all files as the run before left it."""
    last = workflow.get_last_completion_result(RetentionReport)
    return last.walk if last is not None else Walk()


def _told(report: RetentionReport) -> RetentionReport:
    """The report, which the Temporal UI shows from now on."""
    workflow.set_current_details(_details(report))
    return report


def _stored(swept: Swept) -> Stored | None:
    """All that is stored, as far as a walk has found it."""
    found = swept.walk
    if found.whole_bytes is None or found.whole_files is None:
        return None
    return Stored(found.whole_bytes + swept.staged_bytes, found.whole_files + swept.staged_files)


def _details(report: RetentionReport) -> str:
    told = [
        f"{report.expired} files expired",
        f"{report.records_removed} records removed",
        f"{report.swept} leftovers swept",
    ]
    if report.stored_bytes is not None:
        told.append(f"{report.stored_files} files, {report.stored_bytes:,} bytes stored")
    if report.files_lost:
        told.append(f"**{report.files_lost} files damaged**")
    if report.failed_steps:
        told.append(f"**failed: {', '.join(report.failed_steps)}**")
    return " · ".join(told)
