"""Of what owners are told by mail, and where files are delivered: chosen and seen on pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.dev.ports import free_ports
from tests.pages.visitor import Visitor
from tests.services.export.api_kit import READ, Api, owner_id, token

ADDRESS = "a@school.example"
DESTINATIONS = """
[[destination]]
name = "archive"
kind = "s3"
url = "s3://bucket"

[[destination]]
name = "office"
kind = "mail"
to = ["office@school.example"]

[[destination]]
name = "others"
kind = "s3"
url = "s3://others"
owners = ["somebody-else"]
"""


@pytest.fixture(scope="module")
def sending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that sends mails and delivers files."""
    directory = tmp_path_factory.mktemp("sending")
    file: Path = directory / "destinations.toml"
    file.write_text(DESTINATIONS)
    port = free_ports(1)[0]
    settings = {
        "EXPORT_PORT": str(port),
        "EXPORT_DESTINATIONS": str(file),
        "EXPORT_MAIL_FROM": "exports@school.example",
        "EXPORT_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    with Api(directory, settings) as running:
        yield running


@pytest.fixture
def teacher(sending: Api) -> Iterator[Visitor]:
    """Somebody whose address was verified."""
    with Visitor(sending) as visitor:
        visitor.sign_in(token(owner_id(), email=ADDRESS, email_verified=True))
        yield visitor


def test_mails_are_switched_on_and_off(teacher: Visitor) -> None:
    page = teacher.get("/settings")
    assert ADDRESS in page.text
    form = page.form("/settings/mails")
    assert "on" not in form
    chosen = {"on": ["completed", "expiring"], "minutes": ["5"], "language": ["ja"]}
    saved = teacher.send("/settings/mails", form | chosen)
    assert "Your settings are saved." in saved.text
    kept = teacher.get("/settings").form("/settings/mails")
    assert {name: kept[name] for name in chosen} == chosen

    off = teacher.send("/settings/mails", {name: kept[name] for name in kept if name != "on"})
    assert "on" not in off.form("/settings/mails")


def test_every_export_may_be_told_of(teacher: Visitor) -> None:
    form = teacher.get("/settings").form("/settings/mails")
    page = teacher.send("/settings/mails", form | {"on": ["failed"], "minutes": ["0"]})
    assert page.form("/settings/mails")["minutes"] == ["0"]


def test_who_cannot_get_mails_is_told_why(api: Api, sending: Api) -> None:
    with Visitor(sending, owner_id()) as nameless:
        assert "your sign-in names none" in nameless.get("/settings").text
    with Visitor(sending) as reader:
        reader.sign_in(token(owner_id(), READ, email=ADDRESS, email_verified=True))
        assert "lets you read alone" in reader.get("/settings").text
        key = reader.get("/settings").form_key()
        assert reader.send("/settings/mails", {"form_key": key}).status == 403
    with Visitor(api, owner_id()) as visitor:
        assert "sends no mails" in visitor.get("/settings").text


def test_another_site_cannot_change_them(teacher: Visitor) -> None:
    form = teacher.get("/settings").form("/settings/mails") | {"on": ["failed"]}
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert teacher.send("/settings/mails", form, **foreign).status == 403
    assert teacher.send("/settings/mails", form | {"form_key": ["0" * 64]}).status == 403
    assert "on" not in teacher.get("/settings").form("/settings/mails")


def test_files_are_delivered_to_what_is_ticked(sending: Api) -> None:
    owner = owner_id()
    [item] = sending.add_content(owner, 1)
    with Visitor(sending, owner) as teacher:
        form = teacher.get("/exports/new", item=item)
        assert form.find("//input[@name='deliver_to']/@value") == ["archive", "office"]
        fields = form.form("/exports") | {"deliver_to": ["archive"], "format": ["txt"]}
        fields["form_key"] = [form.form_key()]
        page = teacher.send("/exports", fields)
        assert page.path.startswith("/exports/")
        assert page.texts("//section[@aria-labelledby='deliveries']//li") == [
            "archive To be delivered"
        ]
        again = teacher.get("/exports/new", again=page.path.rpartition("/")[2])
        assert again.find("//input[@name='deliver_to' and @checked]/@value") == ["archive"]
        # What is not offered is not taken from a form either.
        other = teacher.get("/exports/new", item=item, options="1", deliver_to="others")
        assert other.find("//input[@name='deliver_to' and @checked]") == []


def test_where_nothing_is_delivered_nothing_is_offered(
    visitor: Visitor, api: Api, owner: str
) -> None:
    [item] = api.add_content(owner, 1)
    assert visitor.get("/exports/new", item=item).find("//*[@name='deliver_to']") == []
