"""Processes of the version before work with the schema that a migration leaves."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from activities.jobs import migrate as of_migrations

# What is of an expression is asked for without reflection.
pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")

_CONTRACTED: dict[str, str] = {}
"""What a migration may take away (`table.column`): the version since which nothing reads it."""

Columns = dict[str, dict[str, Any]]


class Schema(NamedTuple):
    """What rows have to be like."""

    columns: Columns
    """By `table.column`."""
    rules: frozenset[tuple[str, str, str]]
    """The table, kind and text of what a row has to obey beside."""


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


def _schema(connection: Connection) -> Schema:
    found = inspect(connection)
    tables = [table for table in found.get_table_names() if table != "alembic_version"]
    columns: Columns = {}
    rules = set[tuple[str, str, str]]()
    for table in tables:
        columns |= {f"{table}.{each['name']}": dict(each) for each in found.get_columns(table)}
        for check in found.get_check_constraints(table):
            rules.add((table, "check", check["sqltext"]))
        for key in found.get_foreign_keys(table):
            whence = ", ".join(key["constrained_columns"])
            rules.add((table, "foreign key", f"{whence} of {key['referred_table']}"))
        for unique in found.get_unique_constraints(table):
            rules.add((table, "unique", ", ".join(unique["column_names"])))
        primary = found.get_pk_constraint(table)["constrained_columns"]
        rules.add((table, "primary key", ", ".join(primary)))
    # Not those that are reflected: of an expression they would be left out.
    indexes = text("SELECT tbl_name, sql FROM sqlite_master WHERE sql LIKE 'CREATE UNIQUE%'")
    for table, statement in connection.execute(indexes):
        rules.add((table, "unique index", statement.partition("(")[2]))
    return Schema(columns, frozenset(rules))


def _broken(before: Schema, after: Schema) -> Iterator[str]:
    """What a process of the version before would fail at."""
    tables = {name.partition(".")[0] for name in before.columns}
    for name, column in before.columns.items():
        now = after.columns.get(name)
        if now is None:
            if name not in _CONTRACTED:
                yield f"{name} is gone"
        elif str(now["type"]) != str(column["type"]):
            yield f"{name} has another type"
        elif _must(now) and not _must(column):
            yield f"{name} must be given now"
        elif column["nullable"] and not now["nullable"]:
            yield f"{name} must not be empty now"
    for name in after.columns.keys() - before.columns.keys():
        if _must(after.columns[name]) and name.partition(".")[0] in tables:
            yield f"{name} must be given, and who does not know it cannot"
    yield from _broken_rules(before, after)


def _broken_rules(before: Schema, after: Schema) -> Iterator[str]:
    tables = {name.partition(".")[0] for name in before.columns}
    for table, kind, rule in sorted(after.rules - before.rules):
        if table in tables and not _names_new_column(before, after, table, rule):
            yield f"{table} has a new {kind}: {rule}"


def _names_new_column(before: Schema, after: Schema, table: str, rule: str) -> bool:
    """True if a rule is about a column of the same migration, which is nobody's yet."""
    names = {f"{table}.{word}" for word in re.findall(r"\w+", rule)}
    return bool(names & (after.columns.keys() - before.columns.keys()))


def _must(column: dict[str, Any]) -> bool:
    """True if who writes a row has to give it."""
    return not column["nullable"] and column["default"] is None


def test_a_migration_only_adds(engine: Engine) -> None:
    config = _scripts()
    revisions = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert len(revisions) > 15
    before = Schema({}, frozenset())
    for revision in reversed(revisions):
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            after = _schema(connection)
        assert list(_broken(before, after)) == [], revision
        before = after


_OTHER = "CREATE TABLE other (id TEXT PRIMARY KEY)"
_JOB = "CREATE TABLE job (id TEXT PRIMARY KEY, a TEXT, b TEXT NOT NULL DEFAULT '')"


@pytest.mark.parametrize(
    ("job", "more", "said"),
    [
        ("id TEXT PRIMARY KEY, b TEXT NOT NULL DEFAULT ''", "", "job.a is gone"),
        ("id TEXT PRIMARY KEY, a INT, b TEXT NOT NULL DEFAULT ''", "", "job.a has another type"),
        ("id TEXT PRIMARY KEY, a TEXT, b TEXT NOT NULL", "", "job.b must be given now"),
        (
            "id TEXT PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL DEFAULT ''", "",
            "job.a must be given now",
        ),
        (
            "id TEXT PRIMARY KEY, a TEXT NOT NULL DEFAULT '', b TEXT NOT NULL DEFAULT ''", "",
            "job.a must not be empty now",
        ),
        (None, "ALTER TABLE job ADD COLUMN c TEXT", ""),
        (None, "ALTER TABLE job ADD COLUMN c TEXT NOT NULL DEFAULT ''", ""),
        (
            "id TEXT PRIMARY KEY, a TEXT, b TEXT NOT NULL DEFAULT '', c TEXT NOT NULL", "",
            "job.c must be given, and who does not know it cannot",
        ),
        (None, "CREATE UNIQUE INDEX x ON job (a)", "job has a new unique index: a)"),
        (None, "CREATE UNIQUE INDEX x ON job (lower(a))", "job has a new unique index: lower(a))"),
        (None, "CREATE INDEX x ON job (a)", ""),
        (None, "CREATE TABLE third (id TEXT NOT NULL CHECK (id > ''), UNIQUE (id))", ""),
        (
            "id TEXT PRIMARY KEY, a TEXT, b TEXT NOT NULL DEFAULT '', UNIQUE (a)", "",
            "job has a new unique: a",
        ),
        (
            "id TEXT PRIMARY KEY, a TEXT, b TEXT NOT NULL DEFAULT '', CHECK (a > 'x')", "",
            "job has a new check: a > 'x'",
        ),
        (
            "id TEXT PRIMARY KEY, a TEXT, b TEXT NOT NULL DEFAULT '', c TEXT CHECK (c > 'x')", "",
            "",
        ),
        (
            "id TEXT PRIMARY KEY, a TEXT REFERENCES other (id), b TEXT NOT NULL DEFAULT ''", "",
            "job has a new foreign key: a of other",
        ),
        (
            "id TEXT, a TEXT, b TEXT NOT NULL DEFAULT '', PRIMARY KEY (id, b)", "",
            "job has a new primary key: id, b",
        ),
    ],
)  # fmt: skip
def test_what_takes_away_is_found(engine: Engine, job: str | None, more: str, said: str) -> None:
    with engine.begin() as connection:
        for statement in (_OTHER, _JOB):
            connection.execute(text(statement))
        before = _schema(connection)
        if job:
            connection.execute(text("DROP TABLE job"))
            connection.execute(text(f"CREATE TABLE job ({job})"))
        if more:
            connection.execute(text(more))
        after = _schema(connection)
    assert list(_broken(before, after)) == ([said] if said else [])
