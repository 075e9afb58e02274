"""Nothing goes on working for a caller who has gone."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from litestar import Litestar, get

from scripts.dev.ports import free_ports
from tests.waiting import eventually
from web.http.departures import EndWithCaller


class Server:
    """A server with a handler that never responds, and two that do."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.stopped = threading.Event()
        self.port = free_ports(1)[0]

        @get("/endless", middleware=[EndWithCaller()])
        async def endless() -> str:
            self.begun.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.stopped.set()
                raise
            return ""

        @get("/quick", middleware=[EndWithCaller()])
        async def quick() -> str:
            return "quick"

        @get("/broken", middleware=[EndWithCaller()])
        async def broken() -> str:
            raise ValueError

        app = Litestar([endless, quick, broken], logging_config=None)
        self.server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_config=None, http="httptools")
        )


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.server.run)
    thread.start()
    eventually(lambda: made.server.started, 10)
    yield made
    made.server.should_exit = True
    thread.join()


def test_a_request_ends_with_its_caller(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as caller:
        caller.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        assert server.begun.wait(5)
        assert not server.stopped.is_set()
    assert server.stopped.wait(5)


def test_others_are_answered_as_ever(server: Server) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
        for _ in range(3):
            assert client.get("/quick").text == "quick"
            assert client.get("/broken").status_code == 500
