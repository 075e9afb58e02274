"""A file is given to others by a link: for a time, a number of times, and until it is ended."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from activities.jobs.audit import Action
from activities.jobs.lifecycle import JobLifecycle
from activities.model.jobs import Status
from tests.services.export.api_kit import URL_SECRET, Api, owner_id, problem
from tests.services.export.test_api_audit import audited

DATA = b"The exported text."


def share(api: Api, owner: str, job_id: str, **terms: Any) -> dict[str, Any]:
    """A new share, as the API gives it."""
    with api.client(owner) as client:
        response = client.post(f"/api/export/jobs/{job_id}/shares", json=terms)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def read(api: Api, owner: str, share_id: str) -> dict[str, Any]:
    """The owner's share as it is now."""
    with api.client(owner) as client:
        items = client.get("/api/export/shares", params={"page_size": 100}).json()["items"]
    found: dict[str, Any] = next(each for each in items if each["share_id"] == share_id)
    return found


def fetch(link: str, **headers: str) -> httpx.Response:
    """The file as somebody gets it who was never here."""
    return httpx.get(f"{link}/file", headers=headers)


def code_of(page: httpx.Response) -> str:
    return " ".join(page.text.split())


def test_whoever_has_the_link_gets_the_file_and_learns_nothing_of_the_owner(
    api: Api, owner: str
) -> None:
    job_id = api.add_file(owner, DATA, name="Photosynthesis.txt")
    made = share(api, owner, job_id, name="Class 9b", max_downloads=30)

    page = httpx.get(made["url"])
    assert page.status_code == 200
    assert page.headers["x-robots-tag"] == "noindex"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["content-security-policy"].endswith("frame-ancestors 'none'")
    for word in ("Photosynthesis.txt", "18 bytes", "UTC", "30"):
        assert word in page.text
    for secret in (owner, job_id, "Class 9b", "Sign out"):
        assert secret not in page.text

    file = fetch(made["url"])
    assert (file.status_code, file.content) == (200, DATA)
    assert file.headers["x-robots-tag"] == "noindex"
    assert file.headers["content-disposition"].startswith("attachment")


def test_what_is_shared_is_said_to_its_owner(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    end = datetime.now(UTC) + timedelta(days=2)
    made = share(api, owner, job_id, name="  Class \n 9b ", expires_at=end.isoformat())
    fetch(made["url"])

    with api.client(owner) as client:
        listed = client.get(f"/api/export/jobs/{job_id}/shares").json()
        of_all = client.get("/api/export/shares").json()
    assert listed["items"] == of_all["items"]
    [shown] = listed["items"]
    assert shown["name"] == "Class 9b"
    assert (shown["state"], shown["downloads"], shown["max_downloads"]) == ("active", 1, None)
    assert datetime.fromisoformat(shown["expires_at"]) == end
    assert shown["last_used_at"] is not None
    assert shown["url"] == made["url"]


def test_of_many_at_once_no_more_get_it_than_may(api: Api, owner: str) -> None:
    made = share(api, owner, api.add_file(owner, DATA), max_downloads=5)

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: fetch(made["url"]), range(40)))

    assert [each.status_code for each in found].count(200) == 5
    assert {each.status_code for each in found} == {200, 410}
    assert read(api, owner, made["share_id"])["state"] == "used-up"
    page = httpx.get(made["url"])
    assert page.status_code == 410
    assert "a number of downloads, which have all been used" in code_of(page)


def test_whoever_was_counted_may_fetch_it_again(api: Api, owner: str) -> None:
    made = share(api, owner, api.add_file(owner, DATA), max_downloads=1)
    with httpx.Client() as browser:
        assert browser.get(f"{made['url']}/file").status_code == 200
        [cookie] = browser.cookies.jar
        value = str(cookie.value)
        assert cookie.path == made["url"].removeprefix(api.url)
        assert browser.get(f"{made['url']}/file").status_code == 200
        part = browser.get(f"{made['url']}/file", headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, DATA[4:8])
        assert "You have downloaded it already" in browser.get(made["url"]).text

    assert read(api, owner, made["share_id"])["downloads"] == 1
    assert fetch(made["url"]).status_code == 410
    other = share(api, owner, api.add_file(owner, DATA), max_downloads=1)
    assert fetch(made["url"], Cookie=f"export_share={value[:-1]}").status_code == 410
    fetch(other["url"], Cookie=f"export_share={value}")
    assert read(api, owner, other["share_id"])["downloads"] == 1


