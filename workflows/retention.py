"""RetentionWorkflow: what a Temporal Schedule runs to keep storage and records in order."""

import asyncio
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    import workflows.policies as policies  # see `workflows.export`
    from workflows.contracts import (
        EXPIRE_FILES,
        MEASURE_STORAGE,
        RECONCILE_JOBS,
        REMOVE_RECORDS,
        RETENTION_WORKFLOW,
        SWEEP_STORAGE,
        VERIFY_FILES,
        Out,
        Reconciled,
        RetentionReport,
        Step,
        Verified,
    )
    from workflows.steps import run_step

_Else = TypeVar("_Else")

# Runs that began before reconciling came first, or before files were verified, may be open while
# workers are replaced.
_RECONCILE_FIRST = "reconcile-first"
_VERIFY = "verify-files"

_NONE_VERIFIED = Verified(files=0, lost=0)


@workflow.defn(name=RETENTION_WORKFLOW)
class RetentionWorkflow:
    """Reconcile, expire, remove, sweep, measure, verify: each whatever became of the others."""

    def __init__(self) -> None:
        self._failed_steps: list[str] = []

    @workflow.run
    async def run(self) -> RetentionReport:
        """Do all of it once.

        A step that fails is named in the report and stops no other.

        Raises:
            asyncio.CancelledError: the run was cancelled.
        """
        reconcile_first = workflow.patched(_RECONCILE_FIRST)
        if reconcile_first:
            reconciled = await self._reconcile()
        expired = await self._try(EXPIRE_FILES, "remove files past their time", 0)
        removed = await self._try(REMOVE_RECORDS, "remove records past their time", 0)
        if not reconcile_first:
            reconciled = await self._reconcile()
        swept = await self._try(SWEEP_STORAGE, "remove what no job needs", 0)
        stored = await self._try(MEASURE_STORAGE, "measure storage", None)
        verified = await self._verify() if workflow.patched(_VERIFY) else _NONE_VERIFIED
        report = RetentionReport(
            expired=expired,
            records_removed=removed,
            swept=swept,
            started=reconciled.started,
            failed=reconciled.failed,
            cancelled=reconciled.cancelled,
            stored_bytes=stored.bytes if stored else None,
            stored_files=stored.files if stored else None,
            files_verified=verified.files,
            files_lost=verified.lost,
            failed_steps=self._failed_steps,
        )
        workflow.set_current_details(_details(report))
        return report

    async def _reconcile(self) -> Reconciled:
        nothing = Reconciled(started=0, failed=0, cancelled=0)
        return await self._try(RECONCILE_JOBS, "compare jobs with their workflows", nothing)

    async def _verify(self) -> Verified:
        return await self._try(VERIFY_FILES, "compare files with their hashes", _NONE_VERIFIED)

    async def _try(self, step: Step[None, Out], summary: str, otherwise: _Else) -> Out | _Else:
        """Run a step; `otherwise` is the result when it failed for good."""
        done: Out | _Else = otherwise
        try:
            done = await run_step(step, None, policy=policies.RETENTION, summary=summary)
        except ActivityError:
            self._failed_steps.append(step.name)
        # An activity that ends in spite of a cancel, well or not, swallows it.
        if workflow.cancellation_reason() is not None:
            raise asyncio.CancelledError
        return done


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
