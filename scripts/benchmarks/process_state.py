"""Memory and open files of other processes, from `/proc`."""

from pathlib import Path
from typing import NamedTuple

_RECORDS = "export.db"
"""The embedded database, beside which are its log and its index."""


class ProcessState(NamedTuple):
    """What a process holds at a moment."""

    resident: int
    """Bytes."""
    open_files: int
    """Without the database, whose few connections are made as they are first needed."""


def state_of(pid: int) -> ProcessState:
    """The state of a process.

    Raises:
        FileNotFoundError: it has ended.
    """
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    if "VmRSS" not in fields:
        raise FileNotFoundError(pid)
    resident = int(fields["VmRSS"].split()[0]) * 1024
    open_files = sum(map(_counts, Path(f"/proc/{pid}/fd").iterdir()))
    return ProcessState(resident, open_files)


def _counts(file: Path) -> bool:
    try:
        return not file.readlink().name.startswith(_RECORDS)
    except FileNotFoundError:  # closed meanwhile
        return False
