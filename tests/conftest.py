"""Fixtures: one whole running service for the session, and clients to it."""

import atexit
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.dev.environment import keep_bytecode
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.engines.choice import (
    EMBEDDED,
    POSTGRES_S3,
    Embedded,
    Engines,
    PostgresS3,
    choose,
    current,
)
from tests.mailbox import Mailbox
from tests.receiver import Receiver
from tests.services.export.kit import odd_formats
from tests.webdav import Webdav

_MANY_FILES = 5

keep_bytecode()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice of engines and of express workers, and what becomes of judges' verdicts."""
    parser.addoption(
        "--engines",
        choices=[EMBEDDED, POSTGRES_S3],
        default=EMBEDDED,
        help="where records and files are: SQLite and a directory, or PostgreSQL and S3",
    )
    parser.addoption(
        "--express",
        choices=["on", "off"],
        default="on",
        help="whether small exports go to express workers, as under up.py, or through the queues",
    )
    parser.addoption(
        "--write-conformance",
        action="store_true",
        help="with -m judges: write CONFORMANCE.md instead of comparing it with the run",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose the engines that tests run on."""
    choose(Embedded() if config.getoption("--engines") == EMBEDDED else PostgresS3())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests that are about engines, or about express workers, when the run is not."""
    left_out: list[pytest.Item] = []
    if config.getoption("--engines") == EMBEDDED:
        left_out += [item for item in items if item.get_closest_marker("engines")]
    if config.getoption("--express") == "off":
        left_out += [item for item in items if item.get_closest_marker("express")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two, as the fast tests wait more than they compute; none for suites that want to be alone.

    Those are the ones that a marker chooses; a few files are done sooner without workers.
    """
    chosen_by_marker = "not " not in config.getoption("-m")
    many = sum(len(list(Path(each).rglob("test_*.py"))) for each in config.args) >= _MANY_FILES
    return 2 if many and not chosen_by_marker else 0


@pytest.fixture(scope="session")
def engines() -> Engines:
    """The engines of this run."""
    return current()


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """Whom the service of the session may tell of events; each test has a path of its own."""
    with Receiver() as running:
        yield running


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """The server to which the service of the session hands its mails."""
    with Mailbox() as running:
        yield running


@pytest.fixture(scope="session")
def webdav() -> Iterator[Webdav]:
    """A server to which the service of the session delivers files."""
    with Webdav() as running:
        running.folders.add("in")
        yield running


@pytest.fixture(scope="session")
def stack(
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
    receiver: Receiver,
    mailbox: Mailbox,
    webdav: Webdav,
) -> Iterator[Stack]:
    """The service with demo content and the odd formats, as real processes."""
    directory = tmp_path_factory.mktemp("stack")
    settings = current().variables(directory) | odd_formats()
    settings["EXPORT_WEBHOOK_ORIGINS"] = receiver.origin
    settings["EXPORT_SMTP_URL"] = mailbox.url
    settings["EXPORT_MAIL_FROM"] = "Exports <exports@school.example>"
    settings["EXPORT_DESTINATIONS"] = str(_destinations(directory, webdav))
    settings["EXPORT_MCP"] = "on"
    settings["EXPORT_EXPRESS"] = str(request.config.getoption("--express") == "on").lower()
    with Stack(directory, render_workers=2, settings=settings) as running:
        yield running


def _destinations(directory: Path, webdav: Webdav) -> Path:
    """The file of destinations: one that works, one that nobody answers, and people."""
    (directory / "webdav-password").write_text("a-secret")
    path = directory / "destinations.toml"
    path.write_text(
        f"""
[[destination]]
name = "cloud"
kind = "webdav"
url = "{webdav.url}/in"
username = "exports"
password = {{file = "{directory / "webdav-password"}"}}

[[destination]]
name = "nowhere"
kind = "webdav"
url = "http://127.0.0.1:1/"

[[destination]]
name = "office"
kind = "mail"
to = ["office@school.example"]

[[destination]]
name = "theirs"
kind = "mail"
owners = ["somebody-else"]
to = ["them@school.example"]
"""
    )
    return path


@pytest.fixture
def client(stack: Stack) -> Iterator[ServiceClient]:
    """A caller with the first owner's token."""
    with ServiceClient(stack.api, stack.token) as caller:
        yield caller


@pytest.fixture
def stranger(stack: Stack) -> Iterator[ServiceClient]:
    """A caller with another owner's token."""
    with ServiceClient(stack.api, stack.other_token) as caller:
        yield caller


_exit_code = 0


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remember how the run went."""
    global _exit_code
    _exit_code = int(exitstatus)
    plugins = session.config.pluginmanager
    if "hypothesis" not in sys.modules and not session.config.getoption("numprocesses"):
        # Its summary would import all of it, a third of a second, to say that it was not used.
        plugins.unregister(name="hypothesispytest")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """End the engines, and without the interpreter's tear-down, in which the SDK may crash."""
    current().stop()
    if "temporalio.client" in sys.modules and __name__ in sys.modules:
        from activities.temporal.client import hard_exit

        # Such as to write what was covered.
        atexit._run_exitfuncs()
        hard_exit(_exit_code)
