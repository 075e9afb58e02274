"""ArchiveWorkflow: all content of an owner or a tenant, in parts that are exports of their own."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from temporalio import workflow
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import (
    ActivityError,
    ChildWorkflowError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from workflows import policies
    from workflows.contracts import (
        ADVANCE_ARCHIVE,
        ARCHIVE_WORKFLOW,
        END_ARCHIVE,
        EXPORT_WORKFLOW,
        SEAL_ARCHIVE,
        SEARCH_FORMAT,
        SEARCH_OWNER,
        WORKFLOW_QUEUE,
        AdvanceTask,
        ArchiveNext,
        ArchiveOutcome,
        ArchivePart,
        ArchiveTask,
        EndArchiveTask,
        ExportOutcome,
        workflow_id,
    )
    from workflows.failures import reason_of
    from workflows.steps import run_step


@workflow.defn(name=ARCHIVE_WORKFLOW)
class ArchiveWorkflow:
    """Begin parts, a few at a time, until there is nothing left to make; then seal the archive.

    Which parts there are, what is in them and how far content has been listed stands in rows: here
    are the ids of those that are being made, and no more, so a run that continues as new, or that
    begins anew, goes on where the rows are.
    """

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[None]] = {}
        self._begun = 0

    @workflow.run
    async def run(self, task: ArchiveTask) -> ArchiveOutcome:
        """Make an archive.

        Raises:
            temporalio.exceptions.ActivityError: its end could not be written for a day.
            asyncio.CancelledError: it was cancelled.
        """
        try:
            return await self._made(task)
        except (ActivityError, asyncio.CancelledError) as error:
            await self._stop_parts()
            cancelled = is_cancelled_exception(error)
            code, detail = ("", "") if cancelled else reason_of(error)
            outcome = await self._end(EndArchiveTask(task.archive_id, cancelled, code, detail))
            if cancelled and outcome.status == "cancelled":
                raise asyncio.CancelledError from None
            return outcome

    async def _made(self, task: ArchiveTask) -> ArchiveOutcome:
        if not await self._make_parts(task):
            sealed = await run_step(
                SEAL_ARCHIVE, task, policy=policies.ARCHIVING, summary="sign the manifest"
            )
            if sealed.status != "processing":
                return sealed
        # Its cancellation was requested, or it is gone.
        return await self._end(EndArchiveTask(task.archive_id, cancelled=True))

    async def _make_parts(self, task: ArchiveTask) -> bool:
        """Make all parts; True if the archive has ended meanwhile."""
        while True:
            drains = self._is_long()
            room = 0 if drains else policies.ARCHIVE_PARTS_AT_ONCE - len(self._running)
            following = await self._advance(task, room)
            if workflow.cancellation_reason() is not None:
                # A step that ends in spite of a cancellation swallows it.
                raise asyncio.CancelledError
            if following.ended:
                await self._stop_parts()
                return True
            for part in following.parts:
                self._begun += 1
                making = asyncio.create_task(self._make(part))
                self._running[part.export.job_id] = making
            _show(following, len(self._running))
            if self._running:
                await workflow.wait(
                    list(self._running.values()), return_when=asyncio.FIRST_COMPLETED
                )
                self._running = {
                    job_id: making for job_id, making in self._running.items() if not making.done()
                }
            elif following.walked and not following.unmade:
                return False
            elif drains:
                workflow.continue_as_new(task)

    async def _advance(self, task: ArchiveTask, room: int) -> ArchiveNext:
        return await run_step(
            ADVANCE_ARCHIVE,
            AdvanceTask(
                task.archive_id,
                running=list(self._running),
                room=room,
                request_id=task.request_id,
            ),
            policy=policies.ARCHIVING,
            summary="settle parts and cut the next",
        )

    async def _make(self, part: ArchivePart) -> None:
        """Have a part made; what becomes of it stands in its job's row."""
        export = part.export
        try:
            await workflow.execute_child_workflow(
                EXPORT_WORKFLOW,
                export,
                id=workflow_id(export.job_id),
                result_type=ExportOutcome,
                task_queue=WORKFLOW_QUEUE,
                task_timeout=policies.WORKFLOW_TASK_TIMEOUT,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                cancellation_type=workflow.ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
                # An archive whose workflow is lost gets another, which finds them.
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                search_attributes=TypedSearchAttributes(
                    [
                        _keyword(SEARCH_OWNER, part.owner),
                        _keyword(SEARCH_FORMAT, export.format),
                    ]
                ),
                priority=policies.part_priority(export, part.fairness_key),
                static_summary=f"part of an archive, {export.items_total} items",
            )
        except ChildWorkflowError:
            return
        except WorkflowAlreadyStartedError:
            # One that a lost run had begun, which nobody can wait for.
            await workflow.sleep(policies.ARCHIVE_PAUSE)

    async def _stop_parts(self) -> None:
        """Cancel the parts that are being made, and wait for them."""
        running = list(self._running.values())
        for making in running:
            making.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._running = {}

    async def _end(self, task: EndArchiveTask) -> ArchiveOutcome:
        summary = "cancel what is left" if task.cancelled else f"fail: {task.code}"
        workflow.set_current_details(f"**{summary}**")
        return await _to_its_end(
            run_step(END_ARCHIVE, task, policy=policies.CLEANUP, summary=summary)
        )

    def _is_long(self) -> bool:
        suggested = workflow.info().is_continue_as_new_suggested()
        return suggested or self._begun >= policies.ARCHIVE_PARTS_A_RUN


async def _to_its_end(work: Coroutine[Any, Any, ArchiveOutcome]) -> ArchiveOutcome:
    """Await what a cancellation must not stop."""
    ending = asyncio.create_task(work)
    try:
        return await asyncio.shield(ending)
    except asyncio.CancelledError:
        return await ending


def _show(following: ArchiveNext, running: int) -> None:
    rest = "all content is in parts" if following.walked else "content is being listed"
    workflow.set_current_details(f"**making {running} parts** · {rest}")


def _keyword(name: str, value: str) -> SearchAttributePair[str]:
    return SearchAttributePair(SearchAttributeKey.for_keyword(name), value)
