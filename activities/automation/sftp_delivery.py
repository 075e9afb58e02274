"""Delivery by SFTP, to a server that is known by its key: written aside, then renamed."""

import asyncio
import posixpath
from contextlib import AbstractAsyncContextManager

import asyncssh

from activities.automation.delivery_paths import DeliveredFile, Pieces, path_of
from activities.automation.destinations import SftpDestination, secret_of
from activities.common.sending_error import SendingError

_CONNECT_SECONDS = 15
# A server that is silent for half a minute is gone.
_KEEP_ALIVE_SECONDS = 10


async def deliver(
    destination: SftpDestination, file: DeliveredFile, pieces: Pieces, attempt: int
) -> None:
    """Put a file into its directory, in place of what an earlier attempt put there.

    Raises:
        SendingError: it is not there.
    """
    path = posixpath.join(destination.directory, path_of(destination.path, file))
    try:
        async with (
            _connected(destination) as connection,
            connection.start_sftp_client() as sftp,
        ):
            await _put(sftp, path, file, pieces, attempt)
    except asyncssh.HostKeyNotVerifiable:
        raise SendingError("unknown-host-key") from None
    except asyncssh.PermissionDenied:
        raise SendingError("not-allowed") from None
    except asyncssh.SFTPPermissionDenied:
        raise SendingError("not-allowed") from None
    except asyncssh.SFTPError as error:
        raise SendingError("no-room" if _is_full(error) else "refused") from None
    except (asyncssh.Error, OSError, TimeoutError, asyncio.IncompleteReadError):
        raise SendingError("unreachable") from None


def _connected(
    destination: SftpDestination,
) -> AbstractAsyncContextManager[asyncssh.SSHClientConnection]:
    host, port = destination.host, destination.port
    keys = [asyncssh.import_public_key(each) for each in destination.host_keys]
    private = destination.private_key
    return asyncssh.connect(
        host,
        port,
        username=destination.username,
        password=None if destination.password is None else secret_of(destination.password),
        client_keys=[asyncssh.import_private_key(secret_of(private))] if private else [],
        # Trusted keys, and neither certificates nor revoked ones.
        known_hosts=(keys, [], []),
        # Nothing of whoever runs the worker: no agent, no configuration.
        agent_path=None,
        config=[],
        connect_timeout=_CONNECT_SECONDS,
        login_timeout=_CONNECT_SECONDS,
        keepalive_interval=_KEEP_ALIVE_SECONDS,
    )


async def _put(
    sftp: asyncssh.SFTPClient,
    path: str,
    file: DeliveredFile,
    pieces: Pieces,
    attempt: int,
) -> None:
    directory = posixpath.dirname(path)
    if directory:
        await sftp.makedirs(directory, exist_ok=True)
    for earlier in range(1, attempt):
        await _remove(sftp, _aside(directory, file, earlier))
    # A name of its own: an attempt that was taken for dead may still write.
    aside = _aside(directory, file, attempt)
    try:
        async with sftp.open(aside, "wb") as remote:
            async for piece in pieces():
                await remote.write(piece)
    except SendingError:
        await _remove(sftp, aside)
        raise
    if (await sftp.stat(aside)).size != file.size:
        raise SendingError("cut-short")
    await _rename(sftp, aside, path)


async def _rename(sftp: asyncssh.SFTPClient, aside: str, path: str) -> None:
    try:
        await sftp.posix_rename(aside, path)
    except asyncssh.SFTPOpUnsupported:
        # Without the extension a name that is taken cannot be given again.
        await _remove(sftp, path)
        await sftp.rename(aside, path)


async def _remove(sftp: asyncssh.SFTPClient, path: str) -> None:
    try:
        await sftp.remove(path)
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        return


def _aside(directory: str, file: DeliveredFile, attempt: int) -> str:
    return posixpath.join(directory, f".export-{file.job_id}.{attempt}.part")


def _is_full(error: asyncssh.SFTPError) -> bool:
    return isinstance(error, asyncssh.SFTPNoSpaceOnFilesystem | asyncssh.SFTPQuotaExceeded)
