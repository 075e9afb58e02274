"""Servers that tests start: processes that never outlive the test run."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.dev.environment import CHECKOUT

LOOPBACK = "127.0.0.1"

_START_SECONDS = 300.0


class EngineError(RuntimeError):
    """A server that the tests need is not there or does not start."""


class Server:
    """One server process, which can be stopped, killed and started again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        port: int,
        directory: Path,
        *,
        environment: Mapping[str, str] | None = None,
        user: pwd.struct_passwd | None = None,
        address: str = LOOPBACK,
    ) -> None:
        """Describe a server; nothing runs yet.

        Args:
            name: for messages and the log file.
            command: the command to run.
            port: where it listens once it answers.
            directory: where it runs and writes its log.
            environment: its variables; None is ours.
            user: the user who it runs as; None is the user of the tests.
            address: where it listens.
        """
        self.port = port
        self.address = address
        self._name = name
        self._command = command
        self._directory = directory
        self._environment = dict(os.environ if environment is None else environment)
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        self._guardian: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it listens.

        Raises:
            EngineError: it ended or did not listen in time; with the end of its log.
        """
        log = self._directory / f"{self._name}.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **as_user(self._user),
            )
        self._watch_over(self._process.pid)
        deadline = time.monotonic() + _START_SECONDS
        while not listens(self.port, self.address):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise EngineError(f"{self._name}: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 15) -> int | None:
        """Ask it to end with a signal, and end it if it has not so many seconds later.

        Returns:
            Its exit code; None if it did not run, or had to be ended.
        """
        code = None
        if self._process is not None:
            self._process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(seconds)
            self.kill()
        return code

    def kill(self) -> None:
        """End it and its children at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self._guardian is not None:
            assert self._guardian.stdin is not None
            self._guardian.stdin.close()
            self._guardian.wait()
            self._guardian = None

    def _watch_over(self, pid: int) -> None:
        self._guardian = subprocess.Popen(
            [sys.executable, "-S", "-E", str(CHECKOUT / "scripts" / "dev" / "guardian.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        assert self._guardian.stdin is not None
        self._guardian.stdin.write(f"add {pid}\n".encode())


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments of `subprocess` that make a process somebody else's."""
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def listens(port: int, address: str = LOOPBACK) -> bool:
    """True if a server accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0
