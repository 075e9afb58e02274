"""Warnings about what a file lost, and the report that a renderer gives them to."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from activities.model.content import PART_TITLES
from activities.model.content_links import ContentLinks
from activities.model.media import Media
from activities.model.quality import MinQuality, PoorItem
from activities.model.themes import Theme
from workflows.contracts import Produced

PLACES_MAX: Final = 3
"""The places that a warning names; the others are in its count alone."""
PLACE_TEXT_MAX: Final = 80
"""Characters of a title or heading; of a longer one the beginning is shown."""
WARNINGS_MAX: Final = 100
"""The warnings of a job, but for those that name an item each."""
WARNINGS_BYTES_MAX: Final = 32 * 1024
"""Their size as JSON. A list of jobs holds the warnings of all of them."""


class Place(msgspec.Struct, frozen=True):
    """Where something was left out or changed."""

    item_id: str
    title: str = ""
    """The title of the item, as plain text; the beginning of a long one."""
    part: str = ""
    """`outline`, `study_guide`, `faqs`, ...; empty for the item's title, or the item as a whole."""
    heading: str = ""
    """The heading above the place, as plain text, or the part and number of a card or question;
    empty before the part's first heading."""


class ExportWarning(msgspec.Struct, frozen=True):
    """Something that was left out or changed, how often, and where."""

    code: str
    """For programs: `control-characters-removed`, `image-unreadable`, `script-missing`, ..."""
    detail: str
    """For people. Until a report gives its warnings away, `{}` in it stands for the count."""
    item_id: str = ""
    part: str = ""
    """The part of the item, if it is the same in all places."""
    count: int = 1
    places: tuple[Place, ...] = ()
    """The first places."""


class NotedWarnings(NamedTuple):
    """The warnings of one chunk of a job, in one of its phases."""

    phase: str
    chunk: int
    warnings: list[ExportWarning]
    poor_items: Sequence[PoorItem] = ()
    """Of the items that these name, those below the quality asked for, which were left out or
    marked; none in rows of older processes."""


_ITEM_SKIPPED = "item-skipped"
_QUALITY_EXCLUDED = "quality-excluded"
_QUALITY_FLAGGED = "quality-flagged"
_QUALITY_REFUSED = "quality-refused"
_LEFT_OUT = frozenset({_ITEM_SKIPPED, _QUALITY_EXCLUDED})
_EACH_NAMED = _LEFT_OUT | {_QUALITY_FLAGGED, _QUALITY_REFUSED}
"""The codes of warnings that name an item each, of which none is left out of a list."""
RECEIPT_MISSING: Final = "receipt-missing"
FURTHER_WARNINGS: Final = "further-warnings"
"""The code of the one that counts what is not listed."""
FURTHER_WARNINGS_DETAIL: Final = "Not listed, because there are too many for a list: {}."


def skipped(item_id: str, detail: str) -> ExportWarning:
    """The warning that an item is not in the file."""
    return ExportWarning(_ITEM_SKIPPED, detail, item_id)


def quality_excluded(item: PoorItem) -> ExportWarning:
    """The warning that an item is not in the file as it is below the quality asked for."""
    detail = f"The item was left out for its quality: {item.shortfall}."
    return _of_poor_item(_QUALITY_EXCLUDED, item, detail)


def quality_flagged(item: PoorItem) -> ExportWarning:
    """The warning that an item is marked as below the quality asked for."""
    return _below_quality(_QUALITY_FLAGGED, item)


def quality_refused(item: PoorItem) -> ExportWarning:
    """The warning that there is no file as an item is below the quality asked for."""
    return _below_quality(_QUALITY_REFUSED, item)


def _below_quality(code: str, item: PoorItem) -> ExportWarning:
    detail = f"The item is below the quality that was asked for: {item.shortfall}."
    return _of_poor_item(code, item, detail)


def _of_poor_item(code: str, item: PoorItem, detail: str) -> ExportWarning:
    return ExportWarning(code, detail, item.id, places=(Place(item.id, item.title),))


def is_refusal(warning: ExportWarning) -> bool:
    """Whether a warning is of `quality_refused`."""
    return warning.code == _QUALITY_REFUSED


def is_exclusion(warning: ExportWarning) -> bool:
    """Whether a warning is of `quality_excluded`."""
    return warning.code == _QUALITY_EXCLUDED


def poor_items(noted: NotedWarnings, gate: MinQuality) -> Sequence[PoorItem]:
    """The items of a chunk below the quality asked for, which were left out or marked."""
    return noted.poor_items or [
        # An older process noted no values, while a deployment goes on.
        PoorItem(each.item_id, "".join(place.title for place in each.places), gate.missed)
        for each in noted.warnings
        if each.code in {_QUALITY_EXCLUDED, _QUALITY_FLAGGED}
    ]


def no_receipt() -> ExportWarning:
    """The warning that there is no receipt, although one was asked for."""
    return ExportWarning(
        RECEIPT_MISSING,
        "There is no receipt: nothing can be signed here, or content changed meanwhile.",
    )


def more_matched(matched: int, left_out: int, end: int) -> ExportWarning:
    """The warning that filters match more items than the export was to have.

    Args:
        matched: the number of items that match.
        left_out: of those the number that come after the ones in the file.
        end: the number of those before them, those in the file included.
    """
    return ExportWarning(
        "more-matched",
        f"{matched} items match, of which the last {left_out} were left out; another export with "
        f"skip: {end} begins there.",
        count=left_out,
    )


