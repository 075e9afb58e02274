"""Making a job: its record, then its workflow."""

from activities.jobs.audit import Origin
from activities.jobs.records import JobRecords
from activities.model.jobs import NO_LIMITS, Job, NewJob, OwnerLimits, ReusedFile
from web.services.dispatcher import Dispatcher


class JobCreator:
    """Writes the record of a new job, then starts its workflow."""

    def __init__(self, records: JobRecords, dispatcher: Dispatcher, *, at_once: int) -> None:
        """Create jobs, of which at most `at_once` of one owner are under way."""
        self._records = records
        self._dispatcher = dispatcher
        self._at_once = at_once

    async def create(
        self,
        new: NewJob,
        origin: Origin,
        *,
        limits: OwnerLimits = NO_LIMITS,
        reused: ReusedFile | None = None,
    ) -> Job | None:
        """Create a job and, when it may begin, start its workflow.

        Once the record is written this succeeds: a workflow that cannot be started now is started
        later.

        Args:
            new: the job to create.
            origin: the caller and the request, for the audit log.
            limits: the most jobs that its owner may have, this one included.
            reused: the file with which it is completed at once.

        Returns:
            The job as it was written; None when its owner used its idempotency key before.

        Raises:
            OwnerLimitError: the owner has as many jobs already.
        """
        job = await self._records.create(new, limits, origin, reused, at_once=self._at_once)
        if job is not None and reused is None:
            await self._dispatcher.start(job)
        return job
