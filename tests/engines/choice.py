"""The engines that a test run works on, by `pytest --engines`: embedded, or PostgreSQL and S3.

Tests take their databases and stores from here, so that all of them run on both.
"""

import os
import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from uuid import uuid4

from activities.jobs.migrate import migrate
from activities.settings import Settings, from_environment
from tests.engines.ended_jobs import refuse_changes_of_ended_jobs
from tests.engines.postgresql import PostgreSql
from tests.engines.s3 import S3

EMBEDDED = "embedded"
POSTGRES_S3 = "postgres-s3"


class Engines(Protocol):
    """The engines that hold job records, content and files of tests."""

    def variables(self, directory: Path) -> dict[str, str]:
        """Environment variables of a service whose data directory this is.

        The same directory always gets the same database and store.
        """

    def settings(self, directory: Path) -> Settings:
        """Settings of such a service, with a database that has the current schema."""

    def empty_database(self, directory: Path) -> str:
        """The URL of a database without a schema."""

    def age(self, settings: Settings, key: str, age: timedelta) -> None:
        """Let an object look as if it had been written so long ago."""

    def stop(self) -> None:
        """End what was started."""


class Embedded:
    """SQLite and a directory."""

    def __init__(self) -> None:
        self._directory = TemporaryDirectory(prefix="export-schema-")
        self._schema = Path(self._directory.name, "export.db")

    def variables(self, directory: Path) -> dict[str, str]:
        """See `Engines.variables`."""
        return {"EXPORT_TEMP_PATH": str(directory / "files"), "EXPORT_DATA_DIR": str(directory)}

    def settings(self, directory: Path) -> Settings:
        """See `Engines.settings`."""
        if not self._schema.exists():
            migrate(f"sqlite:///{self._schema}")
            refuse_changes_of_ended_jobs(self._schema)
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / "export.db").exists():
            shutil.copy(self._schema, directory / "export.db")
        return from_environment(self.variables(directory))

    def empty_database(self, directory: Path) -> str:
        """See `Engines.empty_database`."""
        return f"sqlite:///{directory / 'empty.db'}"

    def age(self, settings: Settings, key: str, age: timedelta) -> None:
        """See `Engines.age`."""
        _age(Path(settings.temp_path, key), age)

    def stop(self) -> None:
        """See `Engines.stop`."""
        self._directory.cleanup()


class PostgresS3:
    """PostgreSQL and S3: servers that are started when the first test needs them."""

    def __init__(self) -> None:
        self._servers: tuple[PostgreSql, S3] | None = None
        self._databases: dict[Path, str] = {}

    @property
    def postgresql(self) -> PostgreSql:
        """The running database server."""
        return self._running()[0]

    @property
    def s3(self) -> S3:
        """The running S3 server."""
        return self._running()[1]

    def variables(self, directory: Path) -> dict[str, str]:
        """See `Engines.variables`."""
        name = self._databases.get(directory)
        if name is None:
            name = self._databases[directory] = uuid4().hex
            self.postgresql.create(name, template=_SCHEMA)
        return {
            **self.s3.credentials,
            "EXPORT_DATA_DIR": str(directory),
            "EXPORT_TEMP_PATH": str(directory / "files"),
            "EXPORT_DATABASE_URL": self.postgresql.url(name),
            "EXPORT_STORAGE_URL": self.s3.url(name),
        }

    def settings(self, directory: Path) -> Settings:
        """See `Engines.settings`."""
        return from_environment(self.variables(directory))

    def empty_database(self, directory: Path) -> str:
        """See `Engines.empty_database`."""
        return self.postgresql.create(uuid4().hex)

    def age(self, settings: Settings, key: str, age: timedelta) -> None:
        """See `Engines.age`."""
        _age(self.s3.objects / settings.storage_url.rsplit("/", 1)[1] / key, age)

    def stop(self) -> None:
        """See `Engines.stop`."""
        if self._servers is not None:
            for server in self._servers:
                server.stop()

    def _running(self) -> tuple[PostgreSql, S3]:
        if self._servers is None:
            self._servers = PostgreSql(), S3()
            for server in self._servers:
                server.start()
            postgresql, s3 = self._servers
            migrate(postgresql.create(_SCHEMA))
            # Storage clients in the test process find the server as those in the service do.
            os.environ.update(s3.credentials)
        return self._servers


_SCHEMA = "schema"

_current: Engines | None = None


def choose(engines: Engines) -> None:
    """Set what this test run works on."""
    global _current
    _current = engines


def current() -> Engines:
    """The engines of this test run."""
    assert _current is not None
    return _current


def _age(path: Path, age: timedelta) -> None:
    moment = path.stat().st_mtime - age.total_seconds()
    os.utime(path, (moment, moment))
