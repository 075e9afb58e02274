"""`stack.json`: what a running stack tells others about itself, and whether it still runs."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from activities.common.private_files import mend_directory

_PATIENCE_SECONDS = 15.0


class StackInfo(msgspec.Struct, frozen=True):
    """The addresses of a running stack."""

    api: str
    """Base URL of the API."""
    temporal_ui: str
    """Base URL of Temporal's web UI."""
    temporal_address: str
    """`host:port` of the Temporal server."""
    token: str
    """Bearer token of the first demo owner."""
    other_token: str
    """Bearer token of the second demo owner."""
    metrics: list[str]
    """URLs of the workers' metrics."""
    pids: dict[str, list[int]]
    """Process ids by role: api, worker-express, worker-io, worker-render, temporal."""
    supervisor: int
    """Process id of what keeps them running."""
    internal: str
    """Base URL of the API's metrics and health."""


class AlreadyRunningError(RuntimeError):
    """Another stack runs in this data directory."""


def read_running(data_dir: Path) -> StackInfo | None:
    """The file that the running stack of this data directory keeps; None when none runs there.

    A file that a killed stack left behind counts as none: a stack holds a lock on its directory
    for as long as one of its processes lives, and its supervisor must be alive as well.
    """
    try:
        info = msgspec.json.decode((data_dir / "stack.json").read_bytes(), type=StackInfo)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    directory = os.open(data_dir, os.O_RDONLY)
    try:
        running = not _try_lock(directory) and _alive(info.supervisor)
    finally:
        os.close(directory)
    return info if running else None


def write(data_dir: Path, info: StackInfo) -> None:
    """Replace the file in one step."""
    draft = data_dir / "stack.json.new"
    # It holds bearer tokens.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(info), indent=2))
    draft.replace(data_dir / "stack.json")


def remove(data_dir: Path) -> None:
    """Take the file away: nothing runs here any more."""
    (data_dir / "stack.json").unlink(missing_ok=True)


@contextlib.contextmanager
def claimed(data_dir: Path) -> Iterator[int]:
    """Have a data directory to oneself; gives the file descriptor that holds the lock.

    Processes that inherit the descriptor keep the lock after this one has gone. What remains of
    a stack that was killed is waited for.

    Raises:
        AlreadyRunningError: a stack runs there.
    """
    mend_directory(data_dir)
    directory = os.open(data_dir, os.O_RDONLY)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _try_lock(directory):
            info = read_running(data_dir)
            if info is not None:
                raise AlreadyRunningError(f"a stack runs in {data_dir} already: {info.api}")
            if time.monotonic() > deadline:
                raise AlreadyRunningError(f"another stack is starting or stopping in {data_dir}")
            time.sleep(0.1)
        yield directory
    finally:
        os.close(directory)


def _try_lock(directory: int) -> bool:
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
