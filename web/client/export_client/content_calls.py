"""Calls about one's content: what there is to export."""

from datetime import date

from export_client.calls import Call, asked
from export_client.content_model import CollectionPage, ContentPage


def content(
    page: int = 1,
    page_size: int = 20,
    *,
    text: str | None = None,
    subject: list[str] | None = None,
    language: list[str] | None = None,
    tag: list[str] | None = None,
    facet: list[str] | None = None,
    part: list[str] | None = None,
    collection: str | None = None,
    date_from: date | None = None,
    date_to: date | None = None,
    sort: str | None = None,
    facets: str | None = None,
) -> Call[ContentPage]:
    """Read one page of one's content.

    Of several values of one condition items have one; `text` are words of the title, `facet` is
    `name:value`, `sort` is `created_at`, `title`, `updated_at` or `position`, with `-` before it
    the other way round.
    """
    query = asked(page=page, page_size=page_size, text=text, subject=subject, language=language)
    query |= asked(tag=tag, facet=facet, part=part, collection=collection, sort=sort)
    query |= asked(date_from=date_from, date_to=date_to, facets=facets)
    return Call("GET", "/api/export/content", ContentPage, query=query)


def collections(page: int = 1, page_size: int = 20) -> Call[CollectionPage]:
    """Read one page of one's collections, such as courses."""
    query = asked(page=page, page_size=page_size)
    return Call("GET", "/api/export/collections", CollectionPage, query=query)
