"""Migrations: from nothing, again, side by side, and to the schema that the code expects."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

import activities.content.schema
import activities.jobs.schema  # noqa: F401 - declares its tables on the metadata
from activities.database import metadata
from activities.jobs.migrate import migrate

ROOT = Path(__file__).parents[3]
TABLES = {"export_job", "export_chunk", "content_item", "alembic_version"}


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name for (name,) in rows}


def test_migrating_twice_is_migrating_once(tmp_path: Path) -> None:
    path = tmp_path / "new directory 100%" / "export.db"
    migrate(f"sqlite:///{path}")
    migrate(f"sqlite+aiosqlite:///{path}")
    assert tables(path) == TABLES


def test_migrated_schema_is_what_the_code_expects(migrated_database: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated_database}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'export.db'}"
    script = "import sys; from activities.jobs.migrate import migrate; migrate(sys.argv[1])"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, url], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * 2
    assert tables(tmp_path / "export.db") == TABLES


def test_migration_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "export.db"
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.batch_alter_table", _fail)
        with pytest.raises(ConnectionAbortedError):
            migrate(f"sqlite:///{path}")
    assert tables(path) == set()
    migrate(f"sqlite:///{path}")
    assert tables(path) == TABLES


def _fail(*_: object, **__: object) -> None:
    raise ConnectionAbortedError
