"""Schedules on the pages: repeat an export, see when and what became of it, pause, run, remove."""

import pytest

from tests.pages.visitor import Visitor
from tests.services.export.api_kit import BOTH, Api, owner_id
from tests.waiting import eventually


@pytest.fixture
def repeated(api: Api, owner: str, visitor: Visitor) -> str:
    """The id of a schedule that was made from the form for an export."""
    [item] = api.add_content(owner, 1)
    form = visitor.get("/exports/new", item=item).form("/exports")
    chosen = form | {
        "format": ["txt", "json"],
        "repeat_name": "Each <b>Monday</b>",
        "repeat": "weekly",
        "repeat_at": "06:30",
        "repeat_zone": "Europe/Berlin",
        "repeat_only_changed": "1",
    }
    page = visitor.send("/schedules", chosen)
    assert page.status == 200, page.text
    assert page.path == "/schedules"
    with api.client(owner) as client:
        [schedule] = client.get("/api/export/schedules").json()["items"]
    assert schedule["cron"] == "30 6 * * mon"
    assert schedule["export"]["formats"] == ["json", "txt"]
    schedule_id: str = schedule["schedule_id"]
    return schedule_id


def test_repeated_export_is_shown_run_paused_resumed_and_removed(
    visitor: Visitor, repeated: str
) -> None:
    page = visitor.get("/schedules")
    assert page.texts("//article//h2") == ["Each <b>Monday</b>"]
    assert "Every Monday at 6:30 (Europe/Berlin)" in page.text
    assert "only what changed" in page.text
    assert "Next:" in page.text
    key = {"form_key": page.form_key()}
    assert "Paused" in visitor.send(f"/schedules/{repeated}/pause", key).text
    assert "Next:" in visitor.send(f"/schedules/{repeated}/resume", key).text
    visitor.send(f"/schedules/{repeated}/run", key)
    eventually(lambda: "Waiting" in visitor.get("/schedules").texts("//details//li")[0], 60)
    gone = visitor.send(f"/schedules/{repeated}/remove", key)
    assert "Nothing is repeated yet." in gone.text


def test_what_is_wrong_is_said_on_the_form(api: Api, owner: str, visitor: Visitor) -> None:
    [item] = api.add_content(owner, 1)
    form = visitor.get("/exports/new", item=item).form("/exports")
    filled = {
        "repeat_name": "For <b>Ada</b>",
        "repeat": "monthly",
        "repeat_at": "06:30",
        "repeat_zone": "Mars",
        "repeat_only_changed": "1",
    }
    page = visitor.send("/schedules", form | filled)
    assert page.status == 400
    assert "IANA" in page.text
    again = page.form("/exports")
    assert {name: again[name] for name in filled} == {
        name: [value] for name, value in filled.items()
    }
    assert page.find("//details[@open]//input[@name='repeat_name']")
    for time in ("soon", f"{'9' * 5_000}:00", "6:3"):
        page = visitor.send("/schedules", form | {"repeat_at": time})
        assert page.status == 400
        assert "at what time" in page.text


def test_anothers_schedule_is_not_there(api: Api, repeated: str) -> None:
    with Visitor(api, owner_id()) as other:
        key = {"form_key": other.get("/").form_key()}
        for action in ("run", "pause", "resume", "remove"):
            assert other.send(f"/schedules/{repeated}/{action}", key).status == 404
        assert "Nothing is repeated yet." in other.get("/schedules").text


def test_operators_see_times_and_owners_and_no_names(api: Api, owner: str, repeated: str) -> None:
    with Visitor(api, owner_id(), f"{BOTH} export:admin") as operator:
        page = operator.get("/admin/schedules")
    assert owner in page.text
    assert repeated in page.text
    assert "Monday</b>" not in page.text


def test_schedules_are_told_in_the_language_of_the_reader(
    api: Api, owner: str, visitor: Visitor, repeated: str
) -> None:
    with api.client(owner) as client:
        body = {"name": "Oft", "every": "PT36H", "export": {"format": "txt"}}
        client.post("/api/export/schedules", json=body).raise_for_status()
    page = visitor.get("/schedules", lang="de")
    assert page.texts("//h1") == ["Deine Zeitpläne"]
    assert "Jeden Montag um 6:30 (Europe/Berlin)" in page.text
    assert "Alle 36 Std." in page.text
    assert "nur was sich geändert hat" in page.text
    [item] = api.add_content(owner, 1)
    assert "Diesen Export wiederholen" in visitor.get("/exports/new", item=item, lang="de").text
