"""Files are removed before their time, and kept on beyond it."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from activities.model.jobs import Status
from tests.services.export.api_kit import Api, owner_id, problem
from tests.services.export.test_api_audit import audited
from tests.services.export.test_api_shares import DATA, share

PLACE = "/api/export/jobs"


def test_a_file_that_is_deleted_is_gone_with_its_links_and_no_other_is(
    api: Api, owner: str
) -> None:
    job_id, other = api.add_file(owner, DATA), api.add_file(owner, DATA)
    made = share(api, owner, job_id)
    with api.client(owner) as client:
        link = client.get(f"{PLACE}/{job_id}").json()["download_url"]
        for _ in range(2):
            assert client.delete(f"{PLACE}/{job_id}/file").status_code == 204

        assert client.get(f"{PLACE}/{job_id}").json()["status"] == "expired"
        problem(client.get(f"{PLACE}/{job_id}/download"), 410, "expired")
        assert client.get(f"{PLACE}/{other}/download").content == DATA
        shares = client.get(f"{PLACE}/{job_id}/shares").json()["items"]
    assert [each["state"] for each in shares] == ["revoked"]
    assert httpx.get(link).status_code == 410
    assert httpx.get(f"{made['url']}/file").status_code == 410
    assert [entry.action for entry in audited(api, job_id=job_id)][-1] == "deleted"


def test_what_has_not_ended_has_no_file_to_delete(api: Api, owner: str) -> None:
    with api.client(owner) as client:
        problem(client.delete(f"{PLACE}/{api.add_job(owner)}/file"), 409, "not-ready")
        failed = api.add_job(owner, Status.FAILED)
        assert client.delete(f"{PLACE}/{failed}/file").status_code == 204
        assert client.get(f"{PLACE}/{failed}").json()["status"] == "failed"
        problem(client.delete(f"{PLACE}/{api.add_file(owner_id())}/file"), 404, "not-found")


def test_a_pinned_file_has_no_end_until_it_is_unpinned(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA, retention=timedelta(minutes=1))
    other = api.add_file(owner, DATA)
    with api.client(owner) as client:
        for _ in range(2):
            pinned = client.put(f"{PLACE}/{job_id}/pin").json()
            assert (pinned["pinned"], pinned["expires_at"]) == (True, None)
        listed = client.get(PLACE, params={"pinned": "true"}).json()
        assert [each["job_id"] for each in listed["items"]] == [job_id]
        assert client.get(f"{PLACE}/{job_id}/download").content == DATA

        # A share of a pinned file gives it no end.
        made = share(api, owner, job_id, expires_at=_in_days(20))
        assert client.get(f"{PLACE}/{job_id}").json()["expires_at"] is None
        for _ in range(2):
            unpinned = client.delete(f"{PLACE}/{job_id}/pin").json()
            assert unpinned["pinned"] is False
        assert unpinned["expires_at"] == made["expires_at"]
        assert client.get(f"{PLACE}/{other}").json()["pinned"] is False


def test_no_more_files_are_pinned_than_may_be(
    tmp_path_factory: pytest.TempPathFactory, owner: str
) -> None:
    with Api(tmp_path_factory.mktemp("pins"), {"EXPORT_OWNER_PINNED": "2"}) as api:
        first, second, third = (api.add_file(owner, DATA) for _ in range(3))
        with api.client(owner) as client:
            for job_id in (first, second):
                assert client.put(f"{PLACE}/{job_id}/pin").status_code == 200
            problem(client.put(f"{PLACE}/{third}/pin"), 409, "pin-limit")
            client.delete(f"{PLACE}/{first}/file")
            assert client.put(f"{PLACE}/{third}/pin").status_code == 200
            problem(client.put(f"{PLACE}/{first}/pin"), 410, "expired")
            problem(client.put(f"{PLACE}/{api.add_job(owner)}/pin"), 409, "not-ready")


def _in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()
