"""What has changed, of jobs that export that."""

from sqlalchemy import Connection, insert, select, update

from activities.jobs.item_versions import note_known
from activities.jobs.schema import changes, jobs
from activities.jobs.statements import THIS_IF_OWNED, parameter, parameters
from activities.model.changes import ChangeCounts, Changes, Delta

_THIS = changes.c.job_id == parameter(changes.c.job_id)
_READ = select(changes.c.changes).where(_THIS)
_ADD = insert(changes).values(parameters([changes.c.job_id, changes.c.changes]))
_SETTLE = update(changes).where(_THIS).values(parameters([changes.c.changes]))
_NARROW_JOB = (
    update(jobs)
    .where(THIS_IF_OWNED)
    .values(parameters([jobs.c.content_ids, jobs.c.items_total, jobs.c.changes]))
)


def note_delta(connection: Connection, job_id: str, delta: Delta) -> None:
    """Keep what a new job is to know of its changes; the caller holds a transaction."""
    connection.execute(_ADD, {"p_job_id": job_id, "p_changes": delta.changes})
    note_known(connection, job_id, delta.known)


def changes_of(connection: Connection, job_id: str, counts: ChangeCounts | None) -> Changes | None:
    """What has changed, of a job whose row has these counts; None when it has none."""
    if counts is None:
        return None
    found: Changes | None = connection.scalar(_READ, {"p_job_id": job_id})
    return found


def settle_changes(
    connection: Connection, job_id: str, run_id: str, content_ids: list[str], settled: Changes
) -> None:
    """Let a job export these items only, if the run owns it; the caller holds a transaction."""
    values = {
        "p_job_id": job_id,
        "p_run_id": run_id,
        "p_content_ids": content_ids,
        "p_items_total": len(content_ids),
        "p_changes": settled.counts,
    }
    if connection.execute(_NARROW_JOB, values).rowcount:
        connection.execute(_SETTLE, {"p_job_id": job_id, "p_changes": settled})
