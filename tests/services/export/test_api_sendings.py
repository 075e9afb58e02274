"""Destinations and notifications as the API takes, refuses and shows them."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.schema import jobs, sendings
from activities.model.jobs import SendingStatus, Status
from tests.services.export.api_kit import Api, owner_id, problem, token

BASE = "/api/export/notifications"
ADDRESS = "a@school.example"
DESTINATIONS = """
[[destination]]
name = "archive"
kind = "s3"
url = "s3://bucket"

[[destination]]
name = "school"
kind = "mail"
to = ["office@school.example"]
tenants = ["school-1"]
"""


@pytest.fixture(scope="module")
def sending(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An API with destinations and mail."""
    directory = tmp_path_factory.mktemp("sending")
    file = directory / "destinations.toml"
    file.write_text(DESTINATIONS)
    settings = {
        "EXPORT_DESTINATIONS": str(file),
        "EXPORT_MAIL_FROM": "exports@school.example",
        "EXPORT_PUBLIC_URL": "https://exports.school.example",
    }
    with Api(directory, settings) as running:
        yield running


class Caller:
    """Calls an API with a token of these claims; each call has a connection of its own."""

    def __init__(self, api: Api, owner: str, **claims: Any) -> None:
        self._url = api.url
        self._headers = {"Authorization": f"Bearer {token(owner, **claims)}"}

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self._url}{path}", headers=self._headers)

    def post(self, path: str, json: object) -> httpx.Response:
        return httpx.post(f"{self._url}{path}", headers=self._headers, json=json)

    def put(self, path: str, json: object) -> httpx.Response:
        return httpx.put(f"{self._url}{path}", headers=self._headers, json=json)


def test_only_names_that_the_caller_may_use_are_taken(sending: Api) -> None:
    owner = owner_id()
    [item] = sending.add_content(owner, 1)

    def asked(*names: str, **claims: Any) -> httpx.Response:
        body = {"format": "txt", "content_ids": [item], "deliver_to": list(names)}
        return Caller(sending, owner, **claims).post("/api/export/", json=body)

    refused = asked("archive", "school", "nowhere")
    assert refused.status_code == 400
    errors = refused.json()["errors"]
    assert [each["pointer"] for each in errors] == ["/deliver_to/1", "/deliver_to/2"]
    told = "There is no such destination; you may choose archive."
    assert {each["detail"] for each in errors} == {told}
    assert asked("archive", "archive").status_code == 400
    taken = asked("archive", "school", tenant="school-1")
    assert taken.status_code == 202, taken.text
    waiting = {"status": "pending", "attempts": 0, "delivered_at": None, "error": None}
    assert taken.json()["deliveries"] == [{"to": n} | waiting for n in ("archive", "school")]
    job_id = taken.json()["job_id"]
    seen = Caller(sending, owner).get(f"/api/export/jobs/{job_id}").json()
    assert seen["deliveries"] == taken.json()["deliveries"]
    bulk = Caller(sending, owner).post(
        "/api/export/bulk", json={"format": "txt", "deliver_to": ["school"]}
    )
    assert bulk.status_code == 400


