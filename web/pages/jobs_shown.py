"""Jobs as the pages show them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from activities.common.clock import utc_now
from activities.model.job_formats import job_format
from activities.model.jobs import Job, Status, has_file
from activities.model.options import RenderOptions
from activities.model.plain_titles import plain_title
from activities.model.problems import problem_type
from activities.model.warnings import RECEIPT_MISSING
from activities.people.amounts import number, size
from activities.people.export_titles import content_in_short, shown_title
from web.pages.item_titles import with_titles
from web.pages.option_controls import Control, SentGate, controls, value_of
from web.pages.wording import STATUS_LABELS, summary
from web.pages.words import _
from web.schemas.job import JobResponse


class ShownJob(msgspec.Struct, frozen=True):
    """One job, in words."""

    response: JobResponse
    title: str
    """The title as plain text."""
    format_name: str
    items: int
    status_label: str
    summary: str
    advice: str
    """What the owner can do about its error; empty when there is none."""
    has_file: bool
    cancelling: bool
    may_open: bool
    """True if browsers can show its file."""
    has_receipt: bool
    content: str
    """The first titles of what it exports; empty of one item."""
    titles: list[str]
    """All of them, as plain text; empty if they are not known."""
    trouble: str
    """The detail of its error, with items by their titles where those are known."""
    item_titles: Mapping[str, str] = {}
    """By id, of items that its warnings may name."""

    @property
    def name(self) -> str:
        """What tells it apart from others of the same content."""
        return f"{self.title} ({self.format_name})"


class Choice(msgspec.Struct, frozen=True):
    """What one form started: a job, or several that export the same in other formats."""

    jobs: list[ShownJob]

    @property
    def first(self) -> ShownJob:
        """The job that says what all have in common."""
        return self.jobs[0]


class Fact(NamedTuple):
    """One line of a job's details: a text or a moment."""

    label: str
    text: str
    moment: datetime | None = None


def choices_among(jobs: Sequence[Job], shown: Sequence[ShownJob]) -> list[Choice]:
    """The jobs as they were started together: each that one form started is one request's.

    Args:
        jobs: in the order of a list.
        shown: the same jobs.
    """
    found: list[Choice] = []
    before: tuple[object, ...] | None = None
    for job, each in zip(jobs, shown, strict=True):
        alike = (job.request_id, job.title, job.items_total)
        if found and job.request_id is not None and alike == before:
            found[-1].jobs.append(each)
        else:
            found.append(Choice([each]))
        before = alike
    return found


def show_job(
    job: Job, response: JobResponse, item_titles: Mapping[str, str] = MappingProxyType({})
) -> ShownJob:
    """A job with what the API says of it.

    Args:
        job: its record.
        response: what the API says of it.
        item_titles: those of its items by id (`web.pages.item_titles.titles_by_id`).
    """
    cancelling = job.cancel_requested_at is not None and not job.status.ended
    return ShownJob(
        response=response,
        title=shown_title(job),
        format_name=format_name(job.format),
        items=job.items_total,
        status_label=_status_label(job, cancelling=cancelling),
        summary=summary(response),
        advice=_(problem_type(response.error.code).advice) if response.error else "",
        has_file=has_file(job, utc_now()),
        cancelling=cancelling,
        has_receipt=job.options.receipt
        and job.status in {Status.COMPLETED, Status.EXPIRED}
        and all(each.code != RECEIPT_MISSING for each in job.warnings),
        may_open=response.file is not None and response.file.media_type == "application/pdf",
        content=content_in_short(job),
        titles=[plain_title(title) for title in job.titles],
        trouble=with_titles(response.error.detail, item_titles) if response.error else "",
        item_titles=item_titles,
    )


def _status_label(job: Job, *, cancelling: bool) -> str:
    if cancelling:
        return _("Being cancelled")
    if job.damaged:
        return _("Damaged record")
    if job.status is Status.COMPLETED and job.file_lost_at is not None:
        return _("File lost")
    return _(STATUS_LABELS[job.status])


def format_name(format_id: str) -> str:
    """The name of a job's format, or its id when it is no longer there."""
    entry = job_format(format_id)
    return _(entry.name) if entry else format_id


def facts_of(job: ShownJob) -> list[Fact]:
    """The details of a job, in the order in which people ask for them."""
    response = job.response
    facts = [
        Fact(_("Format"), ", ".join(map(format_name, response.formats))),
        Fact(_("Items"), number(job.items)),
    ]
    if response.file is not None:
        facts += [
            Fact(_("File"), response.file.name),
            Fact(_("Size"), size(response.file.size)),
            Fact(_("SHA-256"), response.file.sha256),
        ]
    facts += [
        Fact(label, "", moment)
        for label, moment in (
            (_("Asked for"), response.created_at),
            (_("Begun"), response.started_at),
            (_("Ended"), response.completed_at),
            (_("Kept until"), response.expires_at),
        )
        if moment is not None
    ]
    if response.pinned:
        facts.append(Fact(_("Kept until"), _("until further notice")))
    supported = [
        control for control in controls() if not set(control.formats).isdisjoint(response.formats)
    ]
    facts += [Fact(_(control.label), in_words(response.options, control)) for control in supported]
    return [*facts, Fact(_("Number"), response.job_id)]


def in_words(options: RenderOptions, control: Control) -> str:
    """The value that an option has, of whichever kind it is."""
    value = value_of(options, control)
    labels = {choice.value: _(choice.label) for choice in control.choices}
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int):
        return number(value)
    if isinstance(value, SentGate):
        least = f" ({value.metric} ≥ {value.at_least})" if value.action else ""
        return labels[value.action] + least
    if isinstance(value, str):
        return labels.get(value, value) or "–"
    return ", ".join(labels.get(each, each) for each in value)
