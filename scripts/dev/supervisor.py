"""Keeps a set of programs running, and ends them without leaving anything behind."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from activities.common.private_files import PRIVATE_UMASK, mend_directory
from scripts.dev.environment import CHECKOUT

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_LAST_WORDS = 2000
# A process that lived this long did not die of how it was started.
_STABLE_SECONDS = 10.0
_LOG_BYTES = 10_000_000
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Program:
    """One program to keep running."""

    name: str
    """Unique; names the log file."""
    role: str
    """The role of the program in the stack; several programs may share one."""
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path = CHECKOUT
    """In which it runs."""


class Supervisor:
    """Runs programs, each in a session of its own, and starts again those that die.

    Output goes to `<name>.log`; that of the run before is kept as `<name>.log.1`, and so is what
    was there when a log got too long. Should this process be killed, a guardian process ends what
    it left.
    """

    def __init__(
        self,
        logs: Path,
        on_change: Callable[[], None],
        keep_open: int,
        log_bytes: int = _LOG_BYTES,
    ) -> None:
        """Prepare to run programs.

        Args:
            logs: the directory of the log files; made when missing.
            on_change: called from another thread whenever a program was started again.
            keep_open: a file descriptor that stays open until the last process has gone, even
                when this process is killed: a lock, for instance.
            log_bytes: the size at which a log makes room; twice that is kept of each program.
        """
        self._logs = logs
        self._on_change = on_change
        self._watches: list[_Watch] = []
        mend_directory(logs)
        self._guardian = subprocess.Popen(
            [sys.executable, "-S", "-E", str(CHECKOUT / "scripts" / "dev" / "guardian.py")],
            stdin=subprocess.PIPE,
            # A reader of this process's output would wait for the guardian's end as well.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(keep_open,),
            bufsize=0,
            start_new_session=True,
        )
        self._guardian_input = threading.Lock()
        self._log_bytes = log_bytes
        self._closing = threading.Event()
        self._trimming = threading.Thread(target=self._trim_logs, name="logs", daemon=True)
        self._trimming.start()

    def start(self, program: Program) -> None:
        """Start a program and keep it running."""
        log = self._logs / f"{program.name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        watch = _Watch(program, log, self._tell_guardian, self._on_change)
        self._watches.append(watch)
        watch.start()

    def pids(self) -> dict[str, list[int]]:
        """The process ids that run now, by role."""
        found: dict[str, list[int]] = {}
        for watch in self._watches:
            running = found.setdefault(watch.program.role, [])
            if watch.pid is not None:
                running.append(watch.pid)
        return found

    def failing(self, crashes: int) -> tuple[str, str] | None:
        """The name and the last output of a program that died that often, if there is one."""
        for watch in self._watches:
            if watch.crashes >= crashes:
                return watch.program.name, watch.log.read_text(errors="replace")[-_LAST_WORDS:]
        return None

    def stop(self, roles: Iterable[str], grace: float, hurry: Callable[[], bool]) -> None:
        """End the programs of these roles, all at once, and wait until they have gone.

        Args:
            roles: the roles of the programs.
            grace: seconds that they have to end by themselves after SIGTERM.
            hurry: is asked while waiting; when it says true the grace is over.
        """
        watches = [watch for watch in self._watches if watch.program.role in set(roles)]
        for watch in watches:
            watch.ask_to_end()
        deadline = time.monotonic() + grace
        for watch in watches:
            while not watch.ended(0.05):
                if hurry() or time.monotonic() > deadline:
                    watch.kill()

    def close(self) -> None:
        """End whatever still runs, and the guardian."""
        self.stop({watch.program.role for watch in self._watches}, 0.0, lambda: True)
        self._closing.set()
        self._trimming.join()
        with self._guardian:
            pass

    def _trim_logs(self) -> None:
        while not self._closing.wait(_LOOK_SECONDS):
            for watch in list(self._watches):
                # A disk that is full may have room again at the next look.
                with contextlib.suppress(OSError):
                    _trim(watch.log, self._log_bytes)

    def _tell_guardian(self, verb: str, pid: int) -> None:
        with self._guardian_input, contextlib.suppress(BrokenPipeError):
            assert self._guardian.stdin is not None
            self._guardian.stdin.write(f"{verb} {pid}\n".encode())


class _Watch:
    """One program under supervision: a thread that waits for its process to end."""

    def __init__(
        self,
        program: Program,
        log: Path,
        tell_guardian: Callable[[str, int], None],
        on_restart: Callable[[], None],
    ) -> None:
        self.program = program
        self.log = log
        self.crashes = 0
        self._tell_guardian = tell_guardian
        self._on_restart = on_restart
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._spawning = threading.Lock()
        self._thread = threading.Thread(target=self._keep_running, name=program.name, daemon=True)

    @property
    def pid(self) -> int | None:
        """The id of the process that runs now; None when there is none."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self) -> None:
        self._spawn()
        self._thread.start()

    def ask_to_end(self) -> None:
        with self._spawning:
            self._ending.set()
            if self._process is not None:
                self._process.terminate()

    def ended(self, seconds: float) -> bool:
        """True if the process has gone for good within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def kill(self) -> None:
        with self._spawning:
            if self._process is not None and self._process.poll() is None:
                _kill_group(self._process.pid)

    def _spawn(self) -> None:
        with self._spawning:
            if self._ending.is_set():
                return
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.program.command,
                    cwd=self.program.directory,
                    env=dict(self.program.environment),
                    umask=PRIVATE_UMASK,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._tell_guardian("add", self._process.pid)

    def _keep_running(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._ending.is_set():
            started = time.monotonic()
            self._wait()
            if self._ending.is_set():
                return
            self.crashes += 1
            if time.monotonic() - started > _STABLE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self._ending.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            try:
                self._spawn()
            except OSError as error:
                self._note(f"cannot be started: {error}")
            else:
                self._on_restart()

    def _wait(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        code = process.wait()
        # Its own children, if it left any, would hold ports and work on beside the next one.
        _kill_group(process.pid)
        self._tell_guardian("drop", process.pid)
        if not self._ending.is_set():
            self._note(f"ended with {code}")

    def _note(self, text: str) -> None:
        with self.log.open("a") as log:
            log.write(f"--- {self.program.name} {text}\n")


def _trim(log: Path, most_bytes: int) -> None:
    """Move what a log holds to `.log.1`, of more than that the end, once it is too long.

    The program writes on meanwhile to the same open file, which is one that appends: so it is
    emptied rather than replaced. What comes between the copy and that is lost.
    """
    size = log.stat().st_size
    if size <= most_bytes:
        return
    older = log.with_suffix(".log.1")
    with log.open("rb+") as source, older.open("wb") as target:
        source.seek(size - most_bytes)
        shutil.copyfileobj(source, target)
        source.truncate(0)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
