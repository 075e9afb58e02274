"""What has changed in an owner's content since an earlier export, or since a moment."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from activities.content.source import ContentSource, Excerpt, Filters, ItemHead
from activities.jobs.records import JobRecords
from activities.model.changes import Changes, Delta, NamedItem
from activities.model.item_versions import ItemVersion
from activities.model.jobs import Status
from activities.model.problems import ITEMS_NOT_KNOWN, NOT_FOUND, NOTHING_CHANGED
from web.http.json_body import pointer
from web.http.problems import FieldError, ProblemError

MOST_COMPARED = 2_000
"""The newest items that match and are compared: as many as content sources count."""


class Base(msgspec.Struct, frozen=True):
    """What content is compared with."""

    since: datetime
    job_id: str | None = None
    items: Mapping[str, ItemVersion] = {}
    """By id; none of a moment."""


class _Sorted(msgspec.Struct):
    new: list[ItemHead] = []
    changed: list[ItemHead] = []
    unsure: list[ItemHead] = []
    all: list[ItemHead] = []
    """All of them, in the order in which the source gives them."""


class ChangesSince:
    """Compares an owner's content with what an earlier export held."""

    def __init__(self, records: JobRecords, content: ContentSource) -> None:
        self._records = records
        self._content = content

    async def base(self, owner_id: str, job_id: str) -> Base:
        """What an earlier export of the owner held, whether or not its file is still there.

        Raises:
            ProblemError: there is no such export, or what it held is not known.
        """
        job = await self._records.get(job_id, owner_id)
        where = pointer("since_job_id")
        if job is None:
            detail = "You have no export of this id, or its record was removed after its time."
            raise ProblemError(NOT_FOUND, detail, errors=[FieldError(detail, pointer=where)])
        ended = job.status in {Status.COMPLETED, Status.EXPIRED}
        items = await self._records.known_items(job_id) if ended else None
        if items is None:
            detail = (
                "It is not known what this export held: it was made by an earlier version of the "
                "service, or while content changed."
                if ended
                else "This export has no file, so nothing can be compared with it."
            )
            raise ProblemError(ITEMS_NOT_KNOWN, detail, errors=[FieldError(detail, pointer=where)])
        return Base(job.created_at, job_id, {each.id: each for each in items})

    async def find(
        self,
        owner_id: str,
        filters: Filters,
        base: Base,
        *,
        most: int,
        skip: int = 0,
        unchanged: Collection[str] = (),
    ) -> tuple[Excerpt, Delta]:
        """What is new or changed of an owner's items that match, and what is gone.

        Args:
            owner_id: whose items.
            filters: the conditions that they meet; what is gone is told of whatever they are.
            base: what they are compared with.
            most: the most items.
            skip: the number of newer ones, of those that are new or changed, before them.
            unchanged: ids of items of which it is known that they are as they were, their pictures
                included.

        Raises:
            ProblemError: nothing is new, changed or gone.
            ContentSourceError: the content cannot be read now.
        """
        heads = (
            await self._content.search(owner_id, filters, MOST_COMPARED, sort=filters.usual_order)
        ).heads
        found = await self._sorted(owner_id, heads, base, unchanged)
        gone = await self._gone(owner_id, heads, base)
        chosen = found.all[skip : skip + most]
        ids = {head.id for head in chosen}
        known = [each for each in base.items.values() if each.id not in {one.id for one in gone}]
        newest = max((each.updated_at for each in base.items.values()), default=base.since)
        changes = Changes(
            since=base.since.astimezone(UTC),
            since_job_id=base.job_id,
            new=_named(found.new, ids),
            changed=_named(found.changed, ids),
            gone=gone,
            newest=newest.astimezone(UTC),
            unsure=_named(found.unsure, ids),
        )
        if changes.is_nothing:
            raise ProblemError(NOTHING_CHANGED)
        return Excerpt(chosen, len(found.all)), Delta(changes, known)

    async def _sorted(
        self,
        owner_id: str,
        heads: Sequence[ItemHead],
        base: Base,
        unchanged: Collection[str],
    ) -> _Sorted:
        times = await self._times(owner_id, heads)
        found = _Sorted(new=[], changed=[], unsure=[], all=[])
        for head in heads:
            before, time = base.items.get(head.id), times.get(head.id)
            if before is None:
                if base.job_id is not None or _is_after(head.created_at, base.since):
                    found.new.append(head)
                elif _is_after(time, base.since):
                    found.changed.append(head)
                else:
                    continue
            elif time is not None and time != before.updated_at:
                found.changed.append(head)
            elif head.id in unchanged:
                continue
            elif time is None or before.pictures:
                found.unsure.append(head)
            else:
                continue
            found.all.append(head)
        return found

    async def _times(self, owner_id: str, heads: Sequence[ItemHead]) -> dict[str, datetime | None]:
        """When each was last changed, as far as the source says."""
        untold = [head.id for head in heads if head.updated_at is None]
        told = await self._content.updated(owner_id, untold) if untold else {}
        return {head.id: head.updated_at or told.get(head.id) for head in heads}

    async def _gone(self, owner_id: str, heads: Sequence[ItemHead], base: Base) -> list[NamedItem]:
        """The items of the base that are not among the owner's content any more."""
        there = {head.id for head in heads}
        asked = [item_id for item_id in base.items if item_id not in there]
        if asked:
            there |= set(await self._content.updated(owner_id, asked))
        return [
            NamedItem(each.id, each.title or each.id)
            for each in base.items.values()
            if each.id not in there
        ]


def _named(heads: Sequence[ItemHead], ids: Collection[str]) -> list[NamedItem]:
    return [NamedItem(head.id, head.title) for head in heads if head.id in ids]


def _is_after(time: datetime | None, moment: datetime) -> bool:
    """Whether a time is after a moment; one that is not told is, as nobody is to miss anything."""
    return time is None or time > moment
