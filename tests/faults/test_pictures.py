"""Exports with pictures that a content source has, while workers and pictures are lost."""

import io
import zipfile
from collections.abc import Iterator
from urllib.parse import quote_plus

import pikepdf
import pytest
from msgspec.structs import replace
from PIL import Image as Pillow
from temporalio.api.enums.v1 import EventType

from activities.formats.testing.items import png
from tests.faults.arena import OWNER, Arena, running_arena
from tests.faults.faulty_content import FaultyContent, faulty_content
from tests.faults.oracle import Wanted
from tests.faults.orders import Action
from tests.services.export.kit import workflow_history

pytestmark = pytest.mark.faults

SHARED, OWN, GONE = "/shared.png", "@@PLUGINFILE@@/größe 1.png", "/gone.png"
IDS = tuple(f"content-{number}" for number in range(1, 61))
"""Of these the first and the last, which are of different chunks, refer to pictures."""
FIRST, LAST = IDS[0], IDS[-1]
PICTURED = {
    FIRST: f"![a]({SHARED}) ![b](<{OWN}>)",
    LAST: f'<img src="{SHARED}" alt="c">',
    IDS[1]: f"![A leaf]({GONE})",
}


@pytest.fixture(scope="module")
def platform() -> Iterator[FaultyContent]:
    """A content platform whose items refer to pictures that it has."""
    with faulty_content() as running:
        running.items = [
            replace(each, study_guide=PICTURED[each.id]) if each.id in PICTURED else each
            for each in running.items
        ]
        running.media = {(OWNER, SHARED): png(300, 200), (OWNER, OWN): png(40, 100)}
        yield running


@pytest.fixture(scope="module")
def fed(platform: FaultyContent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service that takes its content from there, and may use the express lane."""
    settings = {**platform.settings, "EXPORT_EXPRESS": "true"}
    with running_arena(tmp_path_factory.mktemp("fed"), settings) as running:
        yield running


def _asked_for(platform: FaultyContent) -> list[str]:
    return [path for path in platform.requests if "/media?" in path]


def test_pictures_take_fetches_of_their_own_and_content_is_read_once(
    fed: Arena, platform: FaultyContent
) -> None:
    caller = fed.callers[OWNER]
    platform.requests.clear()
    job = caller.wait(caller.export([FIRST], "pdf")["job_id"])
    assert (job["status"], job["warnings"]) == ("completed", [])
    with pikepdf.open(io.BytesIO(caller.download(job))) as pdf:
        widths = [
            int(each.Width)
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]
    assert sorted(widths) == [40, 300]
    assert len(_asked_for(platform)) == 2
    events = workflow_history(fed.stack, job["job_id"])
    queued = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]
    assert queued[-2:] == ["freeze_pictures", "render"]
    whole = [path for path in platform.requests if "/items?" in path and "fields=head" not in path]
    assert len(whole) == 1


def test_a_picture_of_two_chunks_is_fetched_once(fed: Arena, platform: FaultyContent) -> None:
    caller = fed.callers[OWNER]
    platform.requests.clear()
    job = caller.wait(caller.export(list(IDS), "docx")["job_id"], 120)
    assert job["status"] == "completed"
    asked = _asked_for(platform)
    assert sum(quote_plus(SHARED) in path for path in asked) == 1
    assert len(asked) == 3
    with zipfile.ZipFile(io.BytesIO(caller.download(job))) as package:
        media = [name for name in package.namelist() if name.startswith("word/media/")]
        sizes = [Pillow.open(io.BytesIO(package.read(name))).size for name in media]
    # Other items have pictures within their text.
    assert (sizes.count((300, 200)), sizes.count((40, 100))) == (1, 1)
    [warning] = job["warnings"]
    assert (warning["code"], warning["count"]) == ("image-not-embedded", 1)
    assert [place["item_id"] for place in warning["places"]] == [IDS[1]]
    assert "leaf" not in warning["detail"]


@pytest.mark.parametrize("point", ["stored.references", "stored.picture", "stored.pictures"])
@pytest.mark.parametrize("format_id", ["pdf", "docx"])
def test_worker_that_is_killed_while_pictures_are_fetched_costs_no_picture(
    fed: Arena, point: str, format_id: str
) -> None:
    wanted = Wanted(OWNER, (FIRST, *IDS[2:4], LAST), format_id)
    ledger = fed.begin(wanted)
    fed.orders.give(point, Action.KILL)

    ledger.submit(wanted)
    fed.orders.await_taken(point)

    fed.judge(40).assert_clean()


def test_an_export_is_never_the_file_of_another_that_may_have_had_other_pictures(
    fed: Arena, platform: FaultyContent
) -> None:
    caller = fed.callers[OWNER]
    first = caller.wait(caller.export([LAST], "docx")["job_id"])
    platform.media[OWNER, SHARED] = png(10, 20)
    try:
        second = caller.wait(caller.export([LAST], "docx")["job_id"])
    finally:
        platform.media[OWNER, SHARED] = png(300, 200)
    assert caller.download(first) != caller.download(second)


def test_an_export_that_insists_on_its_pictures_says_which_item_lacks_one(fed: Arena) -> None:
    caller = fed.callers[OWNER]
    asked = caller.export([IDS[1], FIRST], "pdf", on_media_error="fail")
    job = caller.wait(asked["job_id"])
    assert (job["status"], job["error"]["code"]) == ("failed", "media-unavailable")
    assert IDS[1] in job["error"]["detail"]
    assert GONE not in job["error"]["detail"]
    asked = caller.export([FIRST], "pdf", on_media_error="fail")
    assert caller.wait(asked["job_id"])["status"] == "completed"
