"""Items of a job by their titles, where an error or a warning names them by their ids."""

import re
from collections.abc import Mapping

from activities.jobs.records import JobRecords
from activities.model.jobs import Job
from activities.model.plain_titles import plain_title

# Where details have ids: behind a colon, or at the end (`activities.steps.error_interceptor`).
_NAMING = re.compile(r"(.{1,500}?(?:: | at item ))(.+)\.", re.DOTALL)


async def titles_by_id(records: JobRecords, job: Job) -> Mapping[str, str]:
    """The titles of the items of a job, as plain text, if it names any of them by its id."""
    named = job.error is not None or any(each.item_id for each in job.warnings)
    if not named or not job.titles:
        return {}
    ids = await records.content_ids(job.job_id, job.owner_id)
    return {item_id: plain_title(title) for item_id, title in zip(ids, job.titles, strict=False)}


def with_titles(detail: str, titles: Mapping[str, str]) -> str:
    """The detail of an error with titles in the place of the ids of items that are known."""
    found = _NAMING.fullmatch(detail)
    if found is None or not titles:
        return detail
    told = []
    for each in found[2].split(", "):
        item_id, bracket, reason = each.partition(" (")
        told.append(f"“{titles[item_id]}”{bracket}{reason}" if item_id in titles else each)
    return f"{found[1]}{', '.join(told)}."
