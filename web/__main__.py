"""Serves the API: `python -m web`."""

from activities.common import quick_imports

if __name__ == "__main__":
    quick_imports.begin()

import asyncio
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn
from litestar import Litestar

from activities.common import logs, tracing
from activities.common.listening import UnusablePortError, check_address
from activities.common.logs import get_logger
from activities.common.private_files import (
    UnusableDirectoryError,
    keep_files_private,
    mend_directory,
    own_directory,
)
from activities.model.catalog import catalog
from activities.settings import (
    CANNOT_START,
    IO_SECRETS,
    SettingsError,
    begin_traces,
    from_environment,
)
from activities.temporal.client import hard_exit
from web.app import create_app
from web.http.app_state import held
from web.http.limited_protocol import limited_protocol
from web.http.open_connections import OpenConnections
from web.http.proxies import trusted_proxies
from web.services.open_services import Services

logger = get_logger(__name__)

_DRAIN_SECONDS = 20

# How long the event loop waits for a thread that computes, at each turn of both. Python's own 5 ms
# add up to most of a response.
_SWITCH_SECONDS = 0.0005

# A caller whose connection was just taken is about to send a request.
_SETTLE_SECONDS = 0.5

_CLOSE = (b"connection", b"close")


class _Server(uvicorn.Server):
    """Ends connections that are too slow, and leaves before it stops.

    From SIGTERM on it says that it is not ready, and asks callers to close their connections, which
    it still takes for a time. Event streams would last as long as their jobs, so they end first.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        app: Litestar,
        open_connections: OpenConnections,
        leave_seconds: float,
    ) -> None:
        super().__init__(config)
        self._app = app
        self._open_connections = open_connections
        self._leave_seconds = leave_seconds
        self._left_at: float | None = None

    async def on_tick(self, counter: int) -> bool:
        now = asyncio.get_running_loop().time()
        self._open_connections.sweep(now)
        if not await super().on_tick(counter):
            return False
        if self._left_at is None:
            self._left_at = now
            held(self._app.state, Services).health_checks.leave()
            # One that is idle when the process stops would lose what is just being sent on it.
            self.config.encoded_headers.append(_CLOSE)
            self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
        return self.force_exit or now - self._left_at >= self._leave_seconds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        held(self._app.state, Services).job_watcher.close()
        for server in self.servers:
            server.close()
        await asyncio.sleep(_SETTLE_SECONDS)
        await super().shutdown(sockets)


def main() -> NoReturn:
    """Serve until SIGTERM or SIGINT, then finish what was begun."""
    quick_imports.end()
    keep_files_private()
    sys.setswitchinterval(_SWITCH_SECONDS)
    logs.configure()
    for sentence in catalog().left_out:
        logger.warning(sentence)
    try:
        settings = from_environment(unread=IO_SECRETS)
        begin_traces(settings, "export-api", "api")
        app = create_app(settings)
        proxies = trusted_proxies(settings.trusted_proxies)
        if not settings.database_url:
            mend_directory(Path(settings.data_dir))
        if not settings.storage_url:
            own_directory(Path(settings.temp_path))
        check_address(settings.host, settings.port, "EXPORT_PORT")
        if settings.internal_port:
            check_address(settings.host, settings.internal_port, "EXPORT_INTERNAL_PORT")
    except (SettingsError, UnusableDirectoryError, UnusablePortError) as error:
        sys.exit(f"{CANNOT_START}{error}")
    open_connections = OpenConnections(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=limited_protocol(open_connections),
        ws="none",
        lifespan="on",
        access_log=False,
        forwarded_allow_ips=proxies,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    server = _Server(config, app, open_connections, settings.leave_seconds)
    # When it has drained, uvicorn raises the signal again, which would end us before `hard_exit`.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    try:
        server.run(_sockets(config, settings.internal_port))
    except SystemExit as error:
        tracing.end()
        hard_exit(int(error.code or 0))
    tracing.end()
    hard_exit(0)


def _sockets(config: uvicorn.Config, internal_port: int) -> list[socket.socket] | None:
    """Both listeners, or None for the server to make the only one."""
    if not internal_port:
        return None
    internal = uvicorn.Config(config.app, host=config.host, port=internal_port, log_config=None)
    return [config.bind_socket(), internal.bind_socket()]


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Ignore the signal: the process is ending already."""


if __name__ == "__main__":
    main()
