"""A server of SFTP for tests: keeps files in a directory, and knows one user by a password."""

import asyncio
import threading
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

USERNAME = "exports"
PASSWORD = "a-secret"


class Sftp:
    """A server on a free port of this machine, whose root is a directory."""

    def __init__(self, root: Path) -> None:
        """Keep files below a directory, which is made."""
        self.root = root
        root.mkdir()
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = self._key.export_public_key().decode().strip()
        """As `host_keys` of a destination has it."""
        self._port = Future[int]()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._port.result(30)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def port(self) -> int:
        """Where it listens on the loopback address."""
        return self._port.result()

    def files(self) -> dict[str, bytes]:
        """What it keeps, by paths."""
        return {
            each.relative_to(self.root).as_posix(): each.read_bytes()
            for each in self.root.rglob("*")
            if each.is_file()
        }

    def _serve(self) -> None:
        server = self._loop.run_until_complete(
            asyncssh.listen(
                "127.0.0.1",
                0,
                server_host_keys=[self._key],
                server_factory=_Server,
                sftp_factory=lambda channel: asyncssh.SFTPServer(
                    channel, chroot=str(self.root).encode()
                ),
            )
        )
        self._port.set_result(server.get_port())
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(server.wait_closed())
        self._loop.close()


class _Server(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a password."""
        del username
        return True

    def password_auth_supported(self) -> bool:
        """Take passwords."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Take the one."""
        return (username, password) == (USERNAME, PASSWORD)
