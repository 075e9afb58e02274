"""Archives: all content of an owner, or of a tenant, in parts that are jobs of their own."""

from datetime import datetime
from enum import StrEnum

import msgspec

from activities.model.jobs import Job, Problem, Status

LEAST_PART_BYTES = 1024**2
MOST_PART_BYTES = 1024**3
USUAL_PART_BYTES = 128 * 1024**2
"""Bytes that the file of a part has at most: the bounds, and what it is if nobody says."""

FIRST_ITEMS = 100
"""Items of the first parts, whose files tell how large those of others become."""
GROWTH = 4
"""Times as many items as any part had before: what is to come may be of another kind."""
MOST_ITEMS = 2_000
"""Items of a part: so many ids stand in the row of its job."""
PART_SECONDS = 60.0
"""Rendering that a part is estimated to cost, in seconds: as much is lost at most when it fails,
and others wait as long for what it occupies."""
FILLED = 0.8
"""The share of its bytes that a part is cut for: items differ."""
TRIES = 3
"""Times that a part is made before it is told of as failed."""


class PartStatus(StrEnum):
    """The states of a part."""

    OPEN = "open"
    COMPLETED = "completed"
    FAILED = "failed"


class LeftOut(msgspec.Struct, frozen=True):
    """An item that is in no part."""

    owner_id: str
    """Whose content it is."""
    content_id: str
    code: str
    """Why, as problems have it; `item-skipped` if its part was made without it."""
    detail: str = ""


class WalkState(msgspec.Struct, frozen=True):
    """How far the content of an archive has been listed."""

    owner_id: str | None = None
    """Whose content is listed; None: the next owner is to be asked for."""
    after: str | None = None
    """Where the owner's list goes on; None: it begins."""
    ended: bool = False
    """The owner's list has come to its end."""
    ids: list[str] = []
    """What was listed and is in no part yet."""
    owners: list[str] = []
    """The owners who are next."""
    owners_after: str | None = None
    owners_ended: bool = False

    @property
    def over(self) -> bool:
        """True if all content is in parts."""
        listed = self.owner_id is None or self.ended
        return listed and not self.ids and not self.owners and self.owners_ended


class Archive(msgspec.Struct, frozen=True):
    """An archive, without its parts. Times are in UTC."""

    archive_id: str
    owner_id: str
    tenant: str | None
    """Whose owners' content it holds; None: its owner's own."""
    status: Status
    formats: list[str]
    content_types: list[str]
    part_bytes: int
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    error: Problem | None = None
    request_id: str | None = None
    receipt: bool = False
    """Whether each part has a receipt beside its files."""


class Part(msgspec.Struct, frozen=True):
    """A part as the archive keeps it."""

    archive_id: str
    number: int
    job_id: str
    """The job that makes it, or made it."""
    content_owner: str
    items: int
    status: PartStatus
    tries: int
    left_out: list[LeftOut] = []


class ToldPart(msgspec.Struct, frozen=True):
    """A part with its job."""

    number: int
    job_id: str
    content_owner: str
    items: int
    status: PartStatus
    left_out: list[LeftOut]
    job: Job | None
    """None: its record has been removed."""
