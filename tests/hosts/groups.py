"""Groups of processes that together get no more than a part of the machine (Linux's cgroups)."""

import contextlib
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_ROOT = Path("/sys/fs/cgroup")
_PERIOD = 100_000
"""Microseconds in which a group gets its part of a processor; what is left of it is lost."""
_FAVOUR = 16
"""How many times as much as an ordinary process a group weighs that is favoured."""

# It ends with whoever started it, however that ended. What ran in the group is ended by others.
_KEEPER = """
cat > /dev/null
for _ in $(seq 300); do rmdir "$0" 2> /dev/null && exit; sleep 0.1; done
"""


class Throttling(NamedTuple):
    """How often a group wanted more of a processor than it got, since it was made."""

    periods: int
    """In which it wanted anything."""
    throttled: int
    """In which that was more than its part."""


class Group:
    """A group; `with` makes and removes it, and lets go of the processes that it still has."""

    def __init__(self, name: str, controller: str) -> None:
        """Describe a group.

        Args:
            name: of its own on this machine.
            controller: what is limited, as version 1 of cgroups calls it: `cpu` or `blkio`.
        """
        root = hierarchy(controller)
        if root is None:
            raise OSError(f"no cgroup hierarchy has {controller}")
        self._root = root
        self._directory = root / name

    def __enter__(self) -> Self:
        self._directory.mkdir()
        self._keeper = subprocess.Popen(
            ["sh", "-c", _KEEPER, str(self._directory)],
            stdin=subprocess.PIPE,
            # What a terminal sends to all of its processes is not for this one.
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pid in (self._directory / "cgroup.procs").read_text().split():
            _put(int(pid), self._root)
        self._keeper.communicate()

    @property
    def enter(self) -> list[str]:
        """The command that runs another one in the group."""
        script = 'echo $$ > "$0" && exec "$@"'
        return ["sh", "-c", script, str(self._directory / "cgroup.procs")]

    def take(self, pid: int) -> None:
        """Put a process into the group; what it has started already stays where it is."""
        _put(pid, self._directory)

    def favour(self) -> None:
        """Let the group have its part before what else this machine does."""
        if self._root == _ROOT:
            self._write("cpu.weight", str(_FAVOUR * 100))
        else:
            self._write("cpu.shares", str(_FAVOUR * 1024))

    def hold_processor(self, cores: float) -> None:
        """Let the group have so much of a processor from now on, and no more."""
        quota = int(cores * _PERIOD)
        if self._root == _ROOT:
            self._write("cpu.max", f"{quota} {_PERIOD}")
        else:
            self._write("cpu.cfs_quota_us", str(quota))

    def throttling(self) -> Throttling:
        """How often the limit of the processor was reached so far."""
        lines = (self._directory / "cpu.stat").read_text().splitlines()
        values = dict(line.split() for line in lines)
        return Throttling(int(values["nr_periods"]), int(values["nr_throttled"]))

    def hold_disk(self, device: str, writes: int | None) -> None:
        """Let the group write so often to a disk in a second; None: as often as it will.

        Args:
            device: the numbers of the disk, as `8:0`.
            writes: each is a request to the disk, of which a commit makes some.
        """
        if self._root == _ROOT:
            self._write("io.max", f"{device} wiops={writes or 'max'}")
        else:
            self._write("blkio.throttle.write_iops_device", f"{device} {writes or 0}")

    def _write(self, file: str, text: str) -> None:
        (self._directory / file).write_text(text)


def _put(pid: int, group: Path) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        (group / "cgroup.procs").write_text(str(pid))


def hierarchy(controller: str) -> Path | None:
    """Where groups that limit this are made; None: nowhere, or not by us. See `Group`."""
    unified = _ROOT / "cgroup.subtree_control"
    name = {"blkio": "io"}.get(controller, controller)
    if unified.exists():
        return _ROOT if name in unified.read_text().split() else None
    found = _ROOT / controller
    return found if (found / "cgroup.procs").exists() else None


def disk_of(path: Path) -> str:
    """The numbers of the disk that a file is on, as `Group.hold_disk` takes them; empty: none."""
    device = path.stat().st_dev
    known = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    if not known.exists():
        return ""  # such as that of a file system in memory
    whole = known.resolve().parent if (known / "partition").exists() else known
    return (whole / "dev").read_text().strip()
