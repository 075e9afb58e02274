"""Reading, listing and cancelling jobs over HTTP."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import httpx
import pytest

from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.records import JobRecords
from activities.model.jobs import Phase, Status
from tests.services.export.api_kit import Api, owner_id, problem


def test_a_job_shows_how_far_it_is(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)
    with api.client(owner) as client:

        def read() -> tuple[dict[str, object], httpx.Response]:
            response = client.get(f"/api/export/jobs/{job_id}")
            return response.json()["progress"], response

        fetching, response = read()
        api.progress(job_id, Phase.RENDERING, 1)
        rendering, _ = read()
        api.progress(job_id, Phase.ASSEMBLING, 2)
        assembling, _ = read()

    assert (fetching["phase"], fetching["percent"]) == ("fetching", 0.0)
    assert rendering == {"percent": 50.0, "phase": "rendering", "items_done": 1, "items_total": 2}
    assert (assembling["phase"], assembling["percent"]) == ("assembling", 90.0)
    assert response.json()["status"] == "processing"
    assert response.json()["started_at"] is not None
    assert int(response.headers["retry-after"]) > 0


def test_a_completed_job_shows_its_file_and_a_link(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, b"text", name="Lesson.txt")

    with api.client(owner) as client:
        response = client.get(f"/api/export/jobs/{job_id}")

    job = response.json()
    assert job["status"] == "completed"
    assert job["progress"] == {
        "percent": 100.0,
        "phase": "completed",
        "items_done": 2,
        "items_total": 2,
    }
    assert job["file"]["name"] == "Lesson.txt"
    assert (job["file"]["size"], job["file"]["items"]) == (4, 2)
    assert len(job["file"]["sha256"]) == 64
    assert job["download_url"].startswith(f"{api.url}/api/export/jobs/{job_id}/download?expires=")
    left = datetime.fromisoformat(job["download_url_expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    assert "retry-after" not in response.headers


def test_a_failed_job_says_why(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.FAILED)

    with api.client(owner) as client:
        job = client.get(f"/api/export/jobs/{job_id}").json()

    assert job["status"] == "failed"
    assert job["progress"]["percent"] < 100
    assert job["error"].keys() == {"type", "title", "detail", "code"}
    assert job["error"]["code"] == "render-failed"
    assert job["download_url"] is None


def pages(client: httpx.Client, url: str) -> list[list[str]]:
    """The job ids of each page, following the links."""
    found = []
    following: str | None = url
    while following is not None:
        response = client.get(following)
        assert response.status_code == 200
        found.append([job["job_id"] for job in response.json()["items"]])
        following = response.links.get("next", {}).get("url")
    return found


def test_a_page_far_behind_the_last_is_empty(api: Api, owner: str) -> None:
    job_id = api.add_job(owner)
    far = {"page": 1_000_000_000, "page_size": 100}
    with api.client(owner) as client, api.client("an-operator", "export:admin") as operator:
        for response in (
            client.get("/api/export/jobs", params=far),
            operator.get("/api/export/admin/jobs", params=far | {"owner": owner}),
            operator.get("/api/export/admin/audit", params=far | {"job": job_id}),
        ):
            assert response.status_code == 200, response.text
            assert response.json()["items"] == []
            assert response.json()["total"] == 1


def test_a_list_is_read_page_by_page_newest_first(api: Api, owner: str) -> None:
    # In the past: whoever looks for the newest job of all must not find one of these.
    start = datetime.now(UTC) - timedelta(minutes=1)
    ids = [api.add_job(owner, created_at=start + timedelta(seconds=n)) for n in range(7)]
    api.add_job(owner_id())

    with api.client(owner) as client:
        found = pages(client, "/api/export/jobs?page_size=3")
        middle = client.get("/api/export/jobs?page=2&page_size=3")
        beyond = client.get("/api/export/jobs?page=9&page_size=3")

    assert found == [ids[:3:-1], ids[3:0:-1], ids[:1]]
    body = middle.json()
    assert (body["page"], body["page_size"], body["total"], body["pages"]) == (2, 3, 7, 3)
    assert set(middle.links) == {"first", "prev", "next", "last"}
    assert middle.links["last"]["url"].endswith("page=3&page_size=3")
    assert beyond.status_code == 200
    assert beyond.json()["items"] == []
    assert beyond.json()["total"] == 7


def test_a_cursor_that_no_link_had_is_refused(api: Api, owner: str) -> None:
    with api.client(owner) as client, api.client("an-operator", "export:admin") as operator:
        for list_of, path in (
            (client, "/api/export/jobs"),
            (operator, "/api/export/admin/jobs"),
            (operator, "/api/export/admin/audit"),
        ):
            refused = list_of.get(path, params={"cursor": "of-something-else"})
            assert refused.status_code == 400
            (error,) = refused.json()["errors"]
            assert error["parameter"] == "cursor"
            assert "link of this list" in error["detail"]


def test_a_list_can_be_filtered_by_state(api: Api, owner: str) -> None:
    done = [api.add_file(owner) for _ in range(3)]
    api.add_job(owner, Status.FAILED)

    with api.client(owner) as client:
        completed = pages(client, "/api/export/jobs?status=completed&page_size=2")
        counted = client.get("/api/export/jobs?status=failed").json()["total"]

    assert sorted(chain.from_iterable(completed)) == sorted(done)
    assert counted == 1


def test_a_list_shows_each_job_as_it_is_at_that_moment(api: Api, owner: str) -> None:
    ended = [api.add_file(owner), api.add_file(owner), api.add_job(owner, Status.FAILED)]
    pending = api.add_job(owner)
    with api.client(owner) as client, api.client(owner_id()) as stranger:

        def listed(host: str = "") -> dict[str, dict[str, object]]:
            headers = {"Host": host} if host else {}
            jobs = client.get("/api/export/jobs", headers=headers).json()["items"]
            assert [job["job_id"] for job in jobs] == [pending, *ended[::-1]][: len(jobs)]
            assert stranger.get("/api/export/jobs").json()["items"] == []
            return {job["job_id"]: job for job in jobs}

        def alone() -> dict[str, dict[str, object]]:
            ids = [pending, *ended]
            return {id_: client.get(f"/api/export/jobs/{id_}").json() for id_ in ids}

        assert listed() == listed()
        assert without_links(listed()) == without_links(alone())
        assert client.get(str(listed()[ended[0]]["download_url"])).status_code == 200
        # What is remembered for one address is not said to who came by another.
        url = listed("other.example")[ended[0]]["download_url"]
        assert str(url).startswith("http://other.example/")
        assert client.put(f"/api/export/jobs/{ended[0]}/pin").status_code == 200
        assert client.delete(f"/api/export/jobs/{ended[1]}/file").status_code == 204
        assert client.delete(f"/api/export/jobs/{pending}").status_code == 202
        now = listed()
        assert without_links(now) == without_links(alone())
        assert now[ended[0]]["pinned"] is True
        assert now[ended[1]]["download_url"] is None
        assert now[pending]["status"] == "cancelled"


def without_links(jobs: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """The jobs without what tells the moment of the response: a list's links are steadier."""
    told = {"download_url", "download_url_expires_at"}
    return {
        job_id: {name: value is not None if name in told else value for name, value in job.items()}
        for job_id, job in jobs.items()
    }


