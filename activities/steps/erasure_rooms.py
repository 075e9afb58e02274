"""What each room holds of an owner: the one list by which an erasure finds it.

A room that begins to keep something of owners adds a line here. A test walks the columns of the
schema that name an owner or a job, and fails for what nothing here removes.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Table
from temporalio.client import Client

from activities.automation.archive_records import ArchiveRecords
from activities.automation.schedule_records import ScheduleRecords
from activities.automation.webhook_records import WebhookRecords
from activities.automation.webhook_secrets import SecretKeys
from activities.common.database import Database
from activities.jobs.owner_rows import OwnerRows
from activities.jobs.schema import previews, sendings
from activities.people.lti_nonces import LtiNonces
from activities.people.schema import (
    notification_settings,
    preferences,
    shares,
    sign_in_codes,
    web_sessions,
)
from activities.temporal.export_schedules import delete_schedule


class Room(NamedTuple):
    """What one room holds of an owner."""

    what: str
    """For logs."""
    delete_all_of: Callable[[str], Awaitable[int]]
    """Removes it, a few rows at a time, given the owner; returns how much there was. It may be
    called again, and with an owner of whom there is nothing."""


def rooms_of(database: Database, client: Client) -> Sequence[Room]:
    """All rooms, in the order in which they are emptied: first what makes something new.

    Exports and their files are not among them: those come after all rooms.
    """

    def rows(table: Table) -> Callable[[str], Awaitable[int]]:
        return OwnerRows(database, table).delete_all_of

    schedules = ScheduleRecords(database)

    async def delete_schedules_of(owner_id: str) -> int:
        deleted = await schedules.delete_all_of(owner_id)
        for schedule_id in await schedules.deleted_of(owner_id):
            await delete_schedule(client, schedule_id)
            await schedules.forget(schedule_id)
        return deleted

    return [
        Room("schedules", delete_schedules_of),
        Room("archives", ArchiveRecords(database).delete_all_of),
        Room("webhooks", WebhookRecords(database, SecretKeys(())).delete_all_of),
        Room("notification settings", rows(notification_settings)),
        Room("deliveries and mails", rows(sendings)),
        Room("sessions", rows(web_sessions)),
        Room("sign-in links", rows(sign_in_codes)),
        Room("launches by LTI", LtiNonces(database).delete_all_of),
        Room("last choices", rows(preferences)),
        Room("shares", rows(shares)),
        Room("pictures of first pages", rows(previews)),
    ]
