"""Fixtures: a migrated database and a storage directory of a test's own."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities import database
from activities.jobs.migrate import migrate
from activities.jobs.records import JobRecords
from activities.settings import Settings
from activities.storage.store import Storage, open_storage


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """What `pytest.mark.anyio` runs tests with."""
    return "asyncio"


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the current schema and no rows, to copy."""
    path = tmp_path_factory.mktemp("schema") / "export.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def settings(tmp_path: Path, migrated_database: Path) -> Settings:
    """Settings whose database and files are the test's own."""
    shutil.copy(migrated_database, tmp_path / "export.db")
    return Settings(data_dir=str(tmp_path), temp_path=str(tmp_path / "files"))


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The service's own connection to the test's database."""
    connected = database.connect(settings.database)
    yield connected
    await connected.dispose()


@pytest.fixture
def records(engine: AsyncEngine) -> JobRecords:
    """The job records in the test's database."""
    return JobRecords(engine)


@pytest.fixture
def storage(settings: Settings) -> Storage:
    """The storage in the test's directory."""
    return open_storage(settings)