def test_looking_counts_nothing(api: Api, owner: str) -> None:
    made = share(api, owner, api.add_file(owner, DATA), max_downloads=1)
    link = f"{made['url']}/file"

    assert httpx.head(link).headers["content-length"] == str(len(DATA))
    assert httpx.get(made["url"]).status_code == 200
    for early in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}):
        refused = fetch(made["url"], **early)
        assert (refused.status_code, refused.content) == (503, b"")
        assert "json" not in refused.headers["content-type"]
    assert fetch(made["url"], Range="bytes=900-").status_code == 416
    assert fetch(made["url"], **{"If-Match": '"other"'}).status_code == 412

    assert read(api, owner, made["share_id"])["downloads"] == 0
    assert fetch(made["url"]).status_code == 200


def test_a_share_that_is_ended_gives_nothing_from_then_on(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    made, other = share(api, owner, job_id), share(api, owner, job_id)
    with api.client(owner) as client, httpx.Client() as browser:
        browser.get(f"{made['url']}/file")
        for _ in range(2):
            ended = client.delete(f"/api/export/shares/{made['share_id']}")
            assert (ended.status_code, ended.content) == (204, b"")

        page = browser.get(f"{made['url']}/file")
        assert page.status_code == 410
        assert "Whoever shared the file has ended this link" in code_of(page)
        refused = client.patch(f"/api/export/shares/{made['share_id']}", json={"name": "x"})
        problem(refused, 410, "share-ended")
    assert read(api, owner, made["share_id"])["state"] == "revoked"
    assert fetch(other["url"]).status_code == 200


def test_a_link_that_nobody_made_and_one_that_somebody_forged_look_the_same(
    api: Api, owner: str
) -> None:
    made = share(api, owner, api.add_file(owner, DATA))
    begin, _, mac = made["url"].rpartition(".")
    forged = [f"{begin}.{'A' * 22}", f"{begin}.{mac[:-1]}", f"{begin}0.{mac}", f"{begin}"]
    unknown = f"{api.url}/s/{'0' * 32}.{'A' * 22}"

    links = [f"{link}{end}" for link in (unknown, *forged) for end in ("", "/file")]
    pages = [(httpx.URL(link).path, httpx.get(link)) for link in links]

    assert {page.status_code for _, page in pages} == {404}
    # Its links to other languages are of the page itself.
    assert len({page.text.replace(f'href="{path}?', 'href="?') for path, page in pages}) == 1


def test_a_network_that_tries_many_is_told_to_wait_and_those_with_a_link_are_not(
    tmp_path_factory: pytest.TempPathFactory, owner: str
) -> None:
    with Api(tmp_path_factory.mktemp("misses")) as api:
        made = share(api, owner, api.add_file(owner, DATA))
        with httpx.Client(base_url=api.url) as client:
            found = [client.get(f"/s/{number:032x}.{'A' * 22}") for number in range(32)]
            assert [page.status_code for page in found].count(404) == 30
            assert found[-1].status_code == 429
            assert int(found[-1].headers["retry-after"]) > 0
            assert client.get(made["url"]).status_code == 200
            metrics = client.get("/metrics").text
        assert 'export_shares_total{event="missed"} 32.0' in metrics


def test_the_file_is_kept_as_long_as_its_share(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA, retention=timedelta(days=1))
    end = datetime.now(UTC) + timedelta(days=20)
    made = share(api, owner, job_id, expires_at=end.isoformat())

    with api.client(owner) as client:
        job = client.get(f"/api/export/jobs/{job_id}").json()
        assert datetime.fromisoformat(job["expires_at"]) == end
        # A shorter one takes nothing away, and a longer one adds.
        share(api, owner, job_id)
        longer = end + timedelta(days=5)
        changed = client.patch(
            f"/api/export/shares/{made['share_id']}", json={"expires_at": longer.isoformat()}
        )
        assert datetime.fromisoformat(changed.json()["expires_at"]) == longer
        job = client.get(f"/api/export/jobs/{job_id}").json()
        assert datetime.fromisoformat(job["expires_at"]) == longer
    # Retention found it before it was shared.
    now = datetime.now(UTC)
    assert not api.in_database(
        lambda database: JobLifecycle(database).expire([job_id], now + timedelta(days=2))
    )


def test_more_downloads_make_a_share_go_on(api: Api, owner: str) -> None:
    made = share(api, owner, api.add_file(owner, DATA), max_downloads=1)
    fetch(made["url"])
    with api.client(owner) as client:
        place = f"/api/export/shares/{made['share_id']}"
        assert client.patch(place, json={"max_downloads": 2}).json()["state"] == "active"
        assert fetch(made["url"]).status_code == 200
        assert client.patch(place, json={"max_downloads": None}).json()["max_downloads"] is None
        assert client.patch(place, json={}).json()["downloads"] == 2


@pytest.mark.parametrize(
    ("terms", "place"),
    [
        ({"max_downloads": 0}, "/max_downloads"),
        ({"expires_at": "2026-01-01T00:00:00"}, "/expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2199-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "/expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, "/expires_at"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a\u202eb"}, "/name"),
        ({"password": "secret"}, "/password"),
    ],
)
def test_terms_that_cannot_be_are_told_by_their_place(
    api: Api, owner: str, terms: dict[str, Any], place: str
) -> None:
    job_id = api.add_file(owner, DATA)
    with api.client(owner) as client:
        refused = client.post(f"/api/export/jobs/{job_id}/shares", json=terms)
    assert problem(refused, 400, "invalid-request")["errors"][0]["pointer"] == place


def test_what_has_no_file_is_not_shared(api: Api, owner: str) -> None:
    wanted = {
        api.add_job(owner): (409, "not-ready"),
        api.add_job(owner, Status.FAILED): (410, "expired"),
        api.add_file(owner, DATA, retention=timedelta(seconds=-1)): (410, "expired"),
        api.add_file(owner_id(), DATA): (404, "not-found"),
    }
    with api.client(owner) as client:
        for job_id, (status, code) in wanted.items():
            problem(client.post(f"/api/export/jobs/{job_id}/shares", json={}), status, code)


def test_a_file_that_is_lost_is_not_counted(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA, stored=False)
    made = share(api, owner, job_id)
    assert fetch(made["url"]).status_code == 410
    assert fetch(made["url"]).status_code == 410
    assert read(api, owner, made["share_id"])["downloads"] == 0


def test_sharing_is_audited_and_links_are_in_no_log(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    made = share(api, owner, job_id)
    fetch(made["url"])
    fetch(f"{made['url']}x")
    with api.client(owner) as client:
        client.delete(f"/api/export/shares/{made['share_id']}")

    entries = audited(api, job_id=job_id)
    of_share = [each for each in entries if each.share_id == made["share_id"]]
    assert [(each.action, each.actor) for each in of_share] == [
        (Action.SHARED, owner),
        (Action.DOWNLOADED, None),
        (Action.UNSHARED, owner),
    ]
    code = made["url"].rpartition("/")[2]
    assert code not in api.log_file.read_text()


def test_links_of_an_earlier_key_still_count_and_sharing_can_be_turned_off(
    tmp_path_factory: pytest.TempPathFactory, owner: str
) -> None:
    directory = tmp_path_factory.mktemp("keys")
    with Api(directory) as api:
        made = share(api, owner, api.add_file(owner, DATA))
        path = made["url"].removeprefix(api.url)
    new = f"a new secret that only these tests know,{URL_SECRET}"
    with Api(directory, {"EXPORT_URL_SECRETS": new}) as api:
        assert httpx.get(f"{api.url}{path}/file").content == DATA
    with Api(directory, {"EXPORT_SHARE_MAX_DAYS": "0"}) as api:
        assert httpx.get(f"{api.url}{path}").status_code == 410
        job_id = made["job_id"]
        with api.client(owner) as client:
            refused = client.post(f"/api/export/jobs/{job_id}/shares", json={})
        problem(refused, 403, "sharing-off")
