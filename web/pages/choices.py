"""What is chosen for a new export, as the fields of its form say it."""

from collections.abc import Sequence

import msgspec

from activities.content.source import ContentSource, Filters
from activities.jobs.records import JobRecords
from activities.model.catalog import every_option, formats
from activities.model.declarations import BUNDLE
from activities.model.job_formats import members_of
from activities.model.options import RenderOptions, converted
from activities.people.preferences import Preferences
from web.auth.tokens import Caller
from web.pages.browse import find, read_filter
from web.pages.fields import Fields
from web.pages.kept_form import DELIVER_TO, browsing_in
from web.pages.last_choices import LastChoices, last_choices, remember_choices
from web.pages.option_controls import (
    PRESET,
    SENT,
    read_options,
    usable_options,
    with_moved_part,
)
from web.pages.own_order import arranged, in_order, moved
from web.pages.repeats import Repeat, read_repeat
from web.services.create_export import title_of_course
from web.services.destination_choice import DestinationChoice
from web.services.job_access import JobAccess

USUAL_FORMAT = "pdf"
"""What is chosen where nobody has chosen yet."""
USUAL = "usual"
"""The field that asks for the usual options in the place of the last ones."""
_COURSE_MOST = 1_000
"""Items of a course among which those of an export are looked for."""


class Choices(msgspec.Struct, frozen=True):
    """The items and the options of a new export."""

    item_ids: list[str]
    dropped: int = 0
    """The number of items that matched but are more than one export takes."""
    formats: list[str] = []
    options: RenderOptions = msgspec.field(default_factory=lambda: every_option()())
    """Those of every format."""
    together: bool = False
    """Whether the files of several formats come as one zip."""
    collection: str = ""
    """The course that was looked through, in whose order and under whose title the items come."""
    now_at: int | None = None
    """The place, from 0, of an item that was just moved."""
    part_moved: str = ""
    """The name of a part that was just moved."""
    deliver_to: list[str] = []
    """The names of the destinations that the files are delivered to."""
    repeat: Repeat = Repeat()
    """When the export is repeated, if it is to be."""
    browsing: list[tuple[str, str]] = []
    """The fields by which content was looked through."""
    as_last_time: bool = False
    """Whether formats and options are those of the last export."""
    filled_in: Fields | None = None
    """The form as it came, if there is something wrong in it."""


class ChoiceReader:
    """Reads what is chosen from the fields of the form, or of what leads to it."""

    def __init__(
        self,
        job_access: JobAccess,
        records: JobRecords,
        content: ContentSource,
        preferences: Preferences,
        destinations: DestinationChoice,
        *,
        max_items: int,
    ) -> None:
        self._job_access = job_access
        self._records = records
        self._content = content
        self._preferences = preferences
        self._destinations = destinations
        self._max_items = max_items

    async def choices(self, caller: Caller, fields: Fields) -> Choices:
        """The choices in the fields: an earlier export again, all that matches, or chosen items.

        Raises:
            ProblemError: there is no such export, or a field is wrong.
        """
        if fields.one("again"):
            job = await self._job_access.of_caller(caller, fields.one("again"))
            item_ids = await self._records.content_ids(job.job_id, caller.owner_id)
            options = converted(job.options, every_option())
            chosen = list(members_of(job.format, job.options))
            return Choices(
                item_ids,
                formats=chosen,
                options=options,
                together=job.format == BUNDLE,
                deliver_to=self._admitted(caller, job.deliver_to),
            )
        item_ids = in_order(fields.every("item"), fields.one("order"))
        matching = len(item_ids)
        collection = read_filter(fields).collection
        if fields.one("all"):
            wanted = read_filter(fields)
            listing = await find(
                self._content, caller.owner_id, wanted, skip=0, size=self._max_items
            )
            item_ids, matching = [head.id for head in listing.heads], listing.matching
        chosen = known_formats(fields)
        last = await self._last_choices(caller, fields)
        if not chosen and last:
            chosen = last.formats
        if not chosen and not fields.one(SENT):
            chosen = [USUAL_FORMAT] if USUAL_FORMAT in formats() else []
        taken, now_at = moved(item_ids[: self._max_items], fields.one("move"))
        if fields.one("arrange"):
            found = await self._content.heads(caller.owner_id, taken)
            heads = [found[item_id] for item_id in taken if item_id in found]
            taken = [head.id for head in arranged(heads, fields.one("arrange"))]
        options = last.options if last else read_options(fields)
        if collection and not fields.one(SENT):
            title = await self._course_title(caller.owner_id, collection, taken)
            options = msgspec.structs.replace(options, title=title)
        return Choices(
            taken,
            matching - len(taken),
            chosen,
            with_moved_part(options, fields.one("move_part")),
            last.together if last else bool(fields.one("together")),
            collection,
            now_at,
            fields.one("move_part").partition("-")[2],
            deliver_to=self._admitted(caller, fields.every(DELIVER_TO)),
            repeat=read_repeat(fields),
            browsing=browsing_in(fields),
            as_last_time=last is not None,
        )

    async def _last_choices(self, caller: Caller, fields: Fields) -> LastChoices | None:
        """Those of the last export, where the form has none and no others are asked for."""
        if fields.one(SENT) or fields.one(PRESET) or fields.one(USUAL):
            return None
        return await last_choices(self._preferences, caller.owner_id)

    async def remember(self, caller: Caller, choices: Choices) -> None:
        """Offer these formats and options again the next time."""
        kept = LastChoices(choices.formats, choices.options, choices.together)
        await remember_choices(self._preferences, caller.owner_id, kept)

    def as_filled_in(self, fields: Fields) -> Choices:
        """The choices in the fields as far as they can be made, and the fields as they are."""
        return Choices(
            in_order(fields.every("item"), fields.one("order"))[: self._max_items],
            formats=known_formats(fields),
            options=usable_options(fields),
            together=bool(fields.one("together")),
            collection=read_filter(fields).collection,
            deliver_to=fields.every(DELIVER_TO),
            browsing=browsing_in(fields),
            filled_in=fields,
        )

    def _admitted(self, caller: Caller, names: Sequence[str]) -> list[str]:
        """Those of the destinations that the caller may still choose."""
        known = self._destinations.names(caller)
        return [name for name in names if name in known]

    async def _course_title(
        self, owner_id: str, collection: str, item_ids: Sequence[str]
    ) -> str | None:
        """The title of the course; None if some of the items are not in it."""
        told = await self._content.collections(owner_id, size=1, only=collection)
        filters = Filters(collection_id=collection)
        inside = await self._content.search(
            owner_id, filters, _COURSE_MOST, sort=filters.usual_order
        )
        if not told.items or not {*item_ids} <= {head.id for head in inside.heads}:
            return None
        return title_of_course(told.items[0].title)


def known_formats(fields: Fields) -> list[str]:
    """The formats that are chosen; names that are no format's are left out."""
    return [name for name in formats() if name in fields.every("format")]
