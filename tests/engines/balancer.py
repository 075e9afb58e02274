"""A balancer as a Kubernetes Service is one: it passes connections on to who is ready."""

import asyncio
import contextlib
import threading
from itertools import count
from types import TracebackType
from typing import Self

_PROBE_SECONDS = 0.5
_PATIENCE_SECONDS = 3.0
_PIECE_BYTES = 64 * 1024


class Balancer:
    """Spreads connections over the ports that say that they are ready; `with` starts and ends it.

    It tries nothing twice: what goes wrong with a process is seen by whoever called.
    """

    def __init__(self) -> None:
        self.url = ""
        """Where it listens, once it has started."""
        self._ready: dict[int, bool] = {}
        self._turns = count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._listens = threading.Event()
        self._done = asyncio.Event()
        self._writers = set[asyncio.StreamWriter]()

    def __enter__(self) -> Self:
        self._thread.start()
        self._listens.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()

    def add(self, port: int) -> None:
        """Pass connections on to this port of the machine from when it is ready."""
        self._ready[port] = False
        self._loop.call_soon_threadsafe(lambda: self._probes.create_task(self._probe(port)))

    def remove(self, port: int) -> None:
        """Ask nothing of this port any more."""
        del self._ready[port]

    def takes(self, port: int) -> bool:
        """True if new connections go to this port, among others."""
        return self._ready[port]

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with asyncio.TaskGroup() as self._probes:
            self._listens.set()
            await self._done.wait()
            server.close()
            self._ready.clear()
            for writer in self._writers:
                writer.close()

    async def _probe(self, port: int) -> None:
        while port in self._ready:
            # Who takes long to say so is as ready as before.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    is_ready = await _is_ready(port)
                    if port in self._ready:
                        self._ready[port] = is_ready
            await asyncio.sleep(_PROBE_SECONDS)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = [port for port, is_ready in self._ready.items() if is_ready]
        try:
            port = ready[next(self._turns) % len(ready)]
            there, back = await asyncio.open_connection("127.0.0.1", port)
        except (OSError, ZeroDivisionError):
            writer.close()
            return
        both = {writer, back}
        self._writers |= both
        await asyncio.gather(_copy(reader, back), _copy(there, writer))
        self._writers -= both
        for each in both:
            each.close()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /health/ready HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
    except OSError:
        return False
    finally:
        writer.close()
    return answer.startswith(b"HTTP/1.1 200 ")


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass on what one side says until it says no more, and that it does."""
    with contextlib.suppress(OSError):
        while piece := await source.read(_PIECE_BYTES):
            target.write(piece)
            await target.drain()
    with contextlib.suppress(OSError):
        target.write_eof()