def surrogates_replaced(item_id: str, count: int, places: tuple[Place, ...] = ()) -> ExportWarning:
    """The warning that U+FFFD stands for halves of surrogate pairs, which UTF-8 does not have."""
    detail = f"Halves of characters replaced by U+FFFD: {count}."
    return ExportWarning("lone-surrogates-replaced", detail, item_id, count=count, places=places)


def part_left_out(part: str, item_id: str, title: str) -> ExportWarning:
    """The warning that a format has no place for a part of an item."""
    return ExportWarning(
        "parts-left-out",
        f"Parts that the format has no place for, {PART_TITLES[part]}: {{}}.",
        part=part,
        places=(Place(item_id, place_text(title), part),),
    )


def skip_details(warnings: Iterable[ExportWarning]) -> dict[str, str]:
    """By the ids of items that are not in the file why they are not."""
    return {each.item_id: each.detail for each in warnings if each.code == _ITEM_SKIPPED}


def skipped_ids(warnings: Iterable[ExportWarning]) -> set[str]:
    """The ids of the items that are not in the file."""
    return {warning.item_id for warning in warnings if warning.code in _LEFT_OUT}


def place_text(text: str) -> str:
    """A title or heading on one line, of which no more is kept than tells it from others."""
    # Enough for any text whose first characters are blanks, and not all of a very long one.
    text = " ".join(text[: PLACE_TEXT_MAX * 4].split())
    return text if len(text) <= PLACE_TEXT_MAX else f"{text[: PLACE_TEXT_MAX - 1].rstrip()}…"


class WarningList:
    """The warnings of a render in the order in which they came, alike ones as one.

    Iterating gives them for people and programs, with their counts in place.
    """

    def __init__(self) -> None:
        self._alike: dict[tuple[str, str, str], ExportWarning] = {}
        self._room = WARNINGS_MAX
        self._not_listed = 0

    def add(self, warning: ExportWarning) -> None:
        """Add a warning, or its count and places to those of one like it."""
        if warning.code == FURTHER_WARNINGS:
            self._not_listed += warning.count
            return
        key = (warning.code, warning.detail, warning.item_id)
        known = self._alike.get(key)
        if known is None:
            if warning.code not in _EACH_NAMED:
                if not self._room:
                    self._not_listed += warning.count
                    return
                self._room -= 1
            self._alike[key] = warning
            return
        new = [place for place in warning.places if place not in known.places]
        self._alike[key] = msgspec.structs.replace(
            known,
            part=known.part if known.part == warning.part else "",
            count=known.count + warning.count,
            places=(*known.places, *new)[:PLACES_MAX],
        )

    def __iter__(self) -> Iterator[ExportWarning]:
        """Each kind of warning once, and last how many are not listed."""
        yield from map(_counted, self._alike.values())
        if self._not_listed:
            yield _not_listed(self._not_listed)


def bounded(warnings: Iterable[ExportWarning]) -> list[ExportWarning]:
    """As many warnings as a job keeps: the first ones, and last how many are not listed.

    What was bounded before, such as the warnings of each chunk, gives the same as all at once.
    """
    kept: list[ExportWarning] = []
    room, number, not_listed = WARNINGS_BYTES_MAX, WARNINGS_MAX, 0
    for warning in warnings:
        if warning.code == FURTHER_WARNINGS:
            not_listed += warning.count
            continue
        if warning.code not in _EACH_NAMED:
            size = len(msgspec.json.encode(warning))
            if not number or size > room:
                # No smaller one that comes later takes its place.
                number = 0
                not_listed += warning.count
                continue
            room -= size
            number -= 1
        kept.append(warning)
    return [*kept, _not_listed(not_listed)] if not_listed else kept


def _counted(warning: ExportWarning) -> ExportWarning:
    detail = warning.detail.replace("{}", str(warning.count))
    return msgspec.structs.replace(warning, detail=detail)


def _not_listed(count: int) -> ExportWarning:
    return _counted(ExportWarning(FURTHER_WARNINGS, FURTHER_WARNINGS_DETAIL, count=count))


class Report(Protocol):
    """Takes a renderer's progress and warnings, tells it to stop, and has the pictures that content
    refers to.
    """

    @property
    def media(self) -> Media | None:
        """Those pictures; None for a format that shows none. `build` asks for them."""

    @property
    def links(self) -> ContentLinks:
        """Where the content's own links lead."""

    @property
    def id_namespace(self) -> str:
        """What tells ids in files of this service from another's
        (`activities.formats.shared.stable_keys`).
        """

    @property
    def theme(self) -> Theme:
        """What changes of the design; formats with a look make their `Design` of it."""

    def check_cancelled(self) -> None:
        """Call it at least ten times a second of work. It raises when the work must stop;
        let that pass through.
        """

    def item_done(self) -> None:
        """Call it after each item: progress is counted in items."""

    def count(self, produced: Produced) -> None:
        """Count what content became; `build` and `Package` do. It raises when that is more than an
        export may hold; let that pass through.
        """

    def warn(self, warning: ExportWarning) -> None:
        """Note what was left out or changed. Warnings of the same code, detail and item become
        one: their counts are added, and `{}` in the detail becomes the sum.
        """
