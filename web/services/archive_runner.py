"""Sees to it that archives that have not ended have a workflow, or are cancelled."""

from datetime import timedelta

from temporalio.client import Client

from activities.automation.archive_records import ArchiveRecords
from activities.automation.archives import Archive
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.model.jobs import Status
from activities.model.problems import problem
from activities.temporal.archives import cancel_archive, start_archive
from activities.temporal.circuit_breaker import CircuitBreaker
from web.services.dispatcher import or_later
from web.services.rounds import keep_doing
from workflows.contracts import ErrorType

logger = get_logger(__name__)

_BATCH = 20
_AGAIN = timedelta(minutes=1)
LONGEST = timedelta(days=7)
"""The time that an archive may take; the first of its files would soon be over."""


class ArchiveRunner:
    """Looks after the open archives of all owners, as each API process does.

    Starting an archive whose workflow runs changes nothing, and one whose workflow was lost goes on
    where its rows are; so nobody has to know which it is.
    """

    def __init__(self, archives: ArchiveRecords, client: Client) -> None:
        self._archives = archives
        self._client = client
        self._breaker = CircuitBreaker()

    async def run(self) -> None:
        """Now and every few seconds, do what is due; never returns."""
        await keep_doing(self.do_what_is_due, "archives not looked at", logger)

    async def do_what_is_due(self) -> None:
        """One round."""
        now = utc_now()
        for archive in await self._archives.to_look_at(now, _AGAIN, _BATCH):
            if now - archive.created_at > LONGEST:
                error = problem(ErrorType.TIMED_OUT)
                await self._archives.end(archive.archive_id, Status.FAILED, now, error)
            told = self._breaker.call(lambda: self._tell(archive))  # noqa: B023 - called at once
            await or_later(told, archive_id=archive.archive_id)

    async def _tell(self, archive: Archive) -> None:
        if archive.cancel_requested_at is not None:
            await cancel_archive(self._client, archive.archive_id)
        # A cancelled one without a workflow gets one that ends it.
        await start_archive(self._client, archive)
