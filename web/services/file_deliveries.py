"""Deliveries of finished files, sent again when their owners ask for it."""

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.jobs.job_table import DELIVERY
from activities.jobs.records import JobRecords
from activities.jobs.sendings import Sending, Sendings
from activities.model.jobs import Job
from web.auth.tokens import Caller
from web.http.problems import not_found
from web.services.destination_choice import DestinationChoice
from web.services.file_sender import file_to_send

logger = get_logger(__name__)


class FileDeliveries:
    """Has files delivered once more."""

    def __init__(
        self, sendings: Sendings, records: JobRecords, destinations: DestinationChoice
    ) -> None:
        """Use the destinations that an operator has named."""
        self._sendings = sendings
        self._records = records
        self._destinations = destinations

    async def again(self, caller: Caller, job: Job, to: str) -> Job:
        """Deliver a job's file once more to one of its destinations; the job as it is then.

        One that is on its way goes on as it is.

        Args:
            caller: who asks.
            job: a job of the caller's.
            to: the name of the destination.

        Raises:
            ProblemError: the job was not to be delivered there, or its owner may not use the
                destination any more, which looks the same; or there is no file, as of a download.
        """
        known = {each.to for each in job.deliveries} & set(self._destinations.names(caller))
        if to not in known:
            raise not_found()
        file_to_send(job)
        await self._sendings.send_again(Sending(job.job_id, DELIVERY, to), utc_now())
        logger.info("to be delivered again", job_id=job.job_id, to=to)
        return await self._records.get(job.job_id) or job
