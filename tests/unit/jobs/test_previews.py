"""Pictures of first pages in the database: whose they are, who draws them, how long they stay."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.common.database import Database
from activities.jobs.previews import LIFE, PER_MINUTE, REPLACED, Claim, Previews, PreviewWish
from activities.model.first_pages import FORMAT
from activities.model.job_formats import options_type

pytestmark = pytest.mark.anyio

NOW = datetime(2024, 3, 4, 10, 30, tzinfo=UTC)
PATIENCE = timedelta(seconds=10)
SECOND = timedelta(seconds=1)
PICTURES = b"pictures"


def wish(name: str, owner: str = "teacher-1") -> PreviewWish:
    return PreviewWish(
        preview_id=name,
        owner_id=owner,
        title="Photosynthesis \0",
        options=options_type(FORMAT)(include_metadata=False),
        content_ids=["content-1", "content-2"],
        theme_sha256=None,
    )


@pytest.fixture
def previews(database: Database) -> Previews:
    return Previews(database)


async def test_what_is_wanted_is_what_is_drawn(previews: Previews) -> None:
    await previews.want(wish("a"), NOW)
    wanted = await previews.wish("a")
    assert wanted is not None
    assert wanted.options == wish("a").options
    assert wanted.content_ids == ["content-1", "content-2"]
    assert await previews.wish("b") is None


async def test_pictures_are_their_owners(previews: Previews) -> None:
    await previews.want(wish("a"), NOW)
    await previews.end("a", PICTURES, None)
    found = await previews.look("a", "teacher-1")
    assert found is not None
    assert found.pictures == PICTURES
    assert await previews.look("a", "teacher-2") is None
    assert await previews.claim("a", "teacher-2", NOW, PATIENCE) is Claim.UNDER_WAY


async def test_two_who_look_at_the_same_have_it_drawn_once(previews: Previews) -> None:
    await previews.want(wish("a"), NOW)
    assert await previews.claim("a", "teacher-1", NOW, PATIENCE) is Claim.YES
    assert await previews.claim("a", "teacher-1", NOW + SECOND, PATIENCE) is Claim.UNDER_WAY
    late = NOW + PATIENCE + SECOND
    assert await previews.claim("a", "teacher-1", late, PATIENCE) is Claim.YES, "nobody answered"
    await previews.end("a", PICTURES, None)
    assert await previews.claim("a", "teacher-1", late, PATIENCE) is Claim.UNDER_WAY


async def test_another_choice_takes_the_place_of_the_one_before(previews: Previews) -> None:
    for name in "ab":
        await previews.want(wish(name), NOW)
    await previews.want(wish("other", "teacher-2"), NOW)
    assert await previews.claim("other", "teacher-2", NOW, PATIENCE) is Claim.YES
    assert await previews.claim("a", "teacher-1", NOW, PATIENCE) is Claim.YES
    assert await previews.claim("b", "teacher-1", NOW + SECOND, PATIENCE) is Claim.YES
    replaced = await previews.look("a", "teacher-1")
    others = await previews.look("other", "teacher-2")
    assert replaced is not None
    assert others is not None
    assert replaced.failure == REPLACED
    assert others.failure is None
    back = NOW + 2 * SECOND
    assert await previews.claim("a", "teacher-1", back, PATIENCE) is Claim.YES


async def test_what_failed_is_tried_again_after_a_while(previews: Previews) -> None:
    await previews.want(wish("a"), NOW)
    assert await previews.claim("a", "teacher-1", NOW, PATIENCE) is Claim.YES
    await previews.end("a", None, "too-large")
    soon, later = NOW + 5 * SECOND, NOW + 31 * SECOND
    assert await previews.claim("a", "teacher-1", soon, PATIENCE) is Claim.UNDER_WAY
    assert await previews.claim("a", "teacher-1", later, PATIENCE) is Claim.YES


async def test_an_owner_has_only_so_many_drawn_within_a_minute(previews: Previews) -> None:
    for number in range(PER_MINUTE + 1):
        await previews.want(wish(str(number)), NOW)
    claims = [
        await previews.claim(str(number), "teacher-1", NOW, PATIENCE)
        for number in range(PER_MINUTE + 1)
    ]
    assert claims == [Claim.YES] * PER_MINUTE + [Claim.TOO_MANY]
    later = NOW + timedelta(seconds=61)
    assert await previews.claim(str(PER_MINUTE), "teacher-1", later, PATIENCE) is Claim.YES


async def test_what_nobody_wants_any_more_goes(previews: Previews) -> None:
    await previews.want(wish("old"), NOW - LIFE - SECOND)
    await previews.want(wish("still wanted"), NOW - LIFE - SECOND)
    await previews.want(wish("still wanted"), NOW)
    assert await previews.due_to_be_removed(NOW, 10) == ["old"]
    assert await previews.claim("still wanted", "teacher-1", NOW, PATIENCE) is Claim.YES
    assert await previews.look("old", "teacher-1") is None
    assert await previews.remove(["still wanted"]) == 1
