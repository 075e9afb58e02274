"""Watching exports, fetching their files, and what is said when something is wrong."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from activities.jobs.file_checks import FileChecks
from activities.model.jobs import Phase, Status
from tests.pages.visitor import Visitor
from tests.services.export.api_kit import Api


def events(response: httpx.Response) -> list[dict[str, Any]]:
    lines = response.text.splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def test_exports_are_listed_with_what_can_be_done(api: Api, owner: str, visitor: Visitor) -> None:
    waiting = api.add_job(owner)
    running = api.add_job(owner, Status.PROCESSING)
    api.progress(running, Phase.RENDERING, 1)
    failed = api.add_job(owner, Status.FAILED)
    ready = api.add_file(owner)

    page = visitor.get("/exports")

    def card(job_id: str) -> str:
        return f"//article[@id='job-{job_id}']"

    assert page.texts("//article//span[contains(@class, 'badge')]") == [
        "Ready",
        "Failed",
        "In progress",
        "Waiting",
    ]
    assert page.texts(f"{card(ready)}//a[contains(@href, 'download')]")[0].startswith("Download")
    assert page.find(f"{card(running)}//progress/@value") == ["50.0"]
    assert "Writing the file · 1 of 2 items" in page.texts(card(running))[0]
    assert "Waiting for a worker" in page.texts(card(waiting))[0]
    assert page.texts(f"{card(failed)}//a[contains(@href, 'again')]")
    assert page.find(f"{card(waiting)}//form/@action") == [f"/exports/{waiting}/cancel"]
    assert page.find(f"{card(ready)}//form") == []


def test_those_who_wait_see_how_many_come_first(api: Api, owner: str, visitor: Visitor) -> None:
    for _ in range(3):
        last = api.add_job(owner)
    time.sleep(1.1)  # the queue is looked at once a second

    told = visitor.get(f"/exports/{last}").texts("//p[@data-summary]")[0]

    before = re.search(r" · (\d+) exports before this one", told)
    assert before, told
    assert int(before[1]) >= 2
    with api.client(owner) as client:
        assert client.get(f"/api/export/jobs/{last}").json()["queue_position"] >= 2


def test_the_list_is_filtered_and_cut_into_pages(api: Api, owner: str, visitor: Visitor) -> None:
    for _ in range(21):
        api.add_job(owner)
    api.add_job(owner, Status.FAILED)

    assert len(visitor.get("/exports").texts("//article")) == 20
    waiting = visitor.get("/exports", status="pending")
    (older,) = waiting.find("//a[@rel='next']/@href")
    assert waiting.texts("//a[@aria-current='true']") == ["Waiting"]
    assert len(visitor.get(older).texts("//article")) == 1
    assert len(visitor.get("/exports", status="failed").texts("//article")) == 1
    assert "No export is in this state." in visitor.get("/exports", status="expired").text
    assert len(visitor.get("/exports", status="nonsense").texts("//article")) == 20


def test_older_exports_follow_those_that_were_shown_whatever_starts_meanwhile(
    api: Api, owner: str, visitor: Visitor
) -> None:
    start = datetime.now(UTC) - timedelta(minutes=1)
    ids = [api.add_job(owner, created_at=start + timedelta(seconds=n)) for n in range(23)]
    first = visitor.get("/exports")
    newest = [api.add_job(owner) for _ in range(2)]

    second = visitor.get(first.find("//a[@rel='next']/@href")[0])
    back = visitor.get(second.find("//a[@rel='prev']/@href")[0])
    to_newest = visitor.get(back.find("//a[@rel='prev']/@href")[0])

    assert second.find("//article/@id") == [f"job-{job_id}" for job_id in ids[2::-1]]
    assert not second.find("//a[@rel='next']")
    assert back.find("//article/@id") == first.find("//article/@id")
    assert sorted(to_newest.find("//article/@id")) == sorted(f"job-{each}" for each in newest)


def test_a_file_is_fetched_from_the_page(api: Api, owner: str, visitor: Visitor) -> None:
    job_id = api.add_file(owner, b"The text.", name="Le cours d\u2019\u00e9t\u00e9.txt")
    (link,) = visitor.get(f"/exports/{job_id}").find("//a[contains(@href, 'download')]/@href")

    response = visitor.http.get(link)

    assert response.content == b"The text."
    assert response.headers["content-disposition"].startswith("attachment;")
    assert response.headers["content-security-policy"].startswith("default-src 'none'; frame")


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (Status.PENDING, 409, "The export is pending"),
        (Status.FAILED, 409, "The export is failed; it has no file."),
        (None, 410, "has been removed"),
    ],
)
def test_a_file_that_is_not_there_is_explained(
    api: Api, owner: str, visitor: Visitor, status: Status | None, code: int, says: str
) -> None:
    expired = timedelta(seconds=-1)
    job_id = api.add_job(owner, status) if status else api.add_file(owner, retention=expired)

    page = visitor.get(f"/exports/{job_id}/download")

    assert page.status == code
    assert says in page.alert
    assert "What you can do" in page.alert


def test_a_lost_file_is_explained_and_exported_again(
    api: Api, owner: str, visitor: Visitor
) -> None:
    job_id = api.add_file(owner)
    api.in_database(lambda database: FileChecks(database).mark_lost(job_id, datetime.now(UTC)))
    for path in ("/exports", f"/exports/{job_id}"):
        shown = visitor.get(path).text
        assert "File lost" in shown
        assert "missing or damaged" in shown
        assert "Export again: A title" in shown
        assert "Download" not in shown
    page = visitor.get(f"/exports/{job_id}/download")
    assert page.status == 410
    assert "Export again" in page.alert


def test_a_failure_says_what_to_do(api: Api, owner: str, visitor: Visitor) -> None:
    page = visitor.get(f"/exports/{api.add_job(owner, Status.FAILED)}")

    assert "Failed 2 items" in page.texts("//div[@class='notice bad']")[0]
    assert "Go on without it" in page.texts("//div[@class='notice bad']")[0]
    assert page.texts("//a[contains(@href, 'again')]")


def test_cancelling_ends_a_waiting_export(api: Api, owner: str, visitor: Visitor) -> None:
    job_id = api.add_job(owner)
    page = visitor.get(f"/exports/{job_id}")

    after = visitor.send(f"/exports/{job_id}/cancel", page.form(f"/exports/{job_id}/cancel"))

    assert after.path == f"/exports/{job_id}"
    assert "Cancelled. Nothing of it was kept." in after.text
    again = visitor.send(f"/exports/{job_id}/cancel", page.form(f"/exports/{job_id}/cancel"))
    assert again.path == f"/exports/{job_id}"


def test_cancelling_what_has_a_file_is_explained(api: Api, owner: str, visitor: Visitor) -> None:
    job_id = api.add_file(owner)

    page = visitor.send(f"/exports/{job_id}/cancel", {"form_key": visitor.get("/").form_key()})

    assert page.status == 409
    assert "nothing to cancel" in page.alert


def test_the_script_is_told_of_changes_in_words(api: Api, owner: str, visitor: Visitor) -> None:
    running = api.add_job(owner, Status.PROCESSING)
    api.progress(running, Phase.RENDERING, 1)
    with visitor.http.stream("GET", f"/exports/{running}/events") as response:
        lines = response.iter_lines()
        first = json.loads(next(line for line in lines if line.startswith("data: "))[6:])
        assert response.headers["content-type"].startswith("text/event-stream")
    assert first["percent"] == 50.0
    assert first["summary"].startswith("Writing the file · 1 of 2 items")
    assert not first["ended"]

    ended = visitor.http.get(f"/exports/{api.add_file(owner)}/events")
    assert [(event["ended"], event["percent"]) for event in events(ended)] == [(True, 100.0)]


def test_a_job_is_titled_in_plain_text(api: Api, owner: str, visitor: Visitor) -> None:
    ids = api.add_content(owner, 1, title="The **space** race `x`")
    with api.client(owner) as client:
        client.post("/api/export/", json={"content_ids": ids, "format": "txt"})

    page = visitor.get("/exports")

    assert page.texts("//article//h2") == ["The space race x"]
    assert page.find("//article//h2/@dir") == ["auto"]


def test_the_details_name_every_choice(api: Api, owner: str, visitor: Visitor) -> None:
    ids = api.add_content(owner, 1)
    body = {"content_ids": ids, "format": "csv", "csv_layout": "files", "parts": ["faqs"]}
    with api.client(owner) as client:
        job_id = client.post("/api/export/", json=body).json()["job_id"]

    page = visitor.get(f"/exports/{job_id}")

    facts = dict(zip(page.texts("//dl//dt"), page.texts("//dl//dd"), strict=True))
    assert facts["CSV files"] == "A zip with one for each part"
    assert facts["Parts"] == "FAQs"
    assert "Paper" not in facts, "CSV has none"


def test_what_the_service_cannot_do_now_is_a_page_too(visitor: Visitor) -> None:
    page = visitor.get("/exports/nothing-like-an-id")

    assert page.status == 404
    assert page.texts("//h1") == ["There is nothing here"]
    assert "What you can do" in page.alert


def test_what_one_form_started_is_one_entry_of_the_list(
    api: Api, owner: str, visitor: Visitor
) -> None:
    items = api.add_content(owner, 5)
    form = visitor.get("/exports/new", item=items)
    fields = form.form("/exports") | {"format": ["pdf", "txt"], "form_key": [form.form_key()]}
    listed = visitor.send("/exports", fields)
    assert listed.path == "/exports"
    [entry] = listed.find("//article")
    [title] = [" ".join(each.text_content().split()) for each in entry.xpath(".//h2")]
    assert title.endswith(" and 4 more")
    assert "5 items: " in entry.text_content()
    assert "and 2 more" in entry.text_content()
    heads = [" ".join(each.text_content().split()) for each in entry.xpath(".//li//h3")]
    assert heads == [f"PDF: {title}", f"Plain text: {title}"]
    alone = visitor.send("/exports", fields | {"format": ["txt"], "nonce": ["another"]})
    assert title in alone.text
    assert len(visitor.get("/exports").find("//article")) == 2

    german = visitor.get("/exports", lang="de")
    assert title.replace(" and 4 more", " und 4 weitere") in german.text
