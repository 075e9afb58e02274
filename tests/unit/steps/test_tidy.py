"""Tidying does all of its parts, whatever becomes of one of them."""

from datetime import timedelta

import pytest

from activities.automation.webhook_announcements import WebhookAnnouncements
from activities.automation.webhook_deliveries import WebhookDeliveries
from activities.automation.webhook_sealing import WebhookSealing
from activities.automation.webhook_secrets import SecretKeys
from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.audit import AuditLog
from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.owner_jobs import OwnerJobs
from activities.jobs.previews import Previews
from activities.jobs.records import JobRecords
from activities.jobs.themes import ThemeRecords
from activities.model.jobs import Status
from activities.people.erasures import Erasures
from activities.people.lti_nonces import LtiNonces
from activities.people.notifications import Notifications
from activities.people.sessions import Sessions
from activities.people.shares import Shares
from activities.people.sign_in_codes import SignInCodes
from activities.settings import Settings
from activities.steps import tidy
from activities.steps.retention import Retention
from activities.steps.sweep import Sweep
from activities.steps.tidy import Tidy
from activities.steps.webhook_upkeep import WebhookUpkeep
from activities.storage.keys import attempt_key, file_key
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import RUN, change_row, complete, processing
from tests.unit.steps.steps_kit import run, stored
from workflows.contracts import EXPIRE_FILES, Walk

pytestmark = pytest.mark.anyio


@pytest.fixture
def step(database: Database, lifecycle: JobLifecycle, storage: Storage, settings: Settings) -> Tidy:
    retention = Retention(
        lifecycle,
        FileChecks(database),
        AuditLog(database),
        ThemeRecords(database),
        Sessions(database),
        SignInCodes(database),
        LtiNonces(database),
        Shares(database),
        Erasures(database),
        OwnerJobs(database),
        Previews(database),
        storage,
        settings,
    )
    keys = SecretKeys([])
    upkeep = WebhookUpkeep(
        WebhookDeliveries(database),
        WebhookAnnouncements(database),
        WebhookSealing(database, keys),
        keys,
        settings,
    )

    async def nothing() -> int:
        return 0

    return Tidy(
        retention,
        Sweep(lifecycle, storage),
        upkeep,
        nothing,
        nothing,
        Notifications(database),
    )


@pytest.fixture
async def due(
    database: Database, records: JobRecords, execution: JobExecution, storage: Storage
) -> None:
    """A file past its time, and what a failed job left behind."""
    await processing(records, execution, "old")
    await complete(execution, "old")
    await storage.put(file_key("old", "json"), b"file")
    await change_row(database, "old", expires_at=utc_now() - timedelta(seconds=1))
    await processing(records, execution, "failed")
    await storage.put(attempt_key("failed", "file", RUN, 1), b"left")
    await execution.end("failed", Status.FAILED, now=utc_now())


@pytest.mark.usefixtures("due")
async def test_one_activity_does_it_all(step: Tidy, storage: Storage) -> None:
    tidied = await run(step.tidy, Walk())
    assert (tidied.expired, tidied.failed) == (1, [])
    assert tidied.swept is not None
    assert tidied.swept.removed == 1
    assert await stored(storage) == []


@pytest.mark.usefixtures("due")
async def test_a_part_that_fails_is_told_and_stops_no_other(
    step: Tidy, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def fail(*_: object) -> list[str]:
        asked.append(1)
        raise OSError("the disk is away")

    async def at_once(_: float) -> None:
        """Do not wait."""

    monkeypatch.setattr(JobLifecycle, "due_to_expire", fail)
    monkeypatch.setattr(tidy, "sleep", at_once)
    tidied = await run(step.tidy, Walk())
    assert tidied.failed == [EXPIRE_FILES.name]
    assert len(asked) == 3, "most failures are short"
    assert tidied.swept is not None
    assert tidied.swept.removed == 1
