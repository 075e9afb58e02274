"""Sessions: a random id, of which the database has the hash alone, and an end that counts."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from activities.common.database import Database
from activities.jobs.audit import Action, AuditEntry, AuditFilter, AuditLog, Origin
from activities.people.schema import web_sessions
from activities.people.sessions import NewSession, Person, Sessions, Via

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database)


async def begin(
    sessions: Sessions,
    owner: str = "teacher-1",
    *,
    via: Via = Via.OIDC,
    replaced: str = "",
    **person: object,
) -> NewSession:
    who = Person(
        owner_id=owner,
        scopes=frozenset({"export:read", "export:write"}),
        via=via,
        **person,  # type: ignore[arg-type]
    )
    return await sessions.begin(
        who,
        NOW,
        longest=8 * HOUR,
        framed=False,
        replaced=replaced,
        origin=Origin(owner, "request-1"),
    )


async def audited(database: Database) -> list[AuditEntry]:
    found = await AuditLog(database).page(AuditFilter(), page=1, page_size=100)
    return found.entries[::-1]


async def test_an_id_opens_its_session_and_is_nowhere_in_the_database(
    sessions: Sessions, database: Database
) -> None:
    begun = await begin(
        sessions, name="Ada", email="ada@example.org", locale="ar", tenant="north", via=Via.LINK
    )

    found = await sessions.find(begun.id, NOW + HOUR)
    assert found is not None
    assert (found.owner_id, found.scopes, found.via) == (
        "teacher-1",
        "export:read export:write",
        Via.LINK,
    )
    assert (found.name, found.email, found.locale, found.tenant) == (
        "Ada",
        "ada@example.org",
        "ar",
        "north",
    )
    assert len(begun.id) >= 43, "256 bits"
    rows = await database.read(lambda connection: connection.execute(select(web_sessions)).all())
    assert begun.id not in str(rows)
    assert await sessions.find("another", NOW) is None


@pytest.mark.parametrize(
    ("until", "life"), [(None, 8 * HOUR), (NOW + HOUR, HOUR), (NOW + 20 * HOUR, 8 * HOUR)]
)
async def test_a_session_ends_with_its_time_and_with_what_was_shown_for_it(
    sessions: Sessions, until: datetime | None, life: timedelta
) -> None:
    begun = await begin(sessions, until=until)

    assert begun.expires_at == NOW + life
    assert await sessions.find(begun.id, NOW + life - timedelta(seconds=1)) is not None
    assert await sessions.find(begun.id, NOW + life) is None


async def test_who_signs_in_again_has_another_id_and_the_old_one_is_worth_nothing(
    sessions: Sessions,
) -> None:
    first = await begin(sessions)
    second = await begin(sessions, replaced=first.id)

    assert await sessions.find(first.id, NOW) is None
    assert await sessions.find(second.id, NOW) is not None


async def test_signing_out_counts_at_once_and_is_written_down(
    sessions: Sessions, database: Database
) -> None:
    begun = await begin(sessions)
    other = await begin(sessions, "teacher-2", via=Via.TOKEN)

    for _ in range(2):
        await sessions.end(begun.id, NOW, "request-2")

    assert await Sessions(database).find(begun.id, NOW) is None
    assert await sessions.find(other.id, NOW) is not None
    assert [(entry.action, entry.actor, entry.via) for entry in await audited(database)] == [
        (Action.SIGNED_IN, "teacher-1", "oidc"),
        (Action.SIGNED_IN, "teacher-2", "token"),
        (Action.SIGNED_OUT, "teacher-1", "oidc"),
    ]


@pytest.mark.parametrize(
    ("sid", "sub", "left"),
    [
        ("one", None, [False, True, True, True]),
        (None, "ada", [False, False, True, True]),
        ("one", "ada", [False, True, True, True]),
        ("one", "grace", [True, True, True, True]),
        (None, None, [True, True, True, True]),
        (None, "nobody", [True, True, True, True]),
    ],
)
async def test_a_provider_ends_one_session_or_all_of_a_person(
    sessions: Sessions, sid: str | None, sub: str | None, left: list[bool]
) -> None:
    begun = [
        await begin(sessions, provider_sid="one", provider_sub="ada"),
        await begin(sessions, provider_sid="two", provider_sub="ada"),
        await begin(sessions, provider_sid="three", provider_sub="grace"),
        await begin(sessions, via=Via.LTI, provider_sid="one", provider_sub="ada"),
    ]

    ended = await sessions.end_of_provider(Via.OIDC, NOW, "request-3", sid=sid, sub=sub)

    assert ended == left.count(False)
    assert [await sessions.find(each.id, NOW) is not None for each in begun] == left


async def test_what_is_over_for_a_day_is_removed(sessions: Sessions) -> None:
    ended = await begin(sessions)
    await sessions.end(ended.id, NOW, "request-4")
    await begin(sessions, until=NOW + 2 * HOUR)
    await begin(sessions)

    assert await sessions.due_to_be_removed(NOW + 24 * HOUR, 10) == []
    due = await sessions.due_to_be_removed(NOW + 27 * HOUR, 10)
    assert len(due) == 2
    assert await sessions.remove(due) == 2
    assert len(await sessions.due_to_be_removed(NOW + 100 * HOUR, 10)) == 1
