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
        Reconciled,
        RetentionReport,
        Stored,
    )
    from workflows.steps import step


@workflow.defn(name=RETENTION_WORKFLOW)
class RetentionWorkflow:
    """Expire, remove, reconcile, sweep, measure."""

    @workflow.run
    async def run(self) -> RetentionReport:
        """Do all of it once."""
        expired = await step(
            EXPIRE_FILES,
            result=int,
            policy=policies.RETENTION,
            summary="remove files past their time",
        )
        removed = await step(
            REMOVE_RECORDS,
            result=int,
            policy=policies.RETENTION,
            summary="remove records past their time",
        )
        reconciled = await step(
            RECONCILE_JOBS,
            result=Reconciled,
            policy=policies.RETENTION,
            summary="compare jobs with their workflows",
        )
        swept = await step(
            SWEEP_STORAGE,
            result=int,
            policy=policies.RETENTION,
            summary="remove what no job needs",
        )
        stored = await step(
            MEASURE_STORAGE,
            result=Stored,
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
