"""A mail server of others, Mailpit, takes what is sent over TLS, and gets nothing in the clear."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.common.mail import Mail, Mailer, mail_server
from activities.common.sending_error import SendingError
from scripts.dev.ports import free_ports
from tests.engines.server import Server
from tests.judges.tools import go_program
from tests.security.authority import Authority
from tests.waiting import eventually

pytestmark = [pytest.mark.judges, pytest.mark.anyio]

_PACKAGE = "github.com/axllent/mailpit"
_VERSION = "v1.33.1"
_TO = "teacher@school.example"
_USER, _PASSWORD = "exports", "pass/word:@ü"
_CREDENTIALS = "exports:pass%2Fword%3A%40%C3%BC@"


class Mailpit:
    """A running server."""

    def __init__(self, port: int, api: str) -> None:
        self.port = port
        self._api = api

    def taken(self) -> list[dict[str, Any]]:
        """The messages that it took."""
        found: list[dict[str, Any]] = httpx.get(f"{self._api}/messages").json()["messages"]
        return [httpx.get(f"{self._api}/message/{each['ID']}").json() for each in found]

    def headers(self, message_id: str) -> dict[str, list[str]]:
        """The headers of a message, as they came."""
        found: dict[str, list[str]] = httpx.get(f"{self._api}/message/{message_id}/headers").json()
        return found


@contextmanager
def mailpit(directory: Path, *options: str) -> Iterator[Mailpit]:
    """A server with these options."""
    smtp, web = free_ports(2)
    places = ["--smtp", f"127.0.0.1:{smtp}", "--listen", f"127.0.0.1:{web}"]
    program = str(go_program(_PACKAGE, _VERSION))
    command = [program, *places, "--disable-version-check", *options]
    server = Server("mailpit", command, smtp, directory)
    server.start()
    api = f"http://127.0.0.1:{web}/api/v1"
    try:
        eventually(lambda: _answers(api), 30)
        yield Mailpit(smtp, api)
    finally:
        server.stop()


def _answers(api: str) -> bool:
    try:
        return httpx.get(f"{api}/messages").status_code == 200
    except httpx.TransportError:
        return False


def a_mail(name: str) -> Mail:
    return Mail(
        to=(_TO,),
        subject=f"Export ready: Für {name}",
        text="Fertig.",
        html="<p>Fertig.</p>",
        message_id=f"{name}@exports.school.example",
        language="de",
    )


async def sent(url: str, name: str = "all") -> None:
    """Send a mail by a server, as the setting names it."""
    await Mailer(mail_server(url), "Exports <exports@school.example>").send(a_mail(name))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "school-ca")


@pytest.fixture
def trusting(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Lets the service trust the authority that signs the server's certificate, or another."""

    def trust(it: bool) -> None:
        directory = authority.certificate.parent / "elsewhere"
        directory.mkdir(exist_ok=True)
        other = Authority(directory, "another-ca").certificate
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate if it else other))

    trust(True)
    return trust


@pytest.fixture
def server(authority: Authority, tmp_path: Path) -> Iterator[Mailpit]:
    """One that wants STARTTLS and a password."""
    certificate, key = authority.issue("mail")
    passwords = tmp_path / "passwords"
    passwords.write_text(f"{_USER}:{_PASSWORD}\n")
    with mailpit(
        tmp_path,
        *("--smtp-tls-cert", str(certificate), "--smtp-tls-key", str(key)),
        *("--smtp-require-starttls", "--smtp-auth-file", str(passwords)),
    ) as running:
        yield running


@pytest.mark.usefixtures("trusting")
async def test_mail_goes_over_starttls_to_a_server_whose_certificate_is_known(
    server: Mailpit,
) -> None:
    await sent(f"smtp://{_CREDENTIALS}localhost:{server.port}?starttls=always")

    [mail] = server.taken()
    assert mail["Subject"] == "Export ready: Für all"
    assert [each["Address"] for each in mail["To"]] == [_TO]
    assert mail["From"] == {"Name": "Exports", "Address": "exports@school.example"}
    assert mail["MessageID"] == "all@exports.school.example"
    assert (mail["Text"].strip(), mail["HTML"].strip()) == ("Fertig.", "<p>Fertig.</p>")
    headers = server.headers(mail["ID"])
    assert headers["Auto-Submitted"] == ["auto-generated"]
    assert headers["Content-Language"] == ["de"]


async def test_a_certificate_of_others_is_refused_before_the_password_is_told(
    server: Mailpit, trusting: Callable[[bool], None]
) -> None:
    trusting(False)
    with pytest.raises(SendingError) as refused:
        await sent(f"smtp://{_CREDENTIALS}localhost:{server.port}?starttls=always")

    assert (refused.value.word, refused.value.final) == ("tls", False)
    assert server.taken() == []


@pytest.mark.usefixtures("trusting")
async def test_a_certificate_for_another_name_is_refused(server: Mailpit) -> None:
    # The same server, by a name that its certificate does not hold: an address, but not its text.
    with pytest.raises(SendingError, match="tls"):
        await sent(f"smtp://{_CREDENTIALS}127.1:{server.port}?starttls=always")

    assert server.taken() == []


@pytest.mark.usefixtures("trusting")
async def test_a_wrong_password_is_told_apart(server: Mailpit) -> None:
    with pytest.raises(SendingError, match="not-allowed"):
        await sent(f"smtp://exports:wrong@localhost:{server.port}?starttls=always")
    with pytest.raises(SendingError, match="refused"):
        await sent(f"smtp://localhost:{server.port}?starttls=always")

    assert server.taken() == []


async def test_a_server_without_starttls_gets_nothing_when_that_is_demanded(tmp_path: Path) -> None:
    with mailpit(tmp_path) as plain:
        with pytest.raises(SendingError, match="no-starttls"):
            await sent(f"smtp://localhost:{plain.port}?starttls=always")
        assert plain.taken() == []

        # Of this machine, or where the operator says so, it may go in the clear.
        await sent(f"smtp://localhost:{plain.port}", "here")
        await sent(f"smtp://localhost:{plain.port}?starttls=never", "never")
        ids = sorted(each["MessageID"].partition("@")[0] for each in plain.taken())
    assert ids == ["here", "never"]


@pytest.mark.usefixtures("trusting")
async def test_mail_goes_over_tls_from_the_beginning(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.issue("mail")
    with mailpit(
        tmp_path,
        *("--smtp-tls-cert", str(certificate), "--smtp-tls-key", str(key)),
        *("--smtp-require-tls", "--smtp-auth-accept-any"),
    ) as secure:
        await sent(f"smtps://{_CREDENTIALS}localhost:{secure.port}")
        assert [each["MessageID"] for each in secure.taken()] == ["all@exports.school.example"]
        with pytest.raises(SendingError):
            await sent(f"smtp://localhost:{secure.port}?starttls=always", "again")
        assert len(secure.taken()) == 1
