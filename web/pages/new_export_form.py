"""The form for a new export: its fields, and the choices that they hold."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import msgspec
from litestar.response import Template

from activities.content.source import ContentSource, Filters, ItemHead
from activities.jobs.records import JobRecords
from activities.model.catalog import every_option, formats
from activities.model.declarations import BUNDLE
from activities.model.formats import Format
from activities.model.job_formats import members_of
from activities.model.options import RenderOptions, converted
from activities.model.presets import PRESETS
from activities.model.problems import problem_type
from activities.people.amounts import duration, size
from activities.people.preferences import Preferences
from web.auth.guards import ApiRequest
from web.auth.tokens import Caller
from web.http.problems import FieldError, ProblemDocument, ProblemError, explain, invalid
from web.pages.browse import find, read_filter
from web.pages.fields import Fields
from web.pages.jobs_shown import format_name
from web.pages.kept_form import as_fields, browsing_in, options_in
from web.pages.last_choices import LastChoices, last_choices, remember_choices
from web.pages.option_controls import (
    PRESET,
    SENT,
    Control,
    as_sent,
    choices_of,
    controls_with,
    has_seldom_changes,
    pressed_preset,
    read_options,
    usable_options,
    value_of,
    with_moved_part,
    wrong_options,
)
from web.pages.own_order import arranged, in_order, marks, moved
from web.pages.page import page
from web.pages.preview import Preview, preview
from web.pages.repeats import REPEATS, Repeat, read_repeat
from web.pages.wording import traits
from web.pages.words import _, ngettext
from web.services.create_export import ExportCreator, title_of_course
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.measure import Measure, measure_content
from web.services.page_previews import OfferedPages, PagePreviews
from web.services.theme_choice import ThemeChoice

_COURSE_MOST = 1_000
"""Items of a course among which those of an export are looked for."""
_USUAL_FORMAT = "pdf"
USUAL = "usual"
"""The field that asks for the usual options in the place of the last ones."""
_FIRST_FORMATS = (_USUAL_FORMAT, "docx", "xlsx", "html", "epub", "anki")


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
    repeat: Repeat = Repeat()
    """When the export is repeated, if it is to be."""
    browsing: list[tuple[str, str]] = []
    """The fields by which content was looked through."""
    as_last_time: bool = False
    """Whether formats and options are those of the last export."""
    filled_in: Fields | None = None
    """The form as it came, if there is something wrong in it."""


class NewExportForm:
    """Reads and shows the form from which exports start."""

    def __init__(
        self,
        job_access: JobAccess,
        records: JobRecords,
        content: ContentSource,
        themes: ThemeChoice,
        preferences: Preferences,
        page_previews: PagePreviews,
        *,
        max_items: int,
    ) -> None:
        self._job_access = job_access
        self._records = records
        self._content = content
        self._themes = themes
        self._preferences = preferences
        self._page_previews = page_previews
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
            return Choices(item_ids, formats=chosen, options=options, together=job.format == BUNDLE)
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
            chosen = [_USUAL_FORMAT] if _USUAL_FORMAT in formats() else []
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
            read_repeat(fields),
            browsing_in(fields),
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
            browsing=browsing_in(fields),
            filled_in=fields,
        )

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

    async def page(
        self, request: ApiRequest, choices: Choices, error: ProblemError | None = None
    ) -> Template:
        """The page with the form, filled in, and with what to expect; and with what is wrong."""
        found = await self._content.heads(request.user.owner_id, choices.item_ids)
        heads = [found[item_id] for item_id in choices.item_ids if item_id in found]
        if not heads and error is None:
            error = invalid([FieldError("Choose at least one item.")])
        trouble: ProblemDocument | None = explain(request, error)[0] if error else None
        previews = await self._previews(request.user, choices, heads)
        wrong = wrong_options(choices.filled_in) if choices.filled_in else frozenset()
        return page(
            request,
            "new_export.html",
            status_code=trouble.status if trouble else 200,
            here="content",
            trouble=trouble,
            advice=_(problem_type(trouble.code).advice) if trouble else "",
            heads=heads,
            missing=len(choices.item_ids) - len(heads),
            dropped=choices.dropped,
            max_items=self._max_items,
            content_query=_content_query(choices, [head.id for head in heads]),
            usual_query=urlencode(
                [
                    *(("item", head.id) for head in heads),
                    ("collection", choices.collection),
                    *choices.browsing,
                    (USUAL, "1"),
                ]
            ),
            browsing=choices.browsing,
            wrong=wrong,
            collection=choices.collection,
            now_at=choices.now_at,
            part_moved=choices.part_moved,
            nonce=uuid4().hex,
            formats=sorted(formats().values(), key=_place),
            presets=PRESETS,
            pressed=pressed_preset(choices.options),
            chosen_formats=choices.formats,
            together=choices.together,
            as_last_time=choices.as_last_time,
            options=choices.options,
            controls=controls_with(await self._themes.names(request.user)),
            seldom_open=has_seldom_changes(choices.options) or bool(wrong),
            value_of=_shown(choices.filled_in),
            choices_of=choices_of,
            traits=traits,
            format_names=_format_names,
            previews=previews,
            first_pages=await self._first_pages(request.user, choices, heads),
            pages=next((each.pages for each in previews if each.pages), 0),
            summary=_summary(previews),
            repeats=REPEATS,
            repeat=choices.repeat,
        )

    async def _first_pages(
        self, caller: Caller, choices: Choices, heads: Sequence[ItemHead]
    ) -> OfferedPages | None:
        if not heads or choices.filled_in:
            return None
        return await self._page_previews.offer(caller, heads, choices.formats, choices.options)

    async def _previews(
        self, caller: Caller, choices: Choices, heads: Sequence[ItemHead]
    ) -> list[Preview]:
        if not heads or not choices.formats:
            return []
        ids = [head.id for head in heads]
        measured: dict[RenderOptions, Measure] = {}
        previews = []
        for entry in (formats()[name] for name in choices.formats if name in formats()):
            options = entry.narrowed(choices.options)
            if options not in measured:
                measured[options] = await measure_content(
                    self._content, caller.owner_id, ids, options
                )
            previews.append(preview(entry, measured[options]))
        return previews


def new_export_form(
    job_access: Service[JobAccess],
    records: Service[JobRecords],
    content: Service[ContentSource],
    export_creator: Service[ExportCreator],
    theme_choice: Service[ThemeChoice],
    preferences: Service[Preferences],
    page_previews: Service[PagePreviews],
) -> NewExportForm:
    """The form, for handlers that name it `form`."""
    return NewExportForm(
        job_access,
        records,
        content,
        theme_choice,
        preferences,
        page_previews,
        max_items=export_creator.max_items,
    )


def known_formats(fields: Fields) -> list[str]:
    """The formats that are chosen; names that are no format's are left out."""
    return [name for name in formats() if name in fields.every("format")]


