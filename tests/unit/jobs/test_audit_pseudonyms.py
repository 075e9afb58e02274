"""A pseudonym in the place of an owner who is being erased: all that the audit log takes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.audit import Action, AuditEntry, AuditFilter, AuditLog, Origin, note
from activities.jobs.records import JobRecords
from activities.jobs.schema import audit_log
from activities.people.erasures import Erasure, Erasures
from tests.unit.jobs.jobs_kit import NOW, OWNER, STRANGER, new_job

pytestmark = pytest.mark.anyio

PSEUDONYM = "erased-0123456789abcdef"


async def entries(audit: AuditLog) -> list[AuditEntry]:
    found, *_ = await audit.page(AuditFilter(), page=1, page_size=100)
    return found


async def asked(database: Database, records: JobRecords) -> Erasure:
    """The log of two owners and an operator, one of whom is being erased."""
    now = utc_now()
    origins = ((OWNER, OWNER), (STRANGER, STRANGER), (OWNER, "operator"), (STRANGER, OWNER))
    for number, (owner, actor) in enumerate(origins):
        job = new_job(f"job-{number}", owner_id=owner, created_at=now)
        await records.create(job, origin=Origin(actor, "request"))
    await database.run(
        lambda connection: note(connection, Action.SIGNED_IN, now, Origin(OWNER), via="oidc")
    )
    return await Erasures(database).ask_for(OWNER, [PSEUDONYM], now, Origin("operator", "asked"))


async def test_the_owner_is_a_pseudonym_and_all_else_stays(
    database: Database, records: JobRecords, audit: AuditLog
) -> None:
    erasure = await asked(database, records)
    before = await entries(audit)
    assert (before[0].action, before[0].actor) == (Action.ERASURE_BEGUN, "operator")
    assert await Erasures(database).pseudonymise(erasure) == 5
    assert await Erasures(database).complete(erasure, utc_now())
    erased, *after = await entries(audit)
    assert (erased.action, erased.owner_id, erased.actor, erased.subject) == (
        Action.ERASED,
        PSEUDONYM,
        None,
        erasure.erasure_id,
    )

    def called(name: str | None) -> str | None:
        return PSEUDONYM if name == OWNER else name

    for old, new in zip(before, after, strict=True):
        assert (new.owner_id, new.actor) == (called(old.owner_id), called(old.actor))
        fields = {"owner_id": None, "actor": None}
        assert _with(old, fields) == _with(new, fields)


def _with(entry: AuditEntry, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__} | fields


_OTHER: dict[str, str] = {
    column.name: "'other'" for column in audit_log.c if column.name not in {"id", "at", "items"}
} | {"items": "3", "at": "'2020-01-01 00:00:00'"}


@pytest.mark.parametrize("column", sorted(_OTHER))
async def test_any_other_change_is_refused_meanwhile(
    database: Database, records: JobRecords, audit: AuditLog, column: str
) -> None:
    await asked(database, records)
    before = await entries(audit)
    named = f"owner_id = '{OWNER}' AND actor = '{OWNER}'"
    both = f"owner_id = '{PSEUDONYM}', actor = '{PSEUDONYM}'"
    changes = [f"{column} = {_OTHER[column]}"]
    if column in {"owner_id", "actor"}:
        # One of them alone, or another owner's name.
        changes += [f"{column} = '{PSEUDONYM}'", both.replace(PSEUDONYM, STRANGER)]
    else:
        changes.append(f"{both}, {column} = {_OTHER[column]}")
    for change in changes:
        with pytest.raises(DBAPIError, match="append-only"):
            await _execute(database, f"UPDATE audit_log SET {change} WHERE {named}")
    assert await entries(audit) == before


async def _execute(database: Database, statement: str) -> int:
    return await database.run(lambda connection: connection.execute(text(statement)).rowcount)


async def test_no_pseudonym_without_an_erasure(
    database: Database, records: JobRecords, audit: AuditLog
) -> None:
    erasure = await asked(database, records)
    of_stranger = (
        f"UPDATE audit_log SET owner_id = '{PSEUDONYM}' "
        f"WHERE owner_id = '{STRANGER}' AND actor = '{STRANGER}'"
    )
    with pytest.raises(DBAPIError, match="append-only"):
        await _execute(database, of_stranger)
    await Erasures(database).complete(erasure, utc_now())
    await records.create(new_job("new", created_at=utc_now()), origin=Origin(OWNER))
    before = await entries(audit)
    with pytest.raises(DBAPIError, match="append-only"):
        await _execute(
            database,
            f"UPDATE audit_log SET owner_id = '{PSEUDONYM}' WHERE owner_id = '{OWNER}'",
        )
    assert await entries(audit) == before


async def test_an_owner_never_gets_the_name_of_another(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await Erasures(database).ask_for(OWNER, [STRANGER], NOW, Origin())


async def test_an_owner_keeps_the_first_pseudonym(database: Database) -> None:
    erasures = Erasures(database)
    first = await erasures.ask_for(OWNER, ["erased-old"], NOW, Origin())
    assert await erasures.ask_for(OWNER, ["erased-new", "erased-old"], NOW, Origin()) == first
    await erasures.complete(first, NOW)
    second = await erasures.ask_for(
        OWNER, ["erased-new", "erased-old"], NOW + timedelta(days=1), Origin()
    )
    assert second.erasure_id != first.erasure_id
    assert second.pseudonym == "erased-old"


def test_every_column_of_the_log_is_tried() -> None:
    assert set(_OTHER) | {"id"} == set(audit_log.c.keys())
