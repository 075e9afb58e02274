"""The service under measurement: one that is started for it, or one that runs already."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import msgspec

from activities.settings import from_environment
from activities.storage.open_storage import open_storage
from activities.storage.protocol import Storage
from scripts.dev.credentials import issue_token, load_secrets
from scripts.dev.stack import DEMO_SCOPE, Stack
from scripts.dev.stack_file import StackInfo, read_running

_TOKEN_LIFETIME = timedelta(days=1)
NO_LIMITS = {
    "EXPORT_OWNER_JOBS_IN_FLIGHT": "0",
    "EXPORT_OWNER_JOBS_PER_HOUR": "0",
    "EXPORT_OWNER_EVENT_STREAMS": "2000",
}
"""Settings of a service for benchmarks, which make more exports than any owner should."""


class Service:
    """A running service with demo content."""

    def __init__(self, info: StackInfo, data_dir: Path) -> None:
        self.info = info
        self.data_dir = data_dir

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the job records."""
        return from_environment().database_url or f"sqlite:///{self.data_dir / 'export.db'}"

    def token(self, owner: str, scope: str = DEMO_SCOPE) -> str:
        """A bearer token for an owner, with these scopes."""
        settings = from_environment()
        if not settings.jwt_secret:
            secret = load_secrets(self.data_dir).jwt_secret
            settings = msgspec.structs.replace(settings, jwt_secret=secret)
        return issue_token(settings, owner, scope, _TOKEN_LIFETIME)

    @property
    def storage(self) -> Storage:
        """The storage of the service's files."""
        place = {"EXPORT_TEMP_PATH": str(self.data_dir / "files")}
        settings = from_environment(place | os.environ)
        return open_storage(settings)


def add_stack_argument(parser: argparse.ArgumentParser) -> None:
    """Let the caller choose a running service."""
    parser.add_argument(
        "--stack",
        type=Path,
        metavar="DATA_DIR",
        help="measure the service that up.py runs there (one of its own, without owner limits)",
    )


@contextlib.contextmanager
def running_service(
    data_dir: Path | None,
    *,
    render_workers: int | None = None,
    owner_jobs_at_once: int | None = None,
    settings: Mapping[str, str] | None = None,
    launcher: str | None = None,
) -> Iterator[Service]:
    """The service in `data_dir`; None: a fresh one, stopped afterwards.

    Args:
        data_dir: the data directory of the service.
        render_workers: the number of render workers of a fresh one; None takes one for each CPU.
        owner_jobs_at_once: `EXPORT_OWNER_JOBS_AT_ONCE` of a fresh one; None keeps the default.
        settings: further environment variables of a fresh one.
        launcher: a module that starts the processes of a fresh one, as `Stack` takes it.

    Raises:
        SystemExit: nothing runs there.
        StackError: the fresh one cannot be started.
    """
    if data_dir is not None:
        info = read_running(data_dir)
        if info is None:
            sys.exit(f"no service runs in {data_dir}")
        yield Service(info, data_dir)
        return
    given = {**NO_LIMITS, **(settings or {})}
    if owner_jobs_at_once is not None:
        given["EXPORT_OWNER_JOBS_AT_ONCE"] = str(owner_jobs_at_once)
    with (
        tempfile.TemporaryDirectory(prefix="export-bench-") as directory,
        Stack(
            Path(directory), render_workers=render_workers, settings=given, launcher=launcher
        ) as stack,
    ):
        yield Service(stack.info, stack.data_dir)
