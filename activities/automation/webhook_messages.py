"""The bodies of messages to webhooks: ids, states and sizes, and nothing of the content."""

from datetime import datetime

import msgspec

from activities.automation.webhook_model import TEST, Delivery
from activities.model.jobs import Job, Status
from activities.model.problems import problem_type


class MessageFile(msgspec.Struct, frozen=True):
    """The file of an export."""

    size: int
    """In bytes."""
    media_type: str
    sha256: str
    """The hash of the file, in hex."""


class MessageError(msgspec.Struct, frozen=True):
    """Why an export failed."""

    code: str
    title: str


class MessageJob(msgspec.Struct, frozen=True):
    """An export, as it was when the event happened."""

    job_id: str
    status: str
    """`completed` or `failed`."""
    format: str
    items: int
    created_at: datetime
    completed_at: datetime | None
    expires_at: datetime | None
    """When its file is removed; null when there is none."""
    file: MessageFile | None
    error: MessageError | None
    url: str | None
    """Of the job, for those who have a token; null where the service does not know its address."""


class Message(msgspec.Struct, frozen=True):
    """What is sent, as Standard Webhooks has it."""

    type: str
    """The event."""
    timestamp: datetime
    """When it happened."""
    data: MessageJob


class MessageWebhook(msgspec.Struct, frozen=True):
    """The webhook that is tested."""

    webhook_id: str


class TestMessage(msgspec.Struct, frozen=True):
    """What is sent by hand."""

    type: str
    """`webhook.test`."""
    timestamp: datetime
    data: MessageWebhook


def message_of(delivery: Delivery, job: Job | None, public_url: str) -> bytes | None:
    """The body of a message, the same in each attempt; None when the job's record is gone.

    Args:
        delivery: the message.
        job: its job; None for a test, or when its record is gone.
        public_url: the base of links; empty: there are none.
    """
    if delivery.event == TEST:
        tested = MessageWebhook(delivery.webhook_id)
        return msgspec.json.encode(TestMessage(delivery.event, delivery.created_at, tested))
    if job is None:
        return None
    told = _job(job, public_url)
    return msgspec.json.encode(Message(delivery.event, delivery.created_at, told))


def _job(job: Job, public_url: str) -> MessageJob:
    failed = job.status is Status.FAILED
    file = None
    if not failed and job.sha256 is not None:
        file = MessageFile(job.file_size or 0, job.media_type or "", job.sha256)
    error = None
    if job.error is not None:
        error = MessageError(job.error.code, problem_type(job.error.code).title)
    return MessageJob(
        job_id=job.job_id,
        # The file may have expired since then.
        status="failed" if failed else "completed",
        format=job.format,
        items=job.items_total,
        created_at=job.created_at,
        completed_at=job.completed_at,
        expires_at=job.expires_at,
        file=file,
        error=error,
        url=f"{public_url.rstrip('/')}/api/export/jobs/{job.job_id}" if public_url else None,
    )
