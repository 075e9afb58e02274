"""States, jobs and traits in words."""

from types import MappingProxyType
from typing import NamedTuple

from activities.model.content import PART_TITLES
from activities.model.formats import Carries, Format
from activities.model.jobs import Status
from activities.model.problems import problem_type
from activities.people.amounts import duration, number, size
from web.pages.words import N_, _, ngettext
from web.schemas.job import JobResponse

STATUS_LABELS = MappingProxyType(
    {
        Status.PENDING: N_("Waiting"),
        Status.PROCESSING: N_("In progress"),
        Status.COMPLETED: N_("Ready"),
        Status.FAILED: N_("Failed"),
        Status.CANCELLED: N_("Cancelled"),
        Status.EXPIRED: N_("Expired"),
    }
)

_PHASES = MappingProxyType(
    {
        "queued": N_("Waiting for a worker"),
        "fetching": N_("Collecting the content"),
        "rendering": N_("Writing the file"),
        "assembling": N_("Putting the parts together"),
        "publishing": N_("Saving the file"),
    }
)


_USUAL_FACETS = (N_("Subject"), N_("Language"), N_("Target audience"), N_("Tags"))
"""Headings of what content mostly says of itself; others stay as they are written there."""


class Trait(NamedTuple):
    """One thing that a format carries, or does not."""

    text: str
    has: bool


def status_labels() -> dict[Status, str]:
    """The states of jobs, by name."""
    return {status: _(label) for status, label in STATUS_LABELS.items()}


def part_labels() -> dict[str, str]:
    """The parts of an item, by name."""
    return {name: _(title) for name, title in PART_TITLES.items()}


def summary(job: JobResponse) -> str:
    """One sentence on where the job is."""
    if job.status is Status.COMPLETED and job.error is not None:
        return _("The file was lost. Export again to get it anew.")
    if job.status is Status.COMPLETED and job.file is not None:
        return _("Ready: %(size)s.") % {"size": size(job.file.size)}
    if job.status is Status.EXPIRED or job.status is Status.COMPLETED:
        return _(
            "The file was kept for its time and has been removed. Export again to get it anew."
        )
    if job.status is Status.CANCELLED:
        return _("Cancelled. Nothing of it was kept.")
    if job.status is Status.FAILED:
        return _("The export failed; there is no file.")
    return _under_way(job)


def _under_way(job: JobResponse) -> str:
    told = [phase_in_words(job.progress.phase)]
    if job.progress.items_done:
        told.append(
            _("%(done)s of %(all)s items done")
            % {"done": number(job.progress.items_done), "all": number(job.progress.items_total)}
        )
    if job.queue_position:
        before = job.queue_position
        told.append(
            ngettext("%(num)s export before this one", "%(num)s exports before this one", before)
            % {"num": number(before)}
        )
    if job.estimated_seconds_left is not None:
        told.append(_("%(time)s left") % {"time": duration(job.estimated_seconds_left)})
    if job.waits_for is not None:
        title = _(problem_type(job.waits_for).title)
        told.append(_("%(trouble)s; it is tried again") % {"trouble": title})
    # Between sentences of any language, each of which stands alone.
    return " · ".join(told)


def phase_in_words(phase: str) -> str:
    """What is being done for a job."""
    return _(_PHASES.get(phase, N_("At work")))


def items_in_words(count: int) -> str:
    """How many items: `1 item`, `12 items`."""
    return ngettext("%(num)s item", "%(num)s items", count) % {"num": number(count)}


def facet_label(name: str) -> str:
    """A member of the metadata as a heading: `target_audience` is "Target audience"."""
    words = " ".join(name.replace("_", " ").split())
    return _(words[:1].upper() + words[1:])


def traits(entry: Format) -> list[Trait]:
    """The features that the format keeps, for people who choose one."""
    carries: Carries = entry.carries
    maths = {
        "native": _("Formulas"),
        "image": _("Formulas as pictures"),
        "source": _("Formulas as TeX"),
    }
    found = [
        Trait(_("Formatting"), carries.formatting),
        Trait(_("Tables"), carries.tables),
        Trait(maths[carries.math], carries.math != "source"),
        Trait(_("Pictures"), carries.images),
    ]
    if carries.reimport:
        found.append(Trait(_("Can be loaded again"), has=True))
    return found
