"""Which content source the settings name."""

from activities.content.source import ContentSource
from activities.content.sql import SqlContent
from activities.database import Database
from activities.settings import Settings


def open_content(settings: Settings, database: Database) -> ContentSource:
    """The HTTP source when there is a URL for one, else the table beside the job records."""
    if settings.content_url:
        # Its client takes a tenth of a process's start, which nobody else need wait for.
        from activities.content.http import HttpContent

        return HttpContent(settings.content_url, settings.content_token)
    return SqlContent(database)
