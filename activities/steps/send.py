"""What every attempt to send something of a job that ended has in common."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.sending_error import SendingError
from activities.jobs.execution import JobExecution
from activities.jobs.sendings import Attempt, Sending, Sendings
from activities.model.jobs import Job
from activities.steps.heartbeat import heartbeats
from workflows.contracts import SendingOutcome, SendingTask
from workflows.policies import SENDING_JITTER, SENDING_PAUSES

logger = get_logger(__name__)

NOT_SENT = "not-sent"
"""The type of the error by which the server learns when to try again."""


class Send:
    """Makes attempts and keeps what became of them. The row says whether there is anything to send,
    and how often that was tried."""

    def __init__(self, sendings: Sendings, execution: JobExecution) -> None:
        self._sendings = sendings
        self._execution = execution

    async def attempt(
        self, task: SendingTask, send: Callable[[Job, int], Awaitable[None]]
    ) -> SendingOutcome:
        """Make one attempt.

        Args:
            task: what to send.
            send: sends it, given the job and the number of the attempt, or raises
                `SendingError`.

        Raises:
            temporalio.exceptions.ApplicationError: it did not arrive; the error tells the pause
                until the next attempt.
        """
        sending = Sending(task.job_id, task.kind, task.name)
        async with heartbeats():
            begun = await self._sendings.begin(sending, utc_now())
            job = await self._execution.get(task.job_id) if begun is not None else None
            if begun is None or job is None:
                return SendingOutcome("gone")
            if begun.tries > len(SENDING_PAUSES) + 1:
                # Its workers ended before they could say why.
                return await self._failed(sending, begun, SendingError("worker-ended"))
            try:
                await send(job, begun.number)
            except SendingError as error:
                return await self._failed(sending, begun, error)
            arrived = await self._sendings.sent(sending, utc_now())
            number = begun.number
            if arrived:
                logger.info("sent", job_id=task.job_id, kind=task.kind, to=task.name, number=number)
            return SendingOutcome("delivered", number)

    async def _failed(
        self, sending: Sending, begun: Attempt, error: SendingError
    ) -> SendingOutcome:
        pause, number = None, begun.number
        if not error.final and begun.tries <= len(SENDING_PAUSES):
            jitter = random.uniform(1 - SENDING_JITTER, 1 + SENDING_JITTER)  # noqa: S311
            pause = SENDING_PAUSES[begun.tries - 1] * jitter
        await self._sendings.failed(sending, error.word, utc_now(), pause)
        logger.warning(
            "not sent",
            job_id=sending.job_id,
            kind=sending.kind,
            to=sending.name,
            number=number,
            error=error.word,
            seconds=(pause or timedelta()).total_seconds(),
        )
        if pause is None:
            return SendingOutcome("failed", number, error.word)
        raise ApplicationError(
            f"attempt {number}: {error.word}",
            type=NOT_SENT,
            next_retry_delay=pause,
            # What counterparts do is nothing that a traceback would explain.
            category=ApplicationErrorCategory.BENIGN,
        )
