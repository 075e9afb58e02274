"""A whole export service on this machine: Temporal, workers and API, in one data directory.

`with Stack(data_dir) as stack:` gives one on free ports, for tests and measurements; `up.py` is
a command around the same class.
"""

import contextlib
import hashlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import msgspec

from activities.common.listening import UnusablePortError, check_address
from activities.common.private_files import PRIVATE_UMASK, UnusableDirectoryError, own_directory
from activities.settings import CANNOT_START, Settings, SettingsError, from_environment
from scripts.dev import data_directory, stack_file, temporal_cli
from scripts.dev.credentials import DamagedSecretsError, ensure_secrets, issue_token
from scripts.dev.data_directory import UnusableDataError
from scripts.dev.embedded_database import is_migrated, merge_log
from scripts.dev.environment import CHECKOUT
from scripts.dev.ports import free_ports, is_free
from scripts.dev.process_environments import environment_of
from scripts.dev.stack_file import AlreadyRunningError, StackInfo
from scripts.dev.supervisor import Program, Supervisor
from scripts.dev.temporal_cli import CliNotFoundError

DEMO_OWNERS = ("teacher-1", "teacher-2")
DEMO_SCOPE = "export:read export:write"

_START_SECONDS = 120.0
_SILENT_SECONDS = 10.0
"""For how long a start may say nothing."""
_GRACE_SECONDS = 12.0
_CRASHES_TO_GIVE_UP = 3
_TOKEN_LIFETIME = timedelta(days=7)
# What a user or an operator can mend; each says how.
_MISTAKES = (
    AlreadyRunningError,
    CliNotFoundError,
    DamagedSecretsError,
    UnusableDirectoryError,
    SettingsError,
    UnusableDataError,
    UnusablePortError,
)
# A cache of the machine, like those that other programs find by theirs.
_SHARED_VARIABLE = "EXPORT_FONT_PATH"
# API first, so that nothing new comes in; Temporal last, so that workers can hand in their work.
_STOP_ORDER = (("api",), ("worker-express", "worker-io", "worker-render"), ("temporal",))


class StackError(RuntimeError):
    """The stack could not be started; the message is for the user."""


class _Readiness(msgspec.Struct):
    components: dict[str, str]
    details: dict[str, str] = {}


@dataclass(frozen=True)
class _Ports:
    api: int
    temporal: int
    temporal_ui: int
    metrics: list[int]