def _content_query(choices: Choices, item_ids: list[str]) -> str:
    """What leads back to choosing content, with all that is chosen so far."""
    kept = (
        options_in(choices.filled_in)
        if choices.filled_in
        else as_fields(choices.formats, choices.options, together=choices.together)
    )
    own = [("item", item_id) for item_id in item_ids]
    own += [("order", marks(item_ids)), ("collection", choices.collection)]
    return urlencode([*(pair for pair in own if pair[1]), *choices.browsing, *kept])


def _shown(filled_in: Fields | None) -> Callable[[RenderOptions, Control], Any]:
    """What gives a control's value: the options, unless the form that came was wrong."""
    if filled_in is None:
        return value_of
    return lambda _options, control: as_sent(filled_in, control)


def _place(entry: Format) -> int:
    """What most people want comes first."""
    return _FIRST_FORMATS.index(entry.id) if entry.id in _FIRST_FORMATS else len(_FIRST_FORMATS)


def _format_names(ids: Sequence[str]) -> str:
    return ", ".join(map(format_name, ids))


def _summary(previews: Sequence[Preview]) -> str:
    if not previews:
        return _("No format is chosen yet.")
    told = [ngettext("%(num)s file", "%(num)s files", len(previews)) % {"num": len(previews)}]
    known = [expected.bytes for expected in previews if expected.bytes is not None]
    if len(known) == len(previews):
        told.append(_("about %(size)s") % {"size": size(sum(known))})
    told.append(duration(sum(expected.seconds for expected in previews)))
    return " · ".join(told)
