"""Amounts, times, states and traits in words."""

import math
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from activities.model.formats import Carries, Format
from activities.model.jobs import Status
from activities.model.problems import problem_type
from web.schemas.job import JobResponse

STATUS_LABELS = MappingProxyType(
    {
        Status.PENDING: "Waiting",
        Status.PROCESSING: "In progress",
        Status.COMPLETED: "Ready",
        Status.FAILED: "Failed",
        Status.CANCELLED: "Cancelled",
        Status.EXPIRED: "Expired",
    }
)

_PHASES = MappingProxyType(
    {
        "queued": "Waiting for a worker",
        "fetching": "Collecting the content",
        "rendering": "Writing the file",
        "assembling": "Putting the parts together",
        "publishing": "Saving the file",
    }
)
_KILO = 1_000
_MINUTE = 60
_HOUR = 60 * _MINUTE


class Trait(NamedTuple):
    """One thing that a format carries, or does not."""

    text: str
    has: bool


def size(count: float) -> str:
    """Bytes in units that people compare: `1.2 MB`."""
    for unit in ("bytes", "kB", "MB"):
        if count < _KILO:
            number = f"{count:.0f}" if unit == "bytes" or count >= 10 else f"{count:.1f}"
            return f"{number} {unit}"
        count /= _KILO
    return f"{count:.1f} GB"


def duration(seconds: float) -> str:
    """A time to wait, no more exact than it is known."""
    if seconds < _MINUTE:
        whole = max(math.ceil(seconds), 1)
        return f"about {whole} second{'' if whole == 1 else 's'}"
    if seconds < _HOUR:
        minutes = round(seconds / _MINUTE)
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    return f"about {seconds / _HOUR:.1f} hours"


def day(moment: datetime) -> str:
    """The date in words: `4 March 2024`."""
    return f"{moment.day} {moment:%B %Y}"


def at_moment(moment: datetime) -> str:
    """`4 March 2024, 10:30 UTC`."""
    return f"{day(moment)}, {moment:%H:%M} UTC"


def summary(job: JobResponse) -> str:
    """One sentence on where the job is."""
    if job.status is Status.COMPLETED and job.error is not None:
        return "The file was lost. Export again to get it anew."
    if job.status is Status.COMPLETED and job.file is not None:
        return f"Ready: {size(job.file.size)}."
    if job.status is Status.EXPIRED or job.status is Status.COMPLETED:
        return "The file was kept for its time and has been removed. Export again to get it anew."
    if job.status is Status.CANCELLED:
        return "Cancelled. Nothing of it was kept."
    if job.status is Status.FAILED:
        return "The export failed; there is no file."
    sentence = _PHASES.get(job.progress.phase, "At work")
    if job.progress.items_done:
        sentence += f": {job.progress.items_done} of {job.progress.items_total} items"
    if job.queue_position:
        before = job.queue_position
        sentence += f"; {before:,} export{'' if before == 1 else 's'} before this one"
    if job.estimated_seconds_left is not None:
        sentence += f"; {duration(job.estimated_seconds_left)} left"
    if job.waits_for is not None:
        sentence += f". {problem_type(job.waits_for).title}; it is tried again"
    return sentence + "."


def facet_label(name: str) -> str:
    """A member of the metadata as a heading: `target_audience` is "Target audience"."""
    words = " ".join(name.replace("_", " ").split())
    return words[:1].upper() + words[1:]


def traits(entry: Format) -> list[Trait]:
    """The features that the format keeps, for people who choose one."""
    carries: Carries = entry.carries
    maths = {"native": "Formulas", "image": "Formulas as pictures", "source": "Formulas as TeX"}
    found = [
        Trait("Formatting", carries.formatting),
        Trait("Tables", carries.tables),
        Trait(maths[carries.math], carries.math != "source"),
        Trait("Pictures", carries.images),
    ]
    if carries.reimport:
        found.append(Trait("Can be loaded again", has=True))
    return found