def test_a_file_is_delivered_again_where_it_was_to_be_and_may_be(sending: Api) -> None:
    owner, stranger = owner_id(), owner_id()

    def prepared(*names: str, status: Status | None = None) -> str:
        job_id = sending.add_job(owner, status) if status else sending.add_file(owner)
        rows = [
            {
                "job_id": job_id,
                "kind": "delivery",
                "name": name,
                "owner_id": owner,
                "status": SendingStatus.FAILED,
                "attempts": 9,
                "created_at": utc_now(),
                "due_at": utc_now(),
                "error": "unreachable",
            }
            for name in names
        ]

        async def write(database: Database) -> None:
            chosen = update(jobs).where(jobs.c.job_id == job_id).values(deliver_to=list(names))
            await database.run(lambda connection: connection.execute(chosen))
            if not status:
                await database.run(lambda connection: connection.execute(insert(sendings), rows))

        sending.in_database(write)
        return job_id

    def again(job_id: str, name: str, caller: str = owner, **claims: Any) -> httpx.Response:
        path = f"/api/export/jobs/{job_id}/deliveries/{name}/retry"
        return Caller(sending, caller, **claims).post(path, json=None)

    job_id = prepared("archive", "school")
    taken = again(job_id, "archive")
    assert taken.status_code == 202, taken.text
    states = {each["to"]: each["status"] for each in taken.json()["deliveries"]}
    assert states == {"archive": "pending", "school": "failed"}
    assert again(job_id, "archive").json()["deliveries"] == taken.json()["deliveries"]
    # Who belongs to the school no more has nothing delivered there.
    for refused in (again(job_id, "school"), again(job_id, "archive", stranger)):
        problem(refused, 404, "not-found")
    assert again(job_id, "school", tenant="school-1").status_code == 202
    problem(again(sending.add_file(owner), "archive"), 404, "not-found")
    problem(again(prepared("archive", status=Status.PROCESSING), "archive"), 409, "not-ready")
    problem(again(prepared("archive", status=Status.FAILED), "archive"), 409, "not-ready")
    with sending.client(owner) as client:
        assert client.delete(f"/api/export/jobs/{job_id}/file").status_code == 204
    problem(again(job_id, "archive"), 410, "expired")


def test_mails_go_to_a_verified_address_and_to_no_other(sending: Api) -> None:
    owner = owner_id()
    verified = Caller(sending, owner, email=ADDRESS, email_verified=True, locale="de")
    assert verified.get(BASE).json() == {
        "email": ADDRESS,
        "on": [],
        "after_seconds": 60,
        "language": "de",
    }
    wanted = {"on": ["expiring", "completed"], "after_seconds": 5}
    kept = verified.put(BASE, json=wanted)
    assert kept.status_code == 200, kept.text
    assert kept.json() == {
        "email": ADDRESS,
        "on": ["completed", "expiring"],
        "after_seconds": 5,
        "language": "de",
    }
    other = verified.put(BASE, json=wanted | {"email": "victim@elsewhere.example"})
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (400, "/email")
    for claims in ({}, {"email": ADDRESS}, {"email": ADDRESS, "email_verified": "true"}):
        unverified = Caller(sending, owner, **claims).put(BASE, json=wanted)
        assert unverified.status_code == 400
    for address in ("a@b.example\r\nBcc: x@y.example", "a@b, c@d", "<a@b>", "a", "@"):
        odd = Caller(sending, owner_id(), email=address, email_verified=True)
        assert odd.put(BASE, json=wanted).status_code == 400
    # Whoever has no verified address any more sees and ends it.
    assert Caller(sending, owner).get(BASE).json()["email"] == ADDRESS
    assert Caller(sending, owner).put(BASE, json={"on": []}).json()["on"] == []
    assert Caller(sending, owner_id()).get(BASE).json()["email"] is None


def test_a_service_without_mail_says_so(api: Api) -> None:
    claims = {"email": ADDRESS, "email_verified": True}
    refused = Caller(api, owner_id(), **claims).put(BASE, json={"on": ["failed"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "mail-off")


@pytest.mark.parametrize(
    ("text", "reason"),
    [("[[destination]]\nkind = 'ftp'", "kind"), (DESTINATIONS, "mail needs EXPORT_SMTP_URL")],
)
def test_a_file_of_destinations_that_cannot_be_used_stops_the_start(
    tmp_path: Path, text: str, reason: str
) -> None:
    file = tmp_path / "destinations.toml"
    file.write_text(text)
    with (
        pytest.raises(AssertionError, match=f"EXPORT_DESTINATIONS: .*{reason}"),
        Api(tmp_path / "api", {"EXPORT_DESTINATIONS": str(file)}),
    ):
        pass
