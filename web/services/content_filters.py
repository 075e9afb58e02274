"""What narrows content down: read from queries, from bodies and from the fields of a form."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from activities.content.source import Filters
from activities.model.content import PART_NAMES, is_usable_id
from activities.model.facets import LANGUAGE, value_key
from activities.model.times import day_or_moment
from web.http.json_body import pointer
from web.http.problems import FieldError
from web.schemas.requests import BulkFilters

WRONG_DATE = (
    "Give a day as YYYY-MM-DD, such as 2024-03-01, or a moment with its zone, such as "
    "2024-03-01T09:30:00+01:00."
)
NAMED_FACETS = {"subject": "subject", "language": LANGUAGE, "tag": "tags"}
"""The facets that have a parameter of their own, by its name."""
BULK_FACETS = {"subjects": "subject", "languages": LANGUAGE, "tags": "tags"}
"""The facets of bulk exports, by the names of their filters."""


Facets = tuple[tuple[str, tuple[str, ...]], ...]
"""See `Filters.facets`."""


def together(facets: Iterable[tuple[str, Sequence[str]]]) -> Facets:
    """Conditions on facets, each name once, with its values in the order in which they came."""
    found: dict[str, list[str]] = {}
    for name, values in facets:
        if values:
            found.setdefault(name, []).extend(values)
    return tuple((name, tuple(dict.fromkeys(values))) for name, values in found.items())


def filters_of(given: BulkFilters | None) -> Filters:
    """The conditions of a bulk export that is well formed."""
    if given is None:
        return Filters()
    return Filters(
        _date_of(given.date_from),
        _date_of(given.date_to),
        tuple(given.content_types or ()),
        facets=together((facet, getattr(given, name) or ()) for name, facet in BULK_FACETS.items()),
        collection_id=given.collection_id,
    )


def errors_in(
    given: BulkFilters | None, *, below: Sequence[str] = ("filters",)
) -> list[FieldError]:
    """What is wrong with conditions that stand at this place of a body."""
    if given is None:
        return []
    errors = []
    dates = Filters()
    for name in ("date_from", "date_to"):
        try:
            value = _date_of(getattr(given, name))
            dates = msgspec.structs.replace(dates, **{name: value})
        except ValueError:
            errors.append(FieldError(WRONG_DATE, pointer=pointer(*below, name)))
    if dates.first is not None and dates.last is not None and dates.first > dates.last:
        where = pointer(*below, "date_to")
        errors.append(FieldError("date_to is before date_from.", pointer=where))
    for name in BULK_FACETS:
        for position, value in enumerate(getattr(given, name) or ()):
            if not value_key(value):
                where = pointer(*below, name, position)
                errors.append(FieldError("Give a text that is not blank.", pointer=where))
    if given.collection_id is not None and not is_usable_id(given.collection_id):
        where = pointer(*below, "collection_id")
        errors.append(FieldError("No collection can have this id.", pointer=where))
    return errors


def _date_of(text: str | None) -> date | datetime | None:
    return None if text is None else day_or_moment(text)


def part_names(given: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that are parts, in the order of parts."""
    names = set(given)
    return tuple(name for name in PART_NAMES if name in names)
