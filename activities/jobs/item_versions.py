"""The record of what was rendered: which states of which items the file of a completed job holds.

A row is a chunk of an export. So one of very many items makes many rows and no large one, none of
which a list reads.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from activities.jobs.schema import item_versions, jobs
from activities.jobs.statements import THIS_IF_OWNED, parameter, parameters
from activities.model.changes import NEVER_NOTED
from activities.model.item_versions import ItemVersion, PartVersions
from workflows.contracts import combined

_KEY = [item_versions.c.job_id, item_versions.c.chunk]
_VALUES = [item_versions.c.fingerprint, item_versions.c.versions]
_OF_JOB = item_versions.c.job_id == parameter(item_versions.c.job_id)
_FINGERPRINTS = select(item_versions.c.fingerprint).where(_OF_JOB)
_ITEMS = select(item_versions.c.chunk, item_versions.c.versions).where(_OF_JOB)
# Below 0 is what is no chunk of content.
_OF_CONTENT = item_versions.c.chunk >= 0
_COUNT = select(func.count()).where(_OF_JOB, _OF_CONTENT)
# What was known before comes first, and what was rendered in its place.
_KNOWN = _ITEMS.order_by(item_versions.c.chunk)
_FORGET = delete(item_versions).where(_OF_JOB)
_NARROW = (
    update(item_versions)
    .where(_OF_JOB, item_versions.c.chunk == parameter(item_versions.c.chunk))
    .values(parameters([item_versions.c.versions]))
)
_ADD = insert(item_versions).values(parameters([*_KEY, *_VALUES]))
_COPY = insert(item_versions).from_select(
    [*_KEY, *_VALUES],
    select(parameter(item_versions.c.job_id), item_versions.c.chunk, *_VALUES).where(
        item_versions.c.job_id == bindparam("p_source_id", type_=item_versions.c.job_id.type)
    ),
)


_FIRST_KNOWN = -2
"""Chunks that are not of the file; -1 is that of pictures."""
_KNOWN_AT_ONCE = 100


class ItemVersions:
    """The statements on this record; each belongs into the transaction of its caller."""

    def __init__(self, dialect: str) -> None:
        """Use the SQL of this dialect."""
        self._note = _note(dialect)
        self._write = _write(dialect)

    def note(self, connection: Connection, job_id: str, run_id: str, part: PartVersions) -> None:
        """Keep what a chunk holds instead of what was noted before, if the run owns the job."""
        connection.execute(self._note, {**_values(job_id, part), "p_run_id": run_id})

    def write(
        self, connection: Connection, job_id: str, part: PartVersions, left_out: Collection[str]
    ) -> None:
        """Keep what was rendered of an export that is one chunk."""
        kept = [each for each in part.items if each.id not in left_out]
        connection.execute(self._write, {**_values(job_id, part), "p_versions": kept})

    @staticmethod
    def settle(
        connection: Connection, job_id: str, fingerprint: str, left_out: Collection[str]
    ) -> None:
        """Let what was noted be what was rendered, or nothing if it is anything else.

        An attempt that was declared lost may have noted the content that it read after that of the
        attempt whose file is published.

        Args:
            connection: holds the row of the job locked.
            job_id: the job.
            fingerprint: of the content in the file, in hex; empty when it is not known.
            left_out: the ids of items that were noted and are not in the file.
        """
        this = {"p_job_id": job_id}
        if combined(connection.scalars(_FINGERPRINTS, this)) != fingerprint:
            forget(connection, job_id)
        elif left_out:
            for chunk, items in connection.execute(_ITEMS.where(_OF_CONTENT), this).all():
                kept = [each for each in items if each.id not in left_out]
                if len(kept) < len(items):
                    values = {**this, "p_chunk": chunk, "p_versions": kept}
                    connection.execute(_NARROW, values)


class NotedItems(NamedTuple):
    """What was noted of all chunks of a job."""

    versions: list[ItemVersion]
    since: datetime | None
    """When the first chunk was noted, if that is known."""


def noted(connection: Connection, job_id: str, chunks: int) -> list[ItemVersion] | None:
    """What was noted of a job's items; None if it is not of so many chunks."""
    this = {"p_job_id": job_id}
    if connection.execute(_COUNT, this).scalar_one() < chunks:
        return None
    rows = connection.execute(_ITEMS.where(_OF_CONTENT), this)
    return [version for _, versions in rows for version in versions]


