"""The Temporal CLI: where it comes from, and how its development server is started."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.dev.environment import CHECKOUT
from scripts.dev.program_cache import BuildError, NoGoError, cache_directory, cached, go_install
from workflows.contracts import SEARCH_ATTRIBUTES

VERSION = "v1.5.1"
"""The version of the CLI that is downloaded or built. Later tags cannot be built with `go install`.
"""

_PACKAGE = "github.com/temporalio/cli/cmd/temporal"
_DOWNLOAD_SECONDS = 180.0

SERVER_SETTINGS = (
    # The server has one history shard and reads its queues at most 20 times a second unless told
    # otherwise: each step of a workflow would wait for the next 50 ms tick.
    "history.transferProcessorMaxPollRPS=2000",
    "history.timerProcessorMaxPollRPS=2000",
    "history.visibilityProcessorMaxPollRPS=2000",
    # All tasks share one connection to SQLite. Of the usual 512 at once most run out of time when
    # thousands of workflows are due to be forgotten, and SQLite may answer "interrupted" to the
    # server from then on (modernc.org/sqlite's interrupt stays while a statement is open).
    "history.transferProcessorSchedulerWorkerCount=8",
    "history.timerProcessorSchedulerWorkerCount=8",
    "history.visibilityProcessorSchedulerWorkerCount=8",
    # With the usual four partitions, a task may land where no worker polls and wait two seconds.
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    # Priority and fairness keys of a task do nothing without it.
    "matching.enableFairness=true",
    # By itself it remembers 128,000 workflows for an hour after their last event, some 30 kB each.
    "history.hostLevelCacheMaxSize=1000",
    # By its last call a frozen worker counts for a minute; by its heartbeats for seconds.
    "frontend.WorkerHeartbeatsEnabled=true",
    "frontend.ListWorkersEnabled=true",
)
"""The dynamic configuration of the development server."""
# Safe against a killed process, not against a power cut; waiting for the disk at each commit
# would cost a third of the throughput.
_SQLITE_PRAGMAS = (
    "journal_mode=wal",
    "synchronous=normal",
    "journal_size_limit=16777216",
    # Of a new file only: what retention removes makes it smaller.
    "auto_vacuum=full",
)
_NAMESPACE = "default"
# Nothing reads a workflow that has ended but people, in the web UI; each takes some 23 kB.
RETENTION = "3h"
"""For how long the development server keeps a workflow that has ended."""
_KEYWORDS = tuple(f"{name}=Keyword" for name in SEARCH_ATTRIBUTES)


class CliNotFoundError(RuntimeError):
    """There is no Temporal CLI here and none could be fetched."""


def find_or_fetch(environment: Mapping[str, str], announce: Callable[[str], None]) -> Path:
    """The Temporal CLI of this machine, fetched when there is none.

    In this order: `TEMPORAL_CLI_PATH`; `temporal` on `PATH`; the cache; the download that the
    Temporal SDK offers; `go install`.

    Args:
        environment: the process environment.
        announce: is told what is happening when it may take long.

    Raises:
        CliNotFoundError: none of these gave one.
    """
    if named := environment.get("TEMPORAL_CLI_PATH"):
        if not os.access(named, os.X_OK):
            raise CliNotFoundError(f"TEMPORAL_CLI_PATH is {named}, which cannot be executed")
        return Path(named).absolute()
    if on_path := shutil.which("temporal", path=environment.get("PATH")):
        return Path(on_path).absolute()
    directory = cache_directory(environment) / f"temporal-cli-{VERSION}"
    return cached(directory, "temporal", lambda draft: _fetch(draft, environment, announce))


def dev_server(cli: Path, database: str, port: int, ui_port: int) -> list[str]:
    """The command that runs the development server and its web UI on the loopback address.

    Args:
        cli: see `find_or_fetch`.
        database: the name of a file in the directory in which the command is run. The CLI makes a
            URI of it without escapes, in which the `#` or `?` of a whole path would end it.
        port: of the server.
        ui_port: of its web UI.
    """
    command = [str(cli), "server", "start-dev", "--ip", "127.0.0.1", "--log-level", "warn"]
    command += ["--port", str(port), "--ui-port", str(ui_port), "--db-filename", database]
    for option, values in (
        ("--dynamic-config-value", SERVER_SETTINGS),
        ("--sqlite-pragma", _SQLITE_PRAGMAS),
        ("--search-attribute", _KEYWORDS),
    ):
        for value in values:
            command += [option, value]
    return command


def shorten_retention(cli: Path, address: str) -> bool:
    """Let a running development server forget workflows three hours after their end.

    By itself it keeps them for a day. The setting stays in its database.

    Returns:
        False if the server does not respond yet.
    """
    command = [str(cli), "operator", "namespace", "update", "--namespace", _NAMESPACE]
    command += ["--retention", RETENTION, "--address", address]
    clean = {"PATH": os.environ.get("PATH", ""), "TEMPORAL_CONFIG_FILE": os.devnull}
    return subprocess.run(command, env=clean, capture_output=True, check=False).returncode == 0


def _fetch(draft: Path, environment: Mapping[str, str], announce: Callable[[str], None]) -> None:
    announce(f"downloading the Temporal CLI {VERSION} (once, 240 MB; given up after 3 minutes)")
    if _download(draft, environment):
        return
    announce(f"no download possible: building {VERSION} with Go (once, about 3 minutes)")
    try:
        go_install(f"{_PACKAGE}@{VERSION}", draft, environment)
    except NoGoError:
        raise CliNotFoundError(
            "The Temporal CLI could not be downloaded, and there is no Go to build it. "
            "Install it (https://docs.temporal.io/cli) and put it on PATH, or name it "
            "in TEMPORAL_CLI_PATH."
        ) from None
    except BuildError:
        raise CliNotFoundError(
            "The Temporal CLI could neither be downloaded nor built with Go (see above)."
        ) from None


def _download(directory: Path, environment: Mapping[str, str]) -> bool:
    # In a process of its own: the download ends by starting a server, and a process that held
    # a Temporal client must not end in the ordinary way.
    try:
        result = subprocess.run(
            [sys.executable, "-m", "scripts.dev.temporal_cli", str(directory)],
            cwd=CHECKOUT,
            env=dict(environment),
            capture_output=True,
            timeout=_DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return result.returncode == 0


async def _download_with_sdk(directory: str) -> None:
    from temporalio.testing import WorkflowEnvironment

    server = await WorkflowEnvironment.start_local(
        download_dest_dir=directory, dev_server_download_version=VERSION
    )
    await server.shutdown()


if __name__ == "__main__":
    from activities.temporal.client import hard_exit

    try:
        asyncio.run(_download_with_sdk(sys.argv[1]))
    except RuntimeError as error:
        print(error, file=sys.stderr)
        hard_exit(1)
    hard_exit(0)
