"""Fixtures: a migrated database and a store of a test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.common.database import Database, connect
from activities.jobs.audit import AuditLog
from activities.jobs.execution import JobExecution
from activities.jobs.file_checks import FileChecks
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.records import JobRecords
from activities.settings import Settings
from activities.storage.open_storage import open_storage
from activities.storage.protocol import Storage
from tests.engines.choice import Engines


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop that `pytest.mark.anyio` runs tests with."""
    return "asyncio"


@pytest.fixture
def settings(tmp_path: Path, engines: Engines) -> Settings:
    """Settings whose database, migrated and without rows, and whose files are the test's own."""
    return engines.settings(tmp_path)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The service's own connection to the test's database."""
    connected = connect(settings.database)
    yield connected
    await connected.close()


@pytest.fixture
def records(database: Database) -> JobRecords:
    """The job records in the test's database, as the API uses them."""
    return JobRecords(database)


@pytest.fixture
def execution(database: Database) -> JobExecution:
    """The job records in the test's database, as the steps of an export use them."""
    return JobExecution(database)


@pytest.fixture
def lifecycle(database: Database) -> JobLifecycle:
    """The job records in the test's database, as retention uses them."""
    return JobLifecycle(database)


@pytest.fixture
def checks(database: Database) -> FileChecks:
    """The job records in the test's database, as checks of files use them."""
    return FileChecks(database)


@pytest.fixture
def audit(database: Database) -> AuditLog:
    """The audit log in the test's database."""
    return AuditLog(database)


@pytest.fixture
def storage(settings: Settings) -> Storage:
    """A storage for one test."""
    return open_storage(settings)
