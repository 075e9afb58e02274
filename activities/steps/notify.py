"""notify: one attempt to tell an owner by mail what became of an export."""

from activities.common.mail import Mailer
from activities.common.metrics import MAILS
from activities.common.sending_error import SendingError
from activities.model.jobs import Job, Status
from activities.people.mail_texts import mail_about
from activities.people.notifications import Notifications
from activities.steps.implements import implements
from activities.steps.send import Send
from workflows.contracts import NOTIFY, SendingOutcome, SendingTask


class Notify:
    """Tells owners, with what that needs."""

    def __init__(
        self, send: Send, notifications: Notifications, mailer: Mailer | None, public_url: str
    ) -> None:
        self._send = send
        self._notifications = notifications
        self._mailer = mailer
        self._public_url = public_url

    @implements(NOTIFY)
    async def notify(self, task: SendingTask) -> SendingOutcome:
        """Make one attempt; see `Send.attempt`. A mail that is sent twice has one `Message-ID`."""

        async def send(job: Job, _: int) -> None:
            await self._tell(task.name, job)

        outcome = await self._send.attempt(task, send)
        MAILS.labels(outcome.error or outcome.status).inc()
        return outcome

    async def _tell(self, event: str, job: Job) -> None:
        setting = await self._notifications.get(job.owner_id)
        # What the owner wants now, not when the export ended.
        if setting is None or event not in setting.on:
            raise SendingError("not-wanted", final=True)
        if event == "expiring" and job.status is not Status.COMPLETED:
            raise SendingError("not-wanted", final=True)
        if self._mailer is None:
            raise SendingError("no-mail-server")
        to = (setting.email,)
        await self._mailer.send(mail_about(event, job, to, self._public_url, setting.language))
