"""Finding the file that an earlier job made of the very same content and options."""

from datetime import datetime

from sqlalchemy import Text, bindparam, or_

from activities.common.column_types import UtcDateTime
from activities.common.database import Database
from activities.jobs.job_table import read_jobs
from activities.jobs.schema import jobs
from activities.jobs.statements import COMPLETED, MINE, READ
from activities.model.jobs import Job

_FIND = (
    READ.where(
        MINE,
        jobs.c.fingerprint == bindparam("p_fingerprint", type_=Text),
        COMPLETED,
        # A file of files would live on for ever, past every change of how files are made.
        jobs.c.reused_from.is_(None),
        or_(
            jobs.c.expires_at.is_(None),
            jobs.c.expires_at > bindparam("p_expires_at", type_=UtcDateTime),
        ),
    )
    .order_by(jobs.c.expires_at.desc())
    .limit(1)
)


async def find_same(
    database: Database, owner_id: str, fingerprint: str, still_there: datetime
) -> Job | None:
    """The owner's job that has a file of the same fingerprint.

    Args:
        database: the database of the job records.
        owner_id: the owner whose jobs are searched.
        fingerprint: see `export_fingerprint`.
        still_there: the moment, in UTC, before which the file must not be due to be removed.
    """
    parameters = {
        "p_owner_id": owner_id,
        "p_fingerprint": fingerprint,
        "p_expires_at": still_there,
    }
    found = await database.read(lambda connection: read_jobs(connection, _FIND, parameters))
    return found[0] if found and not found[0].damaged else None
