"""The receipts of jobs, and the files that are known by their hashes."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, insert, select

from activities.common.database import Database
from activities.jobs.item_versions import noted
from activities.jobs.job_table import read_jobs
from activities.jobs.schema import jobs, receipts
from activities.jobs.statements import READ, THIS, parameter, parameters
from activities.model.item_versions import ItemVersion
from activities.model.jobs import Job, Status

_MOST_FOUND = 100
"""Jobs with one and the same file that are looked at."""

_KEEP = insert(receipts).values(parameters([receipts.c.job_id, receipts.c.receipt]))
_RECEIPT = select(receipts.c.receipt).where(receipts.c.job_id == parameter(receipts.c.job_id))
_CONTENT_OWNER = select(func.coalesce(jobs.c.content_owner_id, jobs.c.owner_id)).where(THIS)
_COPY = insert(receipts).from_select(
    [receipts.c.job_id, receipts.c.receipt],
    select(parameter(receipts.c.job_id), receipts.c.receipt).where(
        receipts.c.job_id == bindparam("p_source_id", type_=receipts.c.job_id.type)
    ),
)
_OF_FILE = (
    READ.where(
        jobs.c.sha256 == parameter(jobs.c.sha256),
        jobs.c.status.in_((Status.COMPLETED, Status.EXPIRED)),
    )
    .order_by(jobs.c.created_at.desc())
    .limit(_MOST_FOUND)
)


def keep_receipt(connection: Connection, job_id: str, receipt: bytes) -> None:
    """Keep the receipt of a job that is completed in the same transaction."""
    connection.execute(_KEEP, {"p_job_id": job_id, "p_receipt": receipt})


def copy_receipt(connection: Connection, job_id: str, source_id: str) -> None:
    """Give a new job the receipt of another whose file it takes over, if there is one."""
    connection.execute(_COPY, {"p_job_id": job_id, "p_source_id": source_id})


class Receipts:
    """What is kept of receipts in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_job(self, job_id: str) -> bytes | None:
        """The receipt of a job; None: it has none."""
        return await self._database.read(
            lambda connection: connection.scalar(_RECEIPT, {"p_job_id": job_id})
        )

    async def content_owner(self, job_id: str) -> str | None:
        """Whose content a job exports; None: there is no such record."""
        return await self._database.read(
            lambda connection: connection.scalar(_CONTENT_OWNER, {"p_job_id": job_id})
        )

    async def with_file(self, sha256: str) -> Sequence[Job]:
        """The jobs of any owner whose file has or had this hash, the newest first."""
        return await self._database.read(
            lambda connection: [
                job
                for job in read_jobs(connection, _OF_FILE, {"p_sha256": sha256})
                if not job.damaged
            ]
        )

    async def items(self, job_id: str) -> Sequence[ItemVersion]:
        """The states of the items that a job's file holds, as far as they are known."""
        return await self._database.read(lambda connection: noted(connection, job_id, 0) or [])
