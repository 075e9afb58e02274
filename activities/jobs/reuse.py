"""Finding the file that an earlier job made of the very same content and options."""

from datetime import datetime

from sqlalchemy import Text, bindparam

from activities.common.database import Database, UtcDateTime
from activities.jobs import statements
from activities.jobs.records import read_jobs
from activities.jobs.schema import jobs
from activities.model.jobs import Job, Status

_FIND = (
    statements.READ.where(
        jobs.c.owner_id == bindparam("p_owner_id", type_=Text),
        jobs.c.fingerprint == bindparam("p_fingerprint", type_=Text),
        jobs.c.status == Status.COMPLETED,
        # A file of files would live on for ever, past every change of how files are made.
        jobs.c.reused_from.is_(None),
        jobs.c.expires_at > bindparam("p_expires_at", type_=UtcDateTime),
    )
    .order_by(jobs.c.expires_at.desc())
    .limit(1)
)


async def find_same(
    database: Database, owner_id: str, fingerprint: str, still_there: datetime
) -> Job | None:
    """The owner's job whose file is the same and not due to be removed before a moment in UTC."""
    parameters = {
        "p_owner_id": owner_id,
        "p_fingerprint": fingerprint,
        "p_expires_at": still_there,
    }
    found = await database.run(lambda connection: read_jobs(connection, _FIND, parameters))
    return found[0] if found else None
