"""Taking an export: from a request body to a job record and its workflow."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from uuid import uuid4

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from activities.common import tracing
from activities.common.clock import utc_now
from activities.common.database_faults import is_of_erased_owner
from activities.common.logs import get_logger
from activities.common.metrics import OPERATIONS
from activities.content.source import ContentSource, Excerpt, Filters, ItemHead
from activities.jobs.audit import Origin
from activities.jobs.records import HOUR, JobRecords, OwnerLimitError
from activities.jobs.themes import ThemeRecords
from activities.model.catalog import formats
from activities.model.changes import Delta
from activities.model.content import ID_RULE, is_usable_id
from activities.model.folding import one_line
from activities.model.job_formats import theme_of, with_theme
from activities.model.jobs import Job, NewJob, OwnerLimits
from activities.model.options import TITLE_MAX
from activities.model.plain_titles import plain_title
from activities.model.problems import (
    CONTENT_NOT_FOUND,
    IDEMPOTENCY_MISMATCH,
    INVALID_FORMAT,
    NO_CONTENT_MATCHED,
    NO_SPACE,
    NOTHING_CHANGED,
    RECEIPTS_OFF,
)
from activities.model.times import day_or_moment
from activities.people.export_titles import (
    in_language,
    kept_titles,
    title_of_changes,
    title_of_items,
)
from activities.people.languages import known_language, spoken
from activities.storage.protocol import LEAST_FREE_BYTES, Storage
from web.auth.tokens import Caller
from web.http.json_body import pointer
from web.http.problems import FieldError, ProblemError, invalid
from web.schemas.requests import BulkExportRequest, CreateExportRequest, ExportRequestBody
from web.services.changes_since import Base, ChangesSince
from web.services.content_filters import BULK_FACETS, WRONG_DATE, errors_in, filters_of
from web.services.destination_choice import DestinationChoice
from web.services.file_reuse import FileReuse
from web.services.job_creator import JobCreator
from web.services.owner_usage import OwnerUsage
from web.services.quota import Quota
from web.services.theme_choice import ThemeChoice

logger = get_logger(__name__)

MAX_KEY_LENGTH = 255
"""Characters of an idempotency key."""


# Something to read, and neither control characters nor separators of lines and paragraphs.
_ONE_LINE = re.compile(r"(?=.*\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class CreatedExport(msgspec.Struct, frozen=True):
    """An export that was taken."""

    job: Job
    headers: dict[str, str]
    """The `RateLimit` headers for what the owner may create after this one; empty when the request
    made no new job."""


class _Request(msgspec.Struct, frozen=True):
    """A request for an export that is well formed."""

    operation: str
    """The name of the operation, for the metrics."""
    caller: Caller
    body: ExportRequestBody
    request_id: str
    idempotency_key: str | None
    hash: str
    """Equal for equal bodies sent to the same path."""


class _Chosen(msgspec.Struct, frozen=True):
    """The items of an export, and the title that they bring along."""

    found: Excerpt
    title: str | None = None
    """That of their collection; None: there is none, or the request gives its own."""
    delta: Delta | None = None
    """What has changed, if that is what is exported."""


_FindItems = Callable[[], Awaitable[_Chosen]]

_LATER_FILTERS = (*BULK_FACETS, "collection_id")

MOST_SKIPPED = 10_000
"""Newer items that a bulk export may pass over: a content source may read all of their heads."""


class ExportCreator:
    """Takes exports: checks them, writes the record, then starts the workflow.

    Attributes:
        max_items: the most items of one export.
    """

    def __init__(
        self,
        records: JobRecords,
        content: ContentSource,
        storage: Storage,
        creator: JobCreator,
        reuse: FileReuse,
        themes: ThemeChoice,
        theme_records: ThemeRecords,
        changes: ChangesSince,
        destinations: DestinationChoice,
        usage: OwnerUsage,
        *,
        limits: OwnerLimits,
        max_items: int,
        makes_receipts: bool,
    ) -> None:
        self._records = records
        self._content = content
        self._storage = storage
        self._creator = creator
        self._reuse = reuse
        self._themes = themes
        self._theme_records = theme_records
        self._changes = changes
        self._destinations = destinations
        self._usage = usage
        self._limits = limits
        self.max_items = max_items
        self._makes_receipts = makes_receipts

    async def create(
        self, caller: Caller, body: CreateExportRequest, key: str | None, request_id: str
    ) -> CreatedExport:
        """Create an export of these items.

        Args:
            caller: the owner of the items.
            body: the decoded body of the request.
            key: the `Idempotency-Key` header as it was sent.
            request_id: the id of the request, for the audit log.

        Raises:
            ProblemError: the request is refused.
            ContentSourceError: the content cannot be read now.
            BrokenContentError: the content source gave something unusable.
        """
        _refuse(
            _errors_in_ids(body.content_ids, self.max_items)
            + _errors_in_options(body)
            + self._destinations.errors(caller, body.deliver_to or ())
        )
        request = _well_formed("create", "POST /api/export/", caller, body, key, request_id)
        return await self._create(request, partial(self._items_by_id, caller, body))

    async def create_scheduled(
        self,
        caller: Caller,
        body: BulkExportRequest,
        key: str,
        request_id: str,
        *,
        unchanged: Collection[str],
    ) -> CreatedExport:
        """Make the export of a schedule's run; see `create_bulk`.

        Args:
            caller: the schedule's owner.
            body: the bulk export.
            key: stands for the run; one that no header can hold.
            request_id: stands for the schedule in the audit log.
            unchanged: ids of items of which it is known that they are as they were.

        Raises:
            ProblemError: the request is refused.
            ContentSourceError: the content cannot be read now.
            BrokenContentError: the content source gave something unusable.
        """
        self.check_bulk(body)
        _refuse(self._destinations.errors(caller, body.deliver_to or ()))
        hashed = _hash_of("schedule", body)
        request = _Request("schedule", caller, body, request_id, key, hashed)
        return await self._create(
            request, partial(self._items_that_match, caller, body, unchanged=unchanged)
        )

    async def check_theme(self, caller: Caller, body: ExportRequestBody) -> None:
        """Refuse a theme that the caller could not have.

        Raises:
            ProblemError: there is no such theme, or it cannot be used.
        """
        wish = theme_of(body.job_format, body.options)
        if wish is not None:
            await self._themes.choose(caller, wish.name)

    async def create_bulk(
        self, caller: Caller, body: BulkExportRequest, key: str | None, request_id: str
    ) -> CreatedExport:
        """Export the caller's newest items that match; see `create`.

        Raises:
            ProblemError: the request is refused.
            ContentSourceError: the content cannot be read now.
            BrokenContentError: the content source gave something unusable.
        """
        self.check_bulk(body)
        _refuse(self._destinations.errors(caller, body.deliver_to or ()))
        request = _well_formed("bulk", "POST /api/export/bulk", caller, body, key, request_id)
        return await self._create(request, partial(self._items_that_match, caller, body))

    def check_bulk(self, body: BulkExportRequest) -> None:
        """Refuse a body that would be refused whatever content there is.

        Raises:
            ProblemError: something in it is not valid.
        """
        _refuse(
            _errors_in_filters(body, self.max_items)
            + _errors_in_since(body)
            + _errors_in_options(body)
        )
        check_formats(body)

    async def _create(self, request: _Request, find_items: _FindItems) -> CreatedExport:
        # Read before the key is looked up: who finds the limit reached by a twin of this request
        # then finds the twin's job too.
        quota = await self._quota(request.caller)
        replayed = await self._replay(request)
        if replayed is not None:
            return replayed
        self._check_room(quota)
        if request.body.receipt and not self._makes_receipts:
            raise ProblemError(RECEIPTS_OFF)
        chosen = await find_items()
        _check_tells(request.body, chosen)
        await self._usage.check_export(
            request.caller.owner_id,
            chosen.found.heads,
            request.body.job_format,
            request.body.options,
        )
        new = await self._with_theme(request.caller, _new_job(request, chosen))
        may_reuse = request.body.reuse and new.delta is None
        reused = await self._reuse.file_for(new) if may_reuse else None
        origin = Origin(request.caller.owner_id, request.request_id)
        try:
            job = await self._creator.create(new, origin, limits=self._limits, reused=reused)
        except OwnerLimitError:
            await self._reuse.take_back(reused)
            # Others of the same owner were taken since the quota was read.
            raise (await self._quota(request.caller)).limit_exceeded() from None
        except SQLAlchemyError as error:
            if is_of_erased_owner(error):
                await self._reuse.take_back(reused)
            raise
        if job is None:
            await self._reuse.take_back(reused)
            # The same key came twice at the same time, and the other request was first.
            replayed = await self._replay(request)
            assert replayed is not None
            return replayed
        OPERATIONS.labels(request.operation, job.format, "accepted").inc()
        tracing.note(job_id=job.job_id, format=job.format, items=job.items_total)
        logger.info(
            "export accepted",
            job_id=job.job_id,
            owner=job.owner_id,
            format=job.format,
            items=job.items_total,
        )
        return CreatedExport(job, quota.headers(created=1))

    async def _with_theme(self, caller: Caller, new: NewJob) -> NewJob:
        """The job with the theme that its options ask for, which is kept."""
        wish = theme_of(new.format, new.options)
        if wish is None:
            return new
        chosen = await self._themes.choose(caller, wish.name)
        if chosen.stored is None:
            return new
        await self._theme_records.keep(chosen.stored)
        return msgspec.structs.replace(
            new,
            options=with_theme(new.options, chosen.name),
            theme_sha256=chosen.stored.sha256,
        )

    async def _quota(self, caller: Caller) -> Quota:
        now = utc_now()
        return Quota(self._limits, await self._records.usage(caller.owner_id, now - HOUR), now)

    async def _replay(self, request: _Request) -> CreatedExport | None:
        """The job that an earlier request with this key made."""
        key = request.idempotency_key
        if key is None:
            return None
        job = await self._records.by_idempotency_key(request.caller.owner_id, key)
        if job is not None and job.request_hash != request.hash:
            raise ProblemError(IDEMPOTENCY_MISMATCH)
        return CreatedExport(job, {}) if job is not None else None

    def _check_room(self, quota: Quota) -> None:
        free = self._storage.free_bytes()
        if free is not None and free < LEAST_FREE_BYTES:
            raise ProblemError(NO_SPACE)
        if quota.exhausted:
            raise quota.limit_exceeded()

    async def _items_by_id(self, caller: Caller, body: CreateExportRequest) -> _Chosen:
        found = await self._content.heads(caller.owner_id, body.content_ids)
        missing = [item_id for item_id in body.content_ids if item_id not in found]
        if missing:
            raise _content_not_found(body.content_ids, missing)
        heads = [found[item_id] for item_id in body.content_ids]
        return _Chosen(Excerpt(heads, len(heads)))

    async def _items_that_match(
        self, caller: Caller, body: BulkExportRequest, *, unchanged: Collection[str] = ()
    ) -> _Chosen:
        filters = filters_of(body.filters)
        most = body.max_items or self.max_items
        base = await self._base(caller, body)
        if base is not None:
            found, delta = await self._changes.find(
                caller.owner_id,
                filters,
                base,
                most=most,
                skip=body.skip,
                unchanged=unchanged,
            )
            return _Chosen(found, delta=delta)
        found = await self._content.search(
            caller.owner_id, filters, most, skip=body.skip, sort=filters.usual_order
        )
        if not found.heads:
            detail = ""
            if found.matching:
                detail = f"{found.matching} items match; there are none after {body.skip} of them."
            raise ProblemError(NO_CONTENT_MATCHED, detail)
        if body.title is not None or filters.collection_id is None:
            return _Chosen(found)
        told = await self._content.collections(caller.owner_id, size=1, only=filters.collection_id)
        return _Chosen(found, title_of_course(told.items[0].title) if told.items else None)

    async def _base(self, caller: Caller, body: BulkExportRequest) -> Base | None:
        """What a request for what changed compares content with; None of other requests."""
        if body.since_job_id is not None:
            return await self._changes.base(caller.owner_id, body.since_job_id)
        moment = Filters(_date_of(body.since)).first
        return None if moment is None else Base(moment)


def _well_formed(
    operation: str,
    path: str,
    caller: Caller,
    body: ExportRequestBody,
    key: str | None,
    request_id: str,
) -> _Request:
    check_formats(body)
    idempotency_key = parse_idempotency_key(key)
    return _Request(operation, caller, body, request_id, idempotency_key, _hash_of(path, body))


def title_of_course(title: str) -> str | None:
    """The title of a collection as that of a file; None if there is nothing to read in it."""
    line = one_line(plain_title(title))[:TITLE_MAX].strip()
    return line if _ONE_LINE.fullmatch(line) else None


def _check_tells(body: ExportRequestBody, chosen: _Chosen) -> None:
    """Refuse an export of what is gone alone, in formats that cannot say so."""
    if chosen.delta is None or chosen.found.heads:
        return
    names = [body.format] if body.format is not None else body.formats or []
    if not any("study_guide" in formats()[name].parts for name in names):
        gone = len(chosen.delta.changes.gone)
        detail = f"Nothing is new or changed. Gone: {gone}, which this format has no place to say."
        raise ProblemError(NOTHING_CHANGED, detail)


def _new_job(request: _Request, chosen: _Chosen) -> NewJob:
    body, key, found = request.body, request.idempotency_key, chosen.found
    if chosen.title is not None:
        body = msgspec.structs.replace(body, title=chosen.title)
    items = found.heads
    return NewJob(
        job_id=str(uuid4()),
        owner_id=request.caller.owner_id,
        format=body.job_format,
        options=body.options,
        title=_title(body, chosen),
        content_ids=[item.id for item in items],
        created_at=utc_now(),
        idempotency_key=key,
        request_hash=request.hash if key is not None else None,
        matched=found.matching if isinstance(body, BulkExportRequest) else None,
        skipped=body.skip if isinstance(body, BulkExportRequest) else 0,
        delta=chosen.delta,
        deliver_to=body.deliver_to or [],
        titles=kept_titles([item.title for item in items]),
    )


def parse_idempotency_key(header: str | None) -> str | None:
    """The key in an `Idempotency-Key` header, quoted (as the draft standard has it) or bare.

    Raises:
        ProblemError: it is empty, too long or holds what a header may not.
    """
    if header is None:
        return None
    key = header.strip()
    if len(key) >= len('""') and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if not 0 < len(key) <= MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        detail = f"Idempotency-Key must be 1 to {MAX_KEY_LENGTH} printable ASCII characters."
        raise invalid([FieldError(detail, parameter="Idempotency-Key")])
    return key


def _hash_of(request: str, body: ExportRequestBody) -> str:
    members = msgspec.to_builtins(body)
    filters = members.get("filters") or {}
    for name in _LATER_FILTERS:
        # As in requests to services that did not know these.
        if filters.get(name, ...) is None:
            del filters[name]
    if members.get("answers") == "none":
        # `include_answers` says it, as in requests to services that did not know `answers`.
        del members["answers"]
    canonical = msgspec.json.encode(members, order="sorted")
    return hashlib.sha256(request.encode() + b"\n" + canonical).hexdigest()


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise invalid(errors)


def check_formats(body: ExportRequestBody) -> None:
    """Refuse formats that there are not.

    Raises:
        ProblemError: there are none, one is named twice, or one is not installed.
    """
    _refuse(list(_errors_in_choice(body)))
    known = list(formats())
    named = [(body.format, pointer("format"))] if body.format is not None else []
    named += [(name, pointer("formats", place)) for place, name in enumerate(body.formats or ())]
    if unknown := [where for name, where in named if name not in known]:
        detail = f"There are the formats {', '.join(known)}."
        errors = [FieldError(detail, pointer=where) for where in unknown]
        raise ProblemError(INVALID_FORMAT, detail, errors=errors, formats=known)


def _errors_in_choice(body: ExportRequestBody) -> Iterator[FieldError]:
    if body.formats is None:
        if body.format is None:
            yield FieldError("Give a format, or several as formats.", pointer=pointer("format"))
        return
    if body.format is not None:
        yield FieldError("Give either format or formats.", pointer=pointer("formats"))
    if not body.formats:
        yield FieldError("Name at least one format.", pointer=pointer("formats"))
    for position, name in enumerate(body.formats):
        if name in body.formats[:position]:
            where = pointer("formats", position)
            yield FieldError("This format is named twice.", pointer=where)


def _errors_in_ids(ids: Sequence[str], max_items: int) -> list[FieldError]:
    if not 1 <= len(ids) <= max_items:
        detail = f"Give 1 to {max_items} content ids, not {len(ids)}."
        return [FieldError(detail, pointer=pointer("content_ids"))]
    errors = []
    seen: set[str] = set()
    for position, item_id in enumerate(ids):
        where = pointer("content_ids", position)
        if not is_usable_id(item_id):
            detail = f"{ID_RULE[0].upper()}{ID_RULE[1:]}."
            errors.append(FieldError(detail, pointer=where))
        elif item_id in seen:
            errors.append(FieldError("This content id is given twice.", pointer=where))
        seen.add(item_id)
    return errors


def _errors_in_filters(body: BulkExportRequest, max_items: int) -> list[FieldError]:
    errors = []
    if body.max_items is not None and not 1 <= body.max_items <= max_items:
        detail = f"max_items is 1 to {max_items}."
        errors.append(FieldError(detail, pointer=pointer("max_items")))
    if not 0 <= body.skip <= MOST_SKIPPED:
        errors.append(FieldError(f"skip is 0 to {MOST_SKIPPED}.", pointer=pointer("skip")))
    return errors + errors_in(body.filters)


def _errors_in_since(body: BulkExportRequest) -> list[FieldError]:
    if body.since is None:
        return []
    where = pointer("since")
    if body.since_job_id is not None:
        return [FieldError("Give either since_job_id or since.", pointer=where)]
    try:
        _date_of(body.since)
    except ValueError:
        return [FieldError(WRONG_DATE, pointer=where)]
    return []


def _date_of(text: str | None) -> date | datetime | None:
    return None if text is None else day_or_moment(text)


def _errors_in_options(body: ExportRequestBody) -> list[FieldError]:
    errors = []
    parts = body.parts or ()
    for position, name in enumerate(parts):
        if name in parts[:position]:
            where = pointer("parts", position)
            errors.append(FieldError("This part is named twice.", pointer=where))
    if body.title is not None and not _ONE_LINE.fullmatch(body.title):
        detail = "A title is one line of text, without control characters."
        errors.append(FieldError(detail, pointer=pointer("title")))
    return errors


def _title(body: ExportRequestBody, chosen: _Chosen) -> str:
    if body.title is not None:
        return body.title
    heads = chosen.found.heads
    language = known_language(getattr(body.options, "language", None) or "") or spoken()
    if chosen.delta is not None:
        # Of how many items is not known yet: pictures may tell that some did not change.
        return in_language(partial(title_of_changes, chosen.delta.changes.since), language)
    return in_language(partial(usual_title, heads), language)


def usual_title(heads: Sequence[ItemHead]) -> str:
    """The title of an export of these items that is given none, in the language that is spoken."""
    if len(heads) == 1:
        return heads[0].title
    return title_of_items(kept_titles([head.title for head in heads]))


def _content_not_found(ids: Sequence[str], missing: Sequence[str]) -> ProblemError:
    return ProblemError(
        CONTENT_NOT_FOUND,
        f"{len(missing)} of {len(ids)} content ids were not found among your content.",
        errors=[
            FieldError("This content was not found.", pointer=pointer("content_ids", position))
            for position, item_id in enumerate(ids)
            if item_id in set(missing)
        ],
        content_ids=missing,
    )
