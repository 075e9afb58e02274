"""Files delivered and owners told, from the request to the counterparts, by all that is between."""

import hashlib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from export_client import ExportClient
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.mailbox import Mailbox
from tests.services.export.api_kit import token
from tests.waiting import eventually
from tests.webdav import Webdav

ADDRESS = "teacher@school.example"
NOTIFICATIONS = "/api/export/notifications"


@pytest.fixture
def told(stack: Stack) -> Iterator[ServiceClient]:
    """The first owner, whose address was verified, and who wants to be told of everything."""
    secret = stack.settings.jwt_secret
    claims: dict[str, Any] = {"email": ADDRESS, "email_verified": True, "locale": "en"}
    with ServiceClient(stack.api, token("teacher-1", secret=secret, **claims)) as caller:
        body = {"on": ["completed", "failed"], "after_seconds": 0}
        response = caller.http.put(NOTIFICATIONS, json=body)
        assert response.status_code == 200, response.text
        yield caller
        assert caller.http.put(NOTIFICATIONS, json={"on": []}).json()["on"] == []


def words(mail: EmailMessage) -> str:
    """What a mail says, as its readers see it."""
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    return "\n".join(each.get_content() for each in parts if each is not None)


def test_a_file_is_delivered_once_and_a_destination_that_fails_leaves_the_export_as_it_is(
    client: ServiceClient, webdav: Webdav, mailbox: Mailbox, stack: Stack
) -> None:
    webdav.refuses["MOVE"] = [503]
    names = ["cloud", "nowhere", "office"]
    job = client.wait(client.export(["content-1"], "json", deliver_to=names)["job_id"])
    assert job["status"] == "completed"
    assert [each["to"] for each in job["deliveries"]] == names

    def ended() -> dict[str, dict[str, object]] | None:
        found = {each["to"]: each for each in client.job(job["job_id"])["deliveries"]}
        over = all(found[name]["status"] == "delivered" for name in ("cloud", "office"))
        return found if over and found["nowhere"]["attempts"] else None

    deliveries = eventually(ended, 60)
    assert (deliveries["cloud"]["attempts"], deliveries["cloud"]["error"]) == (2, None)
    assert deliveries["cloud"]["delivered_at"]
    nowhere = deliveries["nowhere"]
    assert (nowhere["status"], nowhere["error"]) == ("pending", "unreachable")
    mine = {path: data for path, data in webdav.files.items() if job["job_id"] in path}
    assert list(mine) == [f"in/teacher-1/{job['job_id']}/{job['file']['name']}"]
    [data] = mine.values()
    assert hashlib.sha256(data).hexdigest() == job["file"]["sha256"]
    assert client.download(job) == data
    [mail] = [each for each in mailbox.to("office@school.example") if job["job_id"] in str(each)]
    assert f"{stack.api}/exports/{job['job_id']}" in words(mail)
    assert "signature" not in words(mail)
    [path] = mine
    del webdav.files[path]
    with ExportClient(stack.api, stack.token) as typed:
        assert typed.retry_delivery(job["job_id"], "cloud").deliveries[0].status == "pending"
    eventually(lambda: ended() and webdav.files.get(path) == data, 60)


def test_an_owner_is_told_once_at_the_verified_address(
    told: ServiceClient, mailbox: Mailbox, stack: Stack
) -> None:
    # The first attempt is put off by the server; the second is taken.
    mailbox.answers.append("451 later")
    job = told.wait(told.export(["content-1"], "csv", title="Für Klasse 7")["job_id"])
    [mail] = eventually(
        lambda: [each for each in mailbox.to(ADDRESS) if job["job_id"] in each["Message-ID"]], 60
    )
    assert mail["Subject"] == "Export ready: Für Klasse 7"
    assert mail["From"] == "Exports <exports@school.example>"
    assert mail["To"] == ADDRESS
    assert mail["Auto-Submitted"] == "auto-generated"
    assert words(mail).count(f"{stack.api}/exports/{job['job_id']}") == 2
    assert "signature=" not in words(mail)
