"""A content platform with the demo content that has trouble when it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import DEMO_OWNERS
from scripts.load_content import read_all
from tests.unit.content.platform_server import (
    TOKEN,
    Handler,
    PlatformServer,
    Step,
)

TROUBLED_OWNER = DEMO_OWNERS[0]


class _FaultyHandler(Handler):
    """Serves as it should, save the items of one owner while there is trouble."""

    def respond(self) -> None:
        """See `Handler.respond`."""
        assert isinstance(self.server, FaultyContent)
        trouble = self.server.trouble
        if trouble is None or f"/{TROUBLED_OWNER}/" not in self.path or "fields=head" in self.path:
            self.serve()
            return
        self.server.troubled += 1
        with suppress(OSError):  # the caller hung up, and is right
            trouble(self)


class FaultyContent(PlatformServer):
    """A content platform that misbehaves for one owner.

    Attributes:
        trouble: the trouble that the troubled owner's items meet; None when all is well.
        troubled: the number of requests that met it.
    """

    def __init__(self) -> None:
        files = (CHECKOUT / "scripts" / "demo").glob("*.jsonl")
        super().__init__(read_all(list(files), print, ""))
        self.RequestHandlerClass = _FaultyHandler
        self.trouble: Step | None = None
        self.troubled = 0

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a service that takes its content from here."""
        return {"EXPORT_CONTENT_URL": self.url, "EXPORT_CONTENT_TOKEN": TOKEN}


@contextmanager
def faulty_content() -> Iterator[FaultyContent]:
    """A platform that runs."""
    with FaultyContent() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
