"""Everything of an owner goes: rows, files, sessions, histories; what others have stays."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.common import SearchAttributeKey

from activities.common.database import Database
from activities.jobs.audit import Action, AuditEntry, AuditFilter, AuditLog, Origin
from activities.people.sessions import Person, Sessions, Via
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.api_kit import token
from tests.services.export.erasure_kit import Left, give_content
from tests.services.export.kit import in_database, leftovers, temporal
from tests.waiting import eventually
from workflows.contracts import SEARCH_OWNER, erasure_workflow_id

OWN = "/api/export/owner"
ADMIN = "/api/export/admin"


def caller(stack: Stack, owner: str, scope: str = "export:read export:write") -> ServiceClient:
    return ServiceClient(stack.api, token(owner, scope, secret=stack.settings.jwt_secret))


def erased(http: httpx.Client, location: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = http.get(location).json()
        return found if found["status"] == "erased" else None

    return eventually(ended, 60)


def log(stack: Stack, **wanted: Any) -> list[AuditEntry]:
    async def read(database: Database) -> list[AuditEntry]:
        listed = await AuditLog(database).page(AuditFilter(**wanted), page=1, page_size=100)
        return listed.entries

    return in_database(stack, read)


def histories(stack: Stack, owner: str) -> list[str]:
    async def listed() -> list[str]:
        key = SearchAttributeKey.for_keyword(SEARCH_OWNER)
        found = (await temporal(stack)).list_workflows(f"{SEARCH_OWNER} IS NOT NULL")
        return [each.id async for each in found if each.typed_search_attributes.get(key) == owner]

    return asyncio.run(listed())


@pytest.fixture
def owner() -> str:
    """An owner whose name needs care in paths and queries."""
    return f"owner:{uuid4().hex[:8]} \"o'x\\"


def test_nothing_is_left_of_an_owner_and_all_of_others(stack: Stack, owner: str) -> None:
    stranger = f"stranger-{uuid4().hex[:8]}"

    async def leave(database: Database) -> tuple[Left, Left]:
        return await database.run(
            lambda connection: (Left(connection, owner), Left(connection, stranger))
        )

    mine, others = in_database(stack, leave)
    kept = in_database(stack, lambda database: database.run(others.rows))
    assert all(kept.values()), kept

    async def sign_in(database: Database) -> str:
        person = Person(owner_id=owner, scopes=frozenset({"export:read"}), via=Via.OIDC)
        sessions, now = Sessions(database), datetime.now(UTC)
        new = await sessions.begin(
            person, now, longest=timedelta(hours=1), framed=False, replaced="", origin=Origin(owner)
        )
        return new.id

    session = in_database(stack, sign_in)
    ids = give_content(stack, owner)
    with caller(stack, owner) as client:
        done = client.wait(client.export(ids, "json")["job_id"])
        share = client.http.post(f"/api/export/jobs/{done['job_id']}/shares", json={}).json()
        schedule = {
            "name": "Weekly",
            "every": "P7D",
            "time_zone": "UTC",
            "export": {"format": "csv"},
        }
        assert client.http.post("/api/export/schedules", json=schedule).status_code == 201
        going = client.export(ids, "slow")
        eventually(lambda: client.job(going["job_id"])["status"] == "processing")
        assert httpx.get(share["url"]).status_code == 200
        eventually(lambda: len(histories(stack, owner)) == 2)

        asked = client.http.delete(OWN)
        assert asked.status_code == 202, asked.text
        assert asked.json()["status"] == "erasing"
        location = asked.headers["Location"]
        refused = client.http.post("/api/export/", json={"content_ids": ids, "format": "json"})
        assert (refused.status_code, refused.json()["code"]) == (409, "erasure-in-progress")
        assert client.http.delete(OWN).json()["erasure_id"] == asked.json()["erasure_id"]

        async def is_in(database: Database) -> bool:
            return await Sessions(database).find(session, datetime.now(UTC)) is not None

        assert not in_database(stack, is_in)
        told = erased(client.http, location)
        assert told["exports"] == 3
        assert told["completed_at"]

        assert not any(in_database(stack, lambda database: database.run(mine.rows)).values())
        assert in_database(stack, lambda database: database.run(others.rows)) == kept
        for job in (done, going):
            assert leftovers(stack, job["job_id"]) == []
            assert client.http.get(f"/api/export/jobs/{job['job_id']}").status_code == 404
        assert httpx.get(done["download_url"]).status_code == 404
        assert httpx.get(share["url"]).status_code == 404
        assert eventually(lambda: not histories(stack, owner))

        assert not log(stack, owner_id=owner)
        assert not log(stack, actor=owner)
        (end,) = log(stack, action=Action.ERASED, owner_id=None)[:1]
        assert end.owner_id is not None
        assert end.owner_id.startswith("erased-")
        (begun,) = [
            each for each in log(stack, owner_id=end.owner_id) if each.action == "erasure-begun"
        ]
        assert begun.actor == end.owner_id
        assert begun.subject == end.subject == told["erasure_id"]

        again = client.wait(client.export(ids, "json")["job_id"])
        assert again["status"] == "completed"


def test_an_operator_erases_an_owner_of_whom_nobody_else_learns(stack: Stack) -> None:
    owner = f"canvas:{uuid4().hex}/course"
    with (
        caller(stack, "operator", "export:admin") as operator,
        caller(stack, owner) as client,
        caller(stack, "somebody") as somebody,
    ):
        asked = operator.http.delete(f"{ADMIN}/owners/{owner}")
        assert asked.status_code == 202, asked.text
        erasure_id = asked.json()["erasure_id"]
        told = erased(operator.http, asked.headers["Location"])
        assert told["exports"] == 0
        assert client.http.get(f"{OWN}/erasures/{erasure_id}").json() == told
        assert somebody.http.get(f"{OWN}/erasures/{erasure_id}").status_code == 404
        assert somebody.http.delete(f"{ADMIN}/owners/{owner}").status_code == 403
    (begun,) = [each for each in log(stack, actor="operator") if each.subject == erasure_id]
    assert begun.owner_id is not None
    assert begun.owner_id.startswith("erased-")

    async def history() -> str:
        handle = (await temporal(stack)).get_workflow_handle(erasure_workflow_id(erasure_id))
        return (await handle.fetch_history()).to_json()

    assert owner not in asyncio.run(history())
