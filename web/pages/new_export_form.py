"""The form for a new export, filled in, with what to expect of it."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from litestar.response import Template

from activities.content.source import ContentSource, ItemHead
from activities.jobs.records import JobRecords
from activities.model.catalog import formats
from activities.model.formats import Format
from activities.model.options import RenderOptions
from activities.model.plain_titles import plain_title
from activities.model.presets import PRESETS
from activities.model.problems import problem_type
from activities.people.amounts import duration, size
from activities.people.preferences import Preferences
from web.auth.guards import ApiRequest
from web.auth.tokens import Caller
from web.http.problems import FieldError, ProblemDocument, ProblemError, explain, invalid
from web.pages.choices import USUAL, USUAL_FORMAT, ChoiceReader, Choices
from web.pages.fields import Fields
from web.pages.jobs_shown import format_name
from web.pages.kept_form import as_fields, options_in
from web.pages.option_controls import (
    Control,
    as_sent,
    choices_of,
    controls_with,
    has_seldom_changes,
    pressed_preset,
    value_of,
    wrong_options,
)
from web.pages.own_order import marks
from web.pages.page import page
from web.pages.preview import Preview, preview
from web.pages.repeats import REPEATS
from web.pages.wording import traits
from web.pages.words import _, ngettext
from web.services.create_export import ExportCreator, usual_title
from web.services.destination_choice import DestinationChoice
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.measure import Measure, measure_content
from web.services.page_previews import OfferedPages, PagePreviews
from web.services.theme_choice import ThemeChoice

_FIRST_FORMATS = (USUAL_FORMAT, "docx", "xlsx", "html", "epub", "anki")


class NewExportForm:
    """Shows the form from which exports start."""

    def __init__(
        self,
        reader: ChoiceReader,
        content: ContentSource,
        themes: ThemeChoice,
        destinations: DestinationChoice,
        page_previews: PagePreviews,
        *,
        max_items: int,
    ) -> None:
        self.reader = reader
        self._content = content
        self._themes = themes
        self._destinations = destinations
        self._page_previews = page_previews
        self._max_items = max_items

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
            usual_title=plain_title(usual_title(heads)) if heads else "",
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
            destinations=self._destinations.offered(request.user),
            deliver_to=choices.deliver_to,
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
    destination_choice: Service[DestinationChoice],
    preferences: Service[Preferences],
    page_previews: Service[PagePreviews],
) -> NewExportForm:
    """The form, for handlers that name it `form`."""
    most = export_creator.max_items
    reader = ChoiceReader(
        job_access, records, content, preferences, destination_choice, max_items=most
    )
    return NewExportForm(
        reader, content, theme_choice, destination_choice, page_previews, max_items=most
    )


def _content_query(choices: Choices, item_ids: list[str]) -> str:
    """What leads back to choosing content, with all that is chosen so far."""
    kept = (
        options_in(choices.filled_in)
        if choices.filled_in
        else as_fields(
            choices.formats,
            choices.options,
            together=choices.together,
            deliver_to=choices.deliver_to,
        )
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
