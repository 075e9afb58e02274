"""Finding the file that an earlier job made of the very same content and options."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Text, bindparam

from activities.content.model import Item
from activities.database import Database, UtcDateTime
from activities.formats.protocol import RenderOptions
from activities.jobs import statements
from activities.jobs.model import Job, Status
from activities.jobs.records import read_jobs
from activities.jobs.schema import jobs
from workflows.fingerprints import combined

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


def content_fingerprint(items: Iterable[Item], ids: Sequence[str], start: int = 0) -> str:
    """Stands for these items, to the last character, at their places in the export.

    Args:
        items: what there is.
        ids: what was asked for, in order.
        start: the place of the first of them.
    """
    places = {item_id: place for place, item_id in enumerate(ids, start)}
    return combined(
        hashlib.sha256(b"%d\n%b" % (places[item.id], msgspec.json.encode(item))).hexdigest()
        for item in items
    )


def export_fingerprint(format_id: str, options: RenderOptions, title: str, content: str) -> str:
    """Stands for all that decides a file's bytes and its name.

    Args:
        format_id: of the file.
        options: of the request.
        title: of the export.
        content: the fingerprint of its content.
    """
    whole = msgspec.json.encode((format_id, options, title, content))
    return hashlib.sha256(whole).hexdigest()


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
