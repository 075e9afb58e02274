"""The record of what was rendered: which states of which items the file of a completed job holds.

A row is a chunk of an export. So one of very many items makes many rows and no large one, none of
which a list reads.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Insert, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from activities.jobs.schema import item_versions, jobs
from activities.jobs.statements import THIS_IF_OWNED, parameter, parameters
from activities.model.item_versions import ItemVersion, PartVersions
from workflows.contracts import combined

_KEY = [item_versions.c.job_id, item_versions.c.chunk]
_VALUES = [item_versions.c.fingerprint, item_versions.c.versions]
_OF_JOB = item_versions.c.job_id == parameter(item_versions.c.job_id)
_FINGERPRINTS = select(item_versions.c.fingerprint).where(_OF_JOB)
_ITEMS = select(item_versions.c.chunk, item_versions.c.versions).where(_OF_JOB)
_COUNT = select(func.count()).where(_OF_JOB)
_FORGET = delete(item_versions).where(_OF_JOB)
_NARROW = (
    update(item_versions)
    .where(_OF_JOB, item_versions.c.chunk == parameter(item_versions.c.chunk))
    .values(parameters([item_versions.c.versions]))
)
_COPY = insert(item_versions).from_select(
    [*_KEY, *_VALUES],
    select(parameter(item_versions.c.job_id), item_versions.c.chunk, *_VALUES).where(
        item_versions.c.job_id == bindparam("p_source_id", type_=item_versions.c.job_id.type)
    ),
)


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
            for chunk, items in connection.execute(_ITEMS, this).all():
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
    rows = connection.execute(_ITEMS, this)
    return [version for _, versions in rows for version in versions]


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
    return _or_replace(_insert(dialect).from_select([*_KEY, *_VALUES], owned))


def _insert(dialect: str) -> postgresql.Insert | sqlite.Insert:
    # Each of them spells "or update" in its own way.
    return (
        postgresql.insert(item_versions)
        if dialect == "postgresql"
        else sqlite.insert(item_versions)
    )


def _or_replace(insertion: postgresql.Insert | sqlite.Insert) -> Insert:
    return insertion.on_conflict_do_update(
        index_elements=_KEY, set_={each.name: insertion.excluded[each.name] for each in _VALUES}
    )
