"""How much room an owner's files take, and whether there is room for more."""

from datetime import datetime

import msgspec
from sqlalchemy import func, literal_column, or_, select

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.schema import jobs
from activities.jobs.statements import MINE, parameter
from activities.model.jobs import Status

_NOW = parameter(jobs.c.expires_at, "now")
# As `ix_export_job_held` has it, which holds all that is asked for: a parameter would hide that.
_COMPLETED = jobs.c.status == literal_column(f"'{Status.COMPLETED.value}'")
_HELD = select(
    func.count(),
    func.coalesce(func.sum(jobs.c.file_size), 0),
    func.count(jobs.c.pinned_at),
).where(
    MINE,
    _COMPLETED,
    jobs.c.file_lost_at.is_(None),
    or_(jobs.c.expires_at.is_(None), jobs.c.expires_at > _NOW),
)


class HeldFiles(msgspec.Struct, frozen=True):
    """The files that an owner has, those that are shared or pinned among them."""

    files: int
    bytes: int
    pinned: int


class NoRoomLeftError(Exception):
    """An owner's files take as much room as they may, or would with one more.

    Attributes:
        held: the bytes that they take.
        most: the bytes that they may take.
        wanted: those of the one more, about; 0 when there is none.
    """

    def __init__(self, held: int, most: int, wanted: int) -> None:
        super().__init__(held, most, wanted)
        self.held = held
        self.most = most
        self.wanted = wanted


class OwnerRoom:
    """The room that owners have for files, in one database.

    Attributes:
        most: the bytes that the files of one owner may take; 0: any number.
    """

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self.most = most

    async def held(self, owner_id: str, now: datetime) -> HeldFiles:
        """What the owner's files take at a moment (UTC); what is gone or lost takes nothing."""
        values = {"p_owner_id": owner_id, "p_now": now}
        row = await self._database.read(lambda connection: connection.execute(_HELD, values).one())
        files, held, pinned = row
        return HeldFiles(files, int(held), pinned)

    async def check(self, owner_id: str, wanted: int = 0) -> None:
        """Raise unless there is room for so many bytes more.

        Exports that end at the same moment do not see each other: an owner may have more by the
        files of as many as are worked on at once.

        Raises:
            NoRoomLeftError: there is not.
        """
        if not self.most:
            return
        held = (await self.held(owner_id, utc_now())).bytes
        if held + wanted > self.most:
            raise NoRoomLeftError(held, self.most, wanted)
