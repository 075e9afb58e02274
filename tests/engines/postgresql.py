"""A PostgreSQL server of the test run's own, from the system's package."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from scripts.dev.ports import free_ports
from tests.engines.server import LOOPBACK, EngineError, Server, as_user

_SETTINGS = (
    "max_connections=400",
    "shared_buffers=128MB",
    "unix_socket_directories=",
    "shared_preload_libraries=pg_stat_statements",
)
# Killed servers must not lose anything; a power cut in a test run may.
_CARELESS = ("fsync=off", "full_page_writes=off")
_INITDB = ("-U", "export", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
_DEBIAN = Path("/usr/lib/postgresql")


class PostgreSql:
    """The server; `with` starts and removes it."""

    def __init__(self, address: str = LOOPBACK, *, durable: bool = False) -> None:
        """Make an empty cluster.

        Args:
            address: where it listens; whoever is in its network is let in.
            durable: wait for the disk at each commit.

        Raises:
            EngineError: PostgreSQL is not installed.
        """
        binaries = find_binaries()
        # The server refuses to run as root, and another user cannot enter pytest's directories.
        self._user = _unprivileged() if os.geteuid() == 0 else None
        self.directory = Path(tempfile.mkdtemp(prefix="export-postgresql-"))
        if self._user is not None:
            os.chown(self.directory, self._user.pw_uid, self._user.pw_gid)
        data = self.directory / "data"
        subprocess.run(
            [str(binaries / "initdb"), *_INITDB, "-D", str(data)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.directory,
            **as_user(self._user),
        )
        with (data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet trust\n")
        [port] = free_ports(1)
        settings = (*_SETTINGS, f"listen_addresses={address}", *(() if durable else _CARELESS))
        options = [part for setting in settings for part in ("-c", setting)]
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), *options]
        self.server = Server(
            "postgresql", command, port, self.directory, user=self._user, address=address
        )

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.server.start()
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:  # it listens before it lets anybody in
                continue
            return

    def stop(self) -> None:
        """End the server, and remove what it kept."""
        self.server.stop(signal.SIGINT)  # its fast shutdown: clients are sent away
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://export@{self.server.address}:{self.server.port}/{database}"

    def create(self, database: str, template: str = "template0") -> str:
        """Make a database, empty or a copy of one that nobody uses; its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"'.encode())
        return self.url(database)


def find_binaries() -> Path:
    """The directory of `postgres` and `initdb`.

    Raises:
        EngineError: nowhere.
    """
    candidates = [Path(found).parent] if (found := shutil.which("initdb")) else []
    if config := shutil.which("pg_config"):
        candidates.append(Path(subprocess.check_output([config, "--bindir"], text=True).strip()))
    if _DEBIAN.is_dir():
        versions = sorted(_DEBIAN.iterdir(), key=lambda path: int(path.name), reverse=True)
        candidates += [version / "bin" for version in versions]
    for directory in candidates:
        if all((directory / program).exists() for program in ("postgres", "initdb")):
            return directory
    raise EngineError("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EngineError("there is no user postgres or nobody to run PostgreSQL as")
