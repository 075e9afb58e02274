"""Opens the content source that the service was given."""

from activities.common.database import Database
from activities.content.source import ContentSource, PictureSource
from activities.content.sql import SqlContent


def open_content(url: str, token: str, database: Database, *, seconds: float) -> ContentSource:
    """The content source: a platform over HTTP, else the table beside the job records.

    Args:
        url: base URL of the HTTP source; empty: there is none.
        token: the bearer token that it expects; empty: none.
        database: where the table is.
        seconds: the longest that the HTTP source may be silent.
    """
    if url:
        # Its client takes a tenth of a process's start, for which no other process need wait.
        from activities.content.http import HttpContent

        return HttpContent(url, token, seconds)
    return SqlContent(database)


def open_pictures(content: ContentSource, origins: str) -> PictureSource:
    """The source of the pictures that content refers to.

    Args:
        content: the content source, which is asked for all that no listed origin has.
        origins: the list of an operator, as `allowed_origins` reads it.

    Raises:
        ValueError: an entry of the list is none; its text is the argument.
    """
    # As above.
    from activities.common.allowed_origins import allowed_origins
    from activities.content.pictures import Pictures

    return Pictures(content, allowed_origins(origins))
