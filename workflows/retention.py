"""RetentionWorkflow: what a Temporal Schedule runs to keep storage and records in order."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import workflows.policies as policies  # see `workflows.export`
    from workflows.contracts import (
        EXPIRE_FILES,
        MEASURE_STORAGE,
        RECONCILE_JOBS,
        REMOVE_RECORDS,
        RETENTION_WORKFLOW,
        SWEEP_STORAGE,
        RetentionReport,
    )
    from workflows.steps import run_step


@workflow.defn(name=RETENTION_WORKFLOW)
class RetentionWorkflow:
    """Expire, remove, reconcile, sweep, measure."""

    @workflow.run
    async def run(self) -> RetentionReport:
        """Do all of it once."""
        expired = await run_step(
            EXPIRE_FILES,
            None,
            policy=policies.RETENTION,
            summary="remove files past their time",
        )
        removed = await run_step(
            REMOVE_RECORDS,
            None,
            policy=policies.RETENTION,
            summary="remove records past their time",
        )
        reconciled = await run_step(
            RECONCILE_JOBS,
            None,
            policy=policies.RETENTION,
            summary="compare jobs with their workflows",
        )
        swept = await run_step(
            SWEEP_STORAGE,
            None,
            policy=policies.RETENTION,
            summary="remove what no job needs",
        )
        stored = await run_step(
            MEASURE_STORAGE,
            None,
            policy=policies.RETENTION,
            summary="measure storage",
        )
        report = RetentionReport(
            expired=expired,
            records_removed=removed,
            swept=swept,
            started=reconciled.started,
            failed=reconciled.failed,
            cancelled=reconciled.cancelled,
            stored_bytes=stored.bytes,
            stored_files=stored.files,
        )
        workflow.set_current_details(
            f"{expired} files expired · {removed} records removed · {swept} leftovers swept"
            f" · {stored.files} files, {stored.bytes:,} bytes stored"
        )
        return report
