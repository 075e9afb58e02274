"""Processes of the version before work with the schema that a migration leaves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect

from activities.jobs import migrate as of_migrations

_CONTRACTED: dict[str, str] = {}
"""What a migration may take away (`table.column`): the version since which nothing reads it."""

Columns = dict[str, dict[str, Any]]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'export.db'}")
    yield made
    made.dispose()


def _scripts() -> Config:
    config = Config()
    location = Path(of_migrations.__file__).parent / "migrations"
    config.set_main_option("script_location", str(location))
    return config


def _columns(connection: Connection) -> Columns:
    found = inspect(connection)
    return {
        f"{table}.{column['name']}": dict(column)
        for table in found.get_table_names()
        for column in found.get_columns(table)
        if table != "alembic_version"
    }


def _unique(connection: Connection) -> set[tuple[str, ...]]:
    found = inspect(connection)
    return {
        (table, *(name or "" for name in index["column_names"]))
        for table in found.get_table_names()
        for index in found.get_indexes(table)
        if index["unique"]
    }


def _broken(before: Columns, after: Columns) -> Iterator[str]:
    """What a process of the version before would fail at."""
    tables = {name.partition(".")[0] for name in before}
    for name, column in before.items():
        if name not in after:
            if name not in _CONTRACTED:
                yield f"{name} is gone"
        elif str(after[name]["type"]) != str(column["type"]):
            yield f"{name} has another type"
        elif column["nullable"] and not after[name]["nullable"]:
            yield f"{name} must be given now"
    for name in after.keys() - before.keys():
        column = after[name]
        must = not column["nullable"] and column["default"] is None
        if must and name.partition(".")[0] in tables:
            yield f"{name} must be given, and who does not know it cannot"


# An index of an expression is passed over, which is not unique here.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_a_migration_only_adds(engine: Engine) -> None:
    config = _scripts()
    revisions = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert len(revisions) > 15
    before, unique = Columns(), set[tuple[str, ...]]()
    for revision in reversed(revisions):
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            after = _columns(connection)
            assert list(_broken(before, after)) == [], revision
            tables = {name.partition(".")[0] for name in before}
            newly = {each for each in _unique(connection) - unique if each[0] in tables}
            # A column of the same migration is nobody's yet.
            assert all(f"{each[0]}.{name}" not in before for each in newly for name in each[1:]), (
                revision
            )
            before, unique = after, _unique(connection)


def test_what_takes_away_is_found() -> None:
    text = {"type": "TEXT", "nullable": True, "default": None}
    must = text | {"nullable": False}
    before = {"job.a": text, "job.b": text}
    assert list(_broken(before, {"job.a": text})) == ["job.b is gone"]
    assert list(_broken(before, before | {"job.a": must})) == ["job.a must be given now"]
    [found] = _broken(before, before | {"job.c": must})
    assert found.startswith("job.c must be given")
    assert list(_broken(before, before | {"other.c": must})) == []
    assert list(_broken(before, before | {"job.a": text | {"type": "INTEGER"}}))