class Stack:
    """One running service. Any of its processes that dies is started again.

    Several can run side by side, each in its own directory.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        temporal_port: int = 0,
        render_workers: int | None = None,
        demo: bool = True,
        settings: Mapping[str, str] | None = None,
        launcher: str | None = None,
        announce: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Describe a stack; nothing runs yet.

        Args:
            data_dir: keeps everything that the stack writes; made when missing.
            port: the port of the API; 0 takes a free one.
            temporal_port: of the Temporal server, whose web UI is 1000 above it when that is
                free; 0 takes a free one.
            render_workers: the number of render workers; None takes one for each CPU.
            demo: load the demo content when it is not there yet.
            settings: environment variables of the service. Its `EXPORT_` variables come from
                here alone, so that a test never works on what a shell happens to name.
            launcher: a module that is run in place of the API's and the workers' own, with the
                name and the arguments of theirs as its own: tests reach into them through it.
            announce: is told what is happening when it may take long.
        """
        self.data_dir = data_dir.absolute()
        self._port = port
        self._temporal_port = temporal_port
        self._render_workers = render_workers or os.cpu_count() or 1
        self._demo = demo
        self._given = dict(settings or {})
        self._run_module = (sys.executable, "-m", *([launcher] if launcher else ()))
        self._announce = announce
        self._interruptions = 0
        self._resources = contextlib.ExitStack()
        self._publishing = threading.Lock()
        self._info: StackInfo | None = None
        self._supervisor: Supervisor | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def info(self) -> StackInfo:
        """The addresses of everything, with tokens, and the process ids of this moment.

        Raises:
            StackError: the stack does not run.
        """
        if self._info is None or self._supervisor is None:
            raise StackError("the stack does not run")
        return msgspec.structs.replace(self._info, pids=self._supervisor.pids())

    @property
    def settings(self) -> Settings:
        """The environment variables of the service's processes."""
        return from_environment(self._environment())

    @property
    def api(self) -> str:
        """Base URL of the API."""
        return self.info.api

    @property
    def token(self) -> str:
        """Bearer token of the first demo owner."""
        return self.info.token

    @property
    def other_token(self) -> str:
        """Bearer token of the second demo owner."""
        return self.info.other_token

    def start(self) -> None:
        """Start everything and wait until it answers.

        Raises:
            StackError: a port is taken, a setting or a file cannot be used, a program cannot be
                fetched or does not come up, or another stack runs in the data directory. Nothing
                is left running.
            KeyboardInterrupt: `interrupt` was called meanwhile; nothing is left running.
        """
        try:
            self._start()
        except _MISTAKES as error:
            self.stop()
            raise StackError(str(error)) from None
        except OSError as error:
            self.stop()
            raise StackError(f"{error.filename or self.data_dir}: {error.strerror}") from None
        except BaseException:
            self.stop()
            raise

    def interrupt(self) -> None:
        """Give up starting; called again, wait for nothing when stopping.

        Safe to call from a signal handler.
        """
        self._interruptions += 1

    @property
    def interrupted(self) -> bool:
        """True if `interrupt` was called."""
        return self._interruptions > 0

    def stop(self) -> None:
        """End every process: the API, then workers, then Temporal. A second call does nothing."""
        with self._publishing:
            self._info = None
        self._resources.close()

    def _start(self) -> None:
        new = data_directory.missing(self.data_dir)
        self._resources.callback(self._remove_directories, new)
        data_directory.check(self.data_dir)
        lock = self._resources.enter_context(stack_file.claimed(self.data_dir))
        self._resources.callback(self._remove_secrets, new)
        stack_file.remove(self.data_dir)  # a killed stack may have left one
        cli = temporal_cli.find_or_fetch(os.environ, self._announce)
        environment = self._environment()
        settings = from_environment(environment)
        if not settings.storage_url:
            data_directory.check_directory(Path(settings.temp_path), "files")
            own_directory(Path(settings.temp_path))
        ports = self._choose_ports(settings)
        environment["EXPORT_PORT"] = str(ports.api)
        environment["TEMPORAL_ADDRESS"] = f"127.0.0.1:{ports.temporal}"
        environment.setdefault("EXPORT_TEMPORAL_UI_URL", f"http://127.0.0.1:{ports.temporal_ui}")
        environment.setdefault("EXPORT_PUBLIC_URL", _url_of_api(environment, ports.api))

        self._supervisor = Supervisor(self.data_dir / "logs", self._publish, keep_open=lock)
        self._resources.callback(self._end_programs, self._supervisor)
        # It takes the command a third of a second to find out.
        is_short = self._has_short_retention()
        server = temporal_cli.dev_server(cli, "temporal.db", ports.temporal, ports.temporal_ui)
        of_server = environment_of("temporal", environment)
        self._supervisor.start(
            Program("temporal", "temporal", tuple(server), of_server, self.data_dir)
        )
        self._migrate(environment)
        for program in _service(self._run_module, environment, ports.metrics):
            self._supervisor.start(program)
        self._load_demo(environment)
        info = _describe(environment, ports)
        shorten = None if is_short else partial(self._shorten_retention, cli, info.temporal_address)
        self._await_answers(self._supervisor, info, shorten)
        with self._publishing:
            self._info = info
        self._publish()

    def _remove_directories(self, new: Sequence[Path]) -> None:
        """Leave no directories of a start that was refused; what has run keeps all that it has."""
        if self._supervisor is None:
            data_directory.remove_empty(new)

    def _remove_secrets(self, new: Sequence[Path]) -> None:
        """Leave no secrets of it either; before another start may have the directory."""
        secrets = self.data_dir / data_directory.SECRETS
        if self._supervisor is None and secrets in new:
            secrets.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        # The shell may be set up for another Temporal than the one that starts here.
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("EXPORT_", "TEMPORAL_")) or name == _SHARED_VARIABLE
        }
        given = {name: value for name, value in self._given.items() if value}
        secrets = ensure_secrets(self.data_dir)
        return {
            **inherited,
            "EXPORT_TEMP_PATH": str(self.data_dir / "files"),
            "EXPORT_JWT_SECRET": secrets.jwt_secret,
            "EXPORT_URL_SECRETS": secrets.url_secret,
            "EXPORT_WEBHOOK_SECRETS": secrets.webhook_secret,
            "EXPORT_SIGNING_KEYS": secrets.signing_key,
            "EXPORT_EXPRESS": "true",
            **given,
            "EXPORT_DATA_DIR": str(self.data_dir),
            "TEMPORAL_NAMESPACE": "default",
            "TEMPORAL_CONFIG_FILE": os.devnull,
            "PYTHONUNBUFFERED": "1",
        }

    def _choose_ports(self, settings: Settings) -> _Ports:
        option_of = dict[int, str]()
        for port, address, option in (
            (self._port, settings.host, "--port"),
            (self._temporal_port, "127.0.0.1", "--temporal-port"),
            (settings.internal_port, settings.host, "EXPORT_INTERNAL_PORT"),
        ):
            if not port:
                continue
            if port in option_of:
                raise StackError(f"{option_of[port]} and {option} are both {port}; change one")
            option_of[port] = option
            check_address(address, port, option)
        given = (self._port, self._temporal_port, settings.internal_port)
        count = 4 + settings.express + self._render_workers
        chosen = [port for port in free_ports(count + len(given)) if port not in given][:count]
        api, temporal, temporal_ui, *metrics = chosen
        api, temporal = self._port or api, self._temporal_port or temporal
        if temporal + 1000 not in (api, *metrics) and is_free(temporal + 1000):
            temporal_ui = temporal + 1000
        return _Ports(api, temporal, temporal_ui, metrics)

    def _migrate(self, environment: Mapping[str, str]) -> None:
        embedded = not environment.get("EXPORT_DATABASE_URL")
        if not (embedded and is_migrated(self.data_dir / "export.db")):
            if not embedded or (self.data_dir / "export.db").exists():
                self._announce("bringing the database up to date")
            self._run("migrate", environment, "-m", "activities.jobs.migrate")

    def _load_demo(self, environment: Mapping[str, str]) -> None:
        if not self._demo:
            return
        files = sorted((CHECKOUT / "scripts" / "demo").glob("*.jsonl"))
        database = environment.get("EXPORT_DATABASE_URL", "")
        digest = hashlib.sha256(database.encode())
        for file in files:
            digest.update(file.read_bytes())
        stamp = self.data_dir / "demo.sha256"
        kept = bool(database) or (self.data_dir / "export.db").exists()
        if kept and stamp.exists() and stamp.read_text() == digest.hexdigest():
            return
        self._announce("loading the demo content")
        self._run("load-demo", environment, "scripts/load_content.py", *map(str, files))
        stamp.write_text(digest.hexdigest())

    def _run(self, name: str, environment: Mapping[str, str], *arguments: str) -> None:
        log = self.data_dir / "logs" / f"{name}.log"
        with log.open("wb") as output:
            result = subprocess.run(
                [sys.executable, *arguments],
                cwd=CHECKOUT,
                env=environment_of(name, environment),
                umask=PRIVATE_UMASK,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if result.returncode:
            raise StackError(_last_words(name, log.read_text(errors="replace")))

    def _has_short_retention(self) -> bool:
        stamp = self.data_dir / data_directory.RETENTION_STAMP
        is_told = stamp.exists() and stamp.read_text() == temporal_cli.RETENTION
        return is_told and (self.data_dir / "temporal.db").exists()

    def _shorten_retention(self, cli: Path, address: str) -> bool:
        if not temporal_cli.shorten_retention(cli, address):
            return False
        (self.data_dir / data_directory.RETENTION_STAMP).write_text(temporal_cli.RETENTION)
        return True

    def _await_answers(
        self, supervisor: Supervisor, info: StackInfo, shorten: Callable[[], bool] | None
    ) -> None:
        urls = (info.temporal_ui, *info.metrics)
        waiting: dict[str, Callable[[], bool]] = {url: partial(_answers, url) for url in urls}
        readiness = f"{info.internal}/health/ready"
        waiting[readiness] = partial(_is_whole, readiness)
        if shorten is not None:
            waiting[info.temporal_address] = shorten
        deadline = time.monotonic() + _START_SECONDS
        silent_until = time.monotonic() + _SILENT_SECONDS
        while waiting:
            if self.interrupted:
                raise KeyboardInterrupt
            if failing := supervisor.failing(_CRASHES_TO_GIVE_UP):
                raise StackError(_last_words(*failing))
            if time.monotonic() > deadline:
                logs = self.data_dir / "logs"
                raise StackError(f"{_not_ready(waiting)}; see the logs in {logs}")
            if time.monotonic() > silent_until:
                self._announce(_not_ready(waiting))
                silent_until = time.monotonic() + _SILENT_SECONDS
            name, answers = next(iter(waiting.items()))
            if answers():
                del waiting[name]
            else:
                time.sleep(0.03)

    def _publish(self) -> None:
        with self._publishing:
            if self._info is not None:
                stack_file.write(self.data_dir, self.info)

    def _end_programs(self, supervisor: Supervisor) -> None:
        stack_file.remove(self.data_dir)
        for roles in _STOP_ORDER:
            supervisor.stop(roles, _GRACE_SECONDS, lambda: self._interruptions > 1)
        supervisor.close()
        for name in ("export.db", "temporal.db"):
            merge_log(self.data_dir / name)


def _service(
    run: tuple[str, ...], environment: Mapping[str, str], metrics_ports: list[int]
) -> list[Program]:
    def worker(name: str, role: str, queues: str, port: int) -> Program:
        command = ("activities.worker", "--role", queues, "--metrics-port", str(port))
        return _program(name, role, (*run, *command), environment)

    io_port, *render_ports = metrics_ports
    express: list[Program] = []
    if from_environment(environment).express:
        express = [worker("worker-express", "worker-express", "express", render_ports.pop())]
    return [
        _program("api", "api", (*run, "web"), environment),
        worker("worker-io", "worker-io", "io,workflow", io_port),
        *express,
        *(
            worker(f"worker-render-{number}", "worker-render", "render", port)
            for number, port in enumerate(render_ports, start=1)
        ),
    ]


def _program(
    name: str, role: str, command: tuple[str, ...], environment: Mapping[str, str]
) -> Program:
    return Program(name, role, command, environment_of(role, environment))


def _url_of_api(environment: Mapping[str, str], port: int) -> str:
    """The URL at which this machine reaches the API, whatever is in front of it for others."""
    host = from_environment(environment).host
    # A server that listens everywhere is reached at the loopback address.
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    return f"http://{host}:{port}"


def _describe(environment: Mapping[str, str], ports: _Ports) -> StackInfo:
    settings = from_environment(environment)
    token, other_token = (
        issue_token(settings, owner, DEMO_SCOPE, _TOKEN_LIFETIME) for owner in DEMO_OWNERS
    )
    return StackInfo(
        api=_url_of_api(environment, ports.api),
        temporal_ui=f"http://127.0.0.1:{ports.temporal_ui}",
        temporal_address=environment["TEMPORAL_ADDRESS"],
        token=token,
        other_token=other_token,
        metrics=[f"http://127.0.0.1:{port}/metrics" for port in ports.metrics],
        pids={},
        supervisor=os.getpid(),
        internal=_url_of_api(environment, settings.internal_port or ports.api),
    )


def _last_words(program: str, output: str) -> str:
    """What a program said that does not stay up; its own sentence, if it has one."""
    for line in output.splitlines():
        if line.startswith(CANNOT_START):
            return f"{program} cannot start: {line.removeprefix(CANNOT_START)}"
    return f"{program} does not stay up. Its last words:\n{output}"


def _not_ready(waiting: Iterable[str]) -> str:
    """What has not answered yet, and what the API says is missing."""
    told = f"no answer yet from {', '.join(waiting)}"
    for url in waiting:
        _, body = _get(url)
        with contextlib.suppress(msgspec.MsgspecError):
            readiness = msgspec.json.decode(body, type=_Readiness)
            components = readiness.components
            missing = [name for name, state in components.items() if state != "ok"]
            details = [readiness.details[name] for name in missing if name in readiness.details]
            return " ".join((f"{told} (unavailable: {', '.join(missing)})", *details))
    return told


def _answers(url: str) -> bool:
    status, _ = _get(url)
    return status == http.client.OK


def _is_whole(url: str) -> bool:
    """True if nothing that an export needs is away, without which the API is ready as well.

    A full disk is nothing to wait for: finished exports can be had.
    """
    status, body = _get(url)
    return status == http.client.OK and "unavailable" not in json.loads(body)["components"].values()


def _get(url: str) -> tuple[int, bytes]:
    """Status and body; 0 and nothing when there is no answer."""
    parts = urlsplit(url)
    if not parts.netloc:
        return 0, b""
    connection = http.client.HTTPConnection(parts.netloc, timeout=2.0)
    try:
        connection.request("GET", parts.path or "/")
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