def noted_as(connection: Connection, job_id: str, content: str) -> list[ItemVersion] | None:
    """What was noted of a job's items; None if it is not this content, by its fingerprint."""
    this = {"p_job_id": job_id}
    if content and combined(connection.scalars(_FINGERPRINTS, this)) != content:
        return None
    rows = connection.execute(_ITEMS.where(_OF_CONTENT), this)
    return [version for _, versions in rows for version in versions]


def note_known(connection: Connection, job_id: str, known: Sequence[ItemVersion]) -> None:
    """Keep what the export before held, of a new job that exports what has changed since."""
    rows = [
        {
            "p_job_id": job_id,
            "p_chunk": _FIRST_KNOWN - place,
            "p_fingerprint": NEVER_NOTED,
            "p_versions": known[start : start + _KNOWN_AT_ONCE],
        }
        for place, start in enumerate(range(0, len(known), _KNOWN_AT_ONCE))
    ]
    if rows:
        connection.execute(_ADD, rows)


def note_pictures(
    connection: Connection, job_id: str, run_id: str, pictures: Mapping[str, bytes]
) -> None:
    """Keep the hashes of the pictures that items of a job refer to, by the items' ids.

    The caller holds a transaction; nothing happens if the run does not own the job.
    """
    this = {"p_job_id": job_id}
    owned = select(jobs.c.job_id).where(THIS_IF_OWNED).with_for_update(read=True)
    if connection.execute(owned, {**this, "p_run_id": run_id}).first() is None:
        return
    for chunk, items in connection.execute(_ITEMS.where(_OF_CONTENT), this).all():
        if any(each.id in pictures for each in items):
            noted = [
                msgspec.structs.replace(each, pictures=pictures.get(each.id, each.pictures))
                for each in items
            ]
            connection.execute(_NARROW, {**this, "p_chunk": chunk, "p_versions": noted})


def known_items(connection: Connection, job_id: str) -> list[ItemVersion] | None:
    """What whoever has the file of a job, and those before it, has; None if it is not known."""
    rows = connection.execute(_KNOWN, {"p_job_id": job_id}).all()
    if not any(chunk >= 0 for chunk, _ in rows):
        return None
    return list({each.id: each for _, versions in rows for each in versions}.values())


def known_before(connection: Connection, job_id: str) -> list[ItemVersion]:
    """What the export before held, see `note_known`."""
    rows = connection.execute(_ITEMS.where(~_OF_CONTENT), {"p_job_id": job_id})
    return [each for _, versions in rows for each in versions]


def forget(connection: Connection, job_id: str) -> None:
    """Remove what was noted of a job."""
    connection.execute(_FORGET, {"p_job_id": job_id})


def copy(connection: Connection, job_id: str, source_id: str) -> None:
    """Give a new job what another's file holds, which it takes over."""
    connection.execute(_COPY, {"p_job_id": job_id, "p_source_id": source_id})


def _values(job_id: str, part: PartVersions) -> dict[str, Any]:
    return {
        "p_job_id": job_id,
        "p_chunk": part.chunk,
        "p_fingerprint": part.fingerprint,
        "p_versions": part.items,
    }


def _write(dialect: str) -> Insert:
    return _or_replace(_insert(dialect).values(parameters([*_KEY, *_VALUES])))


def _note(dialect: str) -> Insert:
    # The row stays locked: it cannot end between the question whose it is and the commit.
    owned = (
        select(jobs.c.job_id, *(parameter(each) for each in (item_versions.c.chunk, *_VALUES)))
        .where(THIS_IF_OWNED)
        .with_for_update(read=True)
    )
    insertion = _insert(dialect).from_select([*_KEY, *_VALUES], owned)
    # What is late and the same must not take away what is known of its pictures since.
    is_other = item_versions.c.fingerprint != insertion.excluded.fingerprint
    return _or_replace(insertion, is_other)


def _insert(dialect: str) -> postgresql.Insert | sqlite.Insert:
    # Each of them spells "or update" in its own way.
    return (
        postgresql.insert(item_versions)
        if dialect == "postgresql"
        else sqlite.insert(item_versions)
    )


def _or_replace(
    insertion: postgresql.Insert | sqlite.Insert, where: ColumnElement[bool] | None = None
) -> Insert:
    return insertion.on_conflict_do_update(
        index_elements=_KEY,
        set_={each.name: insertion.excluded[each.name] for each in _VALUES},
        where=where,
    )
