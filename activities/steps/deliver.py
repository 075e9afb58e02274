"""deliver: one attempt to put the file of an export where its request asked for."""

from functools import partial

from activities.automation import object_delivery, webdav_delivery
from activities.automation.delivery_paths import DeliveredFile
from activities.automation.destinations import (
    Destination,
    Destinations,
    MailDestination,
    ObjectDestination,
    SftpDestination,
    UnusableDestinationsError,
)
from activities.common.clock import utc_now
from activities.common.mail import Mailer
from activities.common.metrics import DELIVERIES
from activities.common.sending_error import SendingError
from activities.model.job_formats import job_format
from activities.model.jobs import Job, has_file
from activities.people.mail_texts import mail_about
from activities.steps.checked_file import checked_bytes
from activities.steps.implements import implements
from activities.steps.send import Send
from activities.storage.keys import file_key
from activities.storage.protocol import Storage
from workflows.contracts import DELIVER, SendingOutcome, SendingTask


class Deliver:
    """Delivers files, with what that needs."""

    def __init__(
        self,
        send: Send,
        destinations: Destinations,
        storage: Storage,
        mailer: Mailer | None,
        public_url: str,
    ) -> None:
        self._send = send
        self._destinations = destinations
        self._storage = storage
        self._mailer = mailer
        self._public_url = public_url

    @implements(DELIVER)
    async def deliver(self, task: SendingTask) -> SendingOutcome:
        """Make one attempt; see `Send.attempt`.

        However often it is made, there is one file in the end: each attempt writes aside, or an
        object that is seen when it is whole, and then gives the one name.
        """
        destination = self._destinations.get(task.name)
        outcome = await self._send.attempt(task, partial(self._deliver, destination))
        DELIVERIES.labels(destination.kind if destination else "none", outcome.status).inc()
        return outcome

    async def _deliver(self, destination: Destination | None, job: Job, attempt: int) -> None:
        if destination is None:
            raise SendingError("no-destination", final=True)
        if not has_file(job, utc_now()) or job.sha256 is None:
            raise SendingError("file-gone", final=True)
        try:
            await self._put(destination, job, job.sha256, attempt)
        except UnusableDestinationsError:
            raise SendingError("no-secret") from None

    async def _put(self, destination: Destination, job: Job, sha256: str, attempt: int) -> None:
        if isinstance(destination, MailDestination):
            await self._tell(destination, job)
            return
        entry = job_format(job.format)
        if entry is None:
            raise SendingError("file-gone", final=True)
        key = file_key(job.job_id, entry.file_type(job.options).extension)
        file = DeliveredFile(
            job_id=job.job_id,
            owner_id=job.owner_id,
            format=job.format,
            name=job.file_name or f"export.{entry.file_type(job.options).extension}",
            created_at=job.created_at,
            size=job.file_size or 0,
            sha256=sha256,
            media_type=job.media_type or "application/octet-stream",
        )
        pieces = partial(checked_bytes, self._storage, key, file)
        if isinstance(destination, ObjectDestination):
            await object_delivery.deliver(destination, file, pieces)
        elif isinstance(destination, SftpDestination):
            # Its client takes a tenth of a worker's start, which few ever need.
            from activities.automation import sftp_delivery

            await sftp_delivery.deliver(destination, file, pieces, attempt)
        else:
            await webdav_delivery.deliver(destination, file, pieces, attempt)

    async def _tell(self, destination: MailDestination, job: Job) -> None:
        if self._mailer is None:
            raise SendingError("no-mail-server")
        to = tuple(destination.to)
        mail = mail_about("completed", job, to, self._public_url, None, destination.name)
        await self._mailer.send(mail)
