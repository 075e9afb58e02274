"""What works with the job records cannot change or empty the audit log, whatever it says."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError

from activities.common.database import connect
from activities.jobs.audit import AuditFilter, AuditLog, Origin
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.migrate import migrate
from activities.jobs.records import JobRecords
from activities.people.erasures import Erasures
from scripts.dev.environment import CHECKOUT
from tests.engines.postgresql import PostgreSql
from tests.unit.jobs.jobs_kit import new_job

pytestmark = [pytest.mark.engines, pytest.mark.anyio]

_SCRIPT = CHECKOUT / "deploy" / "postgresql" / "set-up-roles.sh"
_PASSWORDS = {
    "EXPORT_OWNER_PASSWORD": "of the owner's",
    "EXPORT_APP_PASSWORD": "of-the-app",
    "TEMPORAL_PASSWORD": "of-temporal",
}


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSql]:
    running = PostgreSql()
    running.start()
    yield running
    running.stop()


def _set_up(server: PostgreSql) -> None:
    address = {"PGHOST": "127.0.0.1", "PGPORT": str(server.server.port), "PGUSER": "export"}
    done = subprocess.run(
        ["/bin/sh", str(_SCRIPT)],
        env=os.environ | address | _PASSWORDS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _url(server: PostgreSql, role: str, database: str = "export") -> str:
    return f"postgresql://{role}@127.0.0.1:{server.server.port}/{database}"


@pytest.fixture(scope="module", params=["first start", "second start", "had no roles"])
def app(server: PostgreSql, request: pytest.FixtureRequest) -> str:
    """The URL of the role that works."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for name in ("export", "temporal", "temporal_visibility"):
            connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
    if request.param == "had no roles":
        migrate(server.create("export"))
    for _ in range(2 if request.param == "second start" else 1):
        _set_up(server)
        migrate(_url(server, "export_owner"))
    return _url(server, "export_app")


def _rows(server: PostgreSql) -> list[Any]:
    with psycopg.connect(server.url("export")) as connection:
        return connection.execute("SELECT * FROM audit_log ORDER BY id").fetchall()


@pytest.mark.parametrize(
    "attempt",
    [
        "SET session_replication_role = replica",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "ALTER TABLE audit_log DISABLE TRIGGER audit_log_rows",
        "DROP TRIGGER audit_log_rows ON audit_log",
        "TRUNCATE audit_log",
        "DELETE FROM audit_log",
        "UPDATE audit_log SET actor = 'nobody'",
        "ALTER TABLE audit_log OWNER TO export_app",
        "ALTER TABLE audit_log RENAME TO old_log",
        "DROP TABLE audit_log",
        "DROP TABLE export_job CASCADE",
        "CREATE TABLE more (id int)",
        "CREATE SCHEMA other",
        """CREATE OR REPLACE FUNCTION refuse_change_of_audit_log() RETURNS trigger
        LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$""",
        """CREATE OR REPLACE FUNCTION remove_audit_entries(entries bigint[]) RETURNS bigint
        LANGUAGE sql AS $$ SELECT 1::bigint $$""",
        "CREATE RULE quiet AS ON INSERT TO audit_log DO INSTEAD NOTHING",
        "BEGIN; LOCK audit_log IN ACCESS EXCLUSIVE MODE",
        # By itself that is a warning.
        "GRANT ALL ON audit_log TO export_app; DELETE FROM audit_log",
        "SET ROLE export_owner",
        "UPDATE alembic_version SET version_num = '0001'",
        "SELECT remove_audit_entries(ARRAY(SELECT id FROM audit_log))",
    ],
)
async def test_the_role_that_works_can_neither_change_nor_empty_the_log(
    server: PostgreSql, app: str, attempt: str
) -> None:
    database = connect(app)
    await JobRecords(database).create(
        new_job(str(uuid4()), created_at=datetime.now(UTC)), origin=Origin("owner")
    )
    await database.close()
    before = _rows(server)
    assert before
    with closing(psycopg.connect(app, autocommit=True)) as connection:
        refusals = (errors.InsufficientPrivilege, errors.RaiseException, errors.WrongObjectType)
        with pytest.raises(refusals):
            connection.execute(attempt.encode())
    assert _rows(server) == before


async def test_the_role_that_works_does_its_work(server: PostgreSql, app: str) -> None:
    database = connect(app)
    audit, now = AuditLog(database), datetime.now(UTC)
    before = len(_rows(server))
    for name, age in (("old", 400), ("young", 20)):
        job = new_job(f"{name}-{uuid4().hex[:8]}", created_at=now - timedelta(days=age))
        await JobRecords(database).create(job, origin=Origin("owner"))
    assert len(_rows(server)) == before + 2
    old = await audit.due_to_be_removed(now - timedelta(days=365), 10)
    assert await audit.remove(old) == 1
    young = await audit.due_to_be_removed(now, 1000)
    with pytest.raises(DBAPIError, match="append-only"):
        await audit.remove(young)
    assert len(_rows(server)) == before + 1
    assert (await audit.page(AuditFilter(), page=1, page_size=9))[1] == before + 1
    await JobLifecycle(database).remove([job.job_id], now)
    erasure = await Erasures(database).ask_for("owner", ["erased-0123"], now, Origin("operator"))
    assert await Erasures(database).complete(erasure, now)
    assert (await audit.page(AuditFilter(actor="owner"), page=1, page_size=9))[1] == 0
    assert (await audit.page(AuditFilter(actor="erased-0123"), page=1, page_size=9))[1] > 0
    await database.close()
    migrate(app)  # finds nothing to do, as `load_content.py` does


def test_the_role_of_one_database_enters_no_other(server: PostgreSql, app: str) -> None:
    assert app
    for role, database in (
        ("temporal", "export"),
        ("export_app", "temporal"),
        ("export_owner", "temporal_visibility"),
    ):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(_url(server, role, database))
