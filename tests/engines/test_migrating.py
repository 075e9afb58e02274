"""A migration that has to wait lets everybody else go first."""

import threading
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from activities.jobs import migrate as of_migrations
from activities.jobs.migrate import migrate
from tests.engines.choice import Engines

pytestmark = pytest.mark.engines

_PATIENCE_SECONDS = 4.0
"""Nobody waits longer for a lock (`LOCK_SECONDS` of activities/common/database.py)."""


def _to(url: str, revision: str) -> None:
    config = Config()
    location = Path(of_migrations.__file__).parent / "migrations"
    config.set_main_option("script_location", str(location))
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def test_nobody_waits_behind_a_migration_that_waits(engines: Engines, tmp_path: Path) -> None:
    url = engines.empty_database(tmp_path)
    _to(url, "0024")
    with psycopg.connect(url) as backup, psycopg.connect(url, autocommit=True) as caller:
        # As pg_dump does it.
        backup.execute("SELECT count(*) FROM export_job")
        caller.execute("SET statement_timeout = '8s'")
        migrating = threading.Thread(target=migrate, args=(url,))
        migrating.start()
        longest, until = 0.0, time.monotonic() + 6
        while time.monotonic() < until:
            began = time.monotonic()
            caller.execute("SELECT count(*) FROM export_job")
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.01)
        assert migrating.is_alive(), "it did not have to wait"
        assert 0.5 < longest < _PATIENCE_SECONDS
        backup.rollback()
        migrating.join(30)
    assert not migrating.is_alive()
    migrate(url)  # nothing is left to do, and nothing is in its way