def test_an_empty_list_is_a_page(api: Api, owner: str) -> None:
    with api.client(owner) as client:
        response = client.get("/api/export/jobs")

    assert response.json() == {"items": [], "page": 1, "page_size": 20, "total": 0, "pages": 0}
    assert "next" not in response.links


def test_a_large_page_is_cut_to_a_hundred(api: Api, owner: str) -> None:
    with api.client(owner) as client:
        assert client.get("/api/export/jobs?page_size=100000").json()["page_size"] == 100


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=one", "page"),
        ("page=99999999999999999999999", "page"),
        ("page_size=0", "page_size"),
        ("page_size=-5", "page_size"),
        ("page_size=1.5", "page_size"),
        ("status=done", "status"),
        ("status=", "status"),
    ],
)
def test_a_bad_query_is_refused(api: Api, owner: str, query: str, parameter: str) -> None:
    with api.client(owner) as client:
        document = problem(client.get(f"/api/export/jobs?{query}"), 400, "invalid-request")

    assert [error["parameter"] for error in document["errors"]] == [parameter]
    assert document["instance"] == "/api/export/jobs"


def test_a_pending_job_is_cancelled_at_once_even_while_temporal_is_away(
    api: Api, owner: str
) -> None:
    ids = api.add_content(owner, 1)
    with api.client(owner) as client:
        job_id = client.post("/api/export/", json={"content_ids": ids, "format": "txt"}).json()[
            "job_id"
        ]

        first = client.delete(f"/api/export/jobs/{job_id}")
        again = client.delete(f"/api/export/jobs/{job_id}")

    assert (first.status_code, first.json()["status"]) == (202, "cancelled")
    assert first.json()["progress"]["phase"] == "cancelled"
    assert again.status_code == 202
    assert again.json() == first.json()


def test_cancelling_a_running_job_is_taken_while_temporal_is_away(api: Api, owner: str) -> None:
    job_id = api.add_job(owner, Status.PROCESSING)

    with api.client(owner) as client:
        response = client.delete(f"/api/export/jobs/{job_id}")
    job = api.in_database(lambda database: JobRecords(database).get(job_id))

    assert (response.status_code, response.json()["status"]) == (202, "processing")
    assert job is not None
    assert job.cancel_requested_at is not None


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.EXPIRED])
def test_what_has_ended_otherwise_cannot_be_cancelled(api: Api, owner: str, status: Status) -> None:
    job_id = api.add_job(owner, status) if status is Status.FAILED else api.add_file(owner)
    if status is Status.EXPIRED:
        api.in_database(
            lambda database: JobLifecycle(database).expire(
                [job_id], datetime.now(UTC) + timedelta(days=8)
            )
        )

    with api.client(owner) as client:
        document = problem(client.delete(f"/api/export/jobs/{job_id}"), 409, "already-ended")
        after = client.get(f"/api/export/jobs/{job_id}").json()

    assert status.value in document["detail"]
    assert after["status"] == status.value
