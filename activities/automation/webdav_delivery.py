"""Delivery by WebDAV (RFC 4918), to the server that the operator named and no other."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import httpx

from activities.automation.delivery_paths import DeliveredFile, Pieces, path_of
from activities.automation.destinations import WebdavDestination, secret_of
from activities.common.allowed_origins import AllowedOrigins, allowed_origins
from activities.common.outbound_http import RefusedAddressError
from activities.common.pinned_http import pinned_request
from activities.common.sending_error import SendingError, is_of_tls

_SILENT_SECONDS = 60.0
_CONNECT_SECONDS = 10.0
_NOT_ALLOWED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def reach_of(destination: WebdavDestination) -> AllowedOrigins:
    """The one server that a delivery may reach.

    Raises:
        ValueError: the URL is none, or is http and no network is given.
    """
    parts = urlsplit(destination.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return allowed_origins(f"{origin}={destination.network}" if destination.network else origin)


async def deliver(
    destination: WebdavDestination, file: DeliveredFile, pieces: Pieces, attempt: int
) -> None:
    """Put a file into its collection, in place of what an earlier attempt put there.

    Raises:
        SendingError: it is not there.
    """
    async with httpx.AsyncClient(
        auth=_auth(destination),
        timeout=httpx.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
    ) as client:
        session = _Session(client, destination)
        try:
            await _put(session, path_of(destination.path, file), file, pieces, attempt)
        except RefusedAddressError:
            raise SendingError("refused-address") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise SendingError("tls" if is_of_tls(error) else "unreachable") from None


def _auth(destination: WebdavDestination) -> httpx.BasicAuth | None:
    if destination.username is None:
        return None
    password = "" if destination.password is None else secret_of(destination.password)
    return httpx.BasicAuth(destination.username, password)


class _Session:
    """Requests to one collection."""

    def __init__(self, client: httpx.AsyncClient, destination: WebdavDestination) -> None:
        self._client = client
        self._base = destination.url.rstrip("/")
        self._reach = reach_of(destination)

    def url(self, path: str) -> str:
        return f"{self._base}/{quote(path)}"

    async def call(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        content: AsyncIterator[bytes] | None = None,
    ) -> int:
        async with pinned_request(
            self._client, self._reach, method, self.url(path), headers=headers, content=content
        ) as response:
            return response.status_code


async def _put(
    session: _Session, path: str, file: DeliveredFile, pieces: Pieces, attempt: int
) -> None:
    *folders, _ = path.split("/")
    for depth in range(1, len(folders) + 1):
        status = await session.call("MKCOL", "/".join(folders[:depth]) + "/")
        # One that is there already cannot be made (RFC 4918, 9.3.1).
        if status != HTTPStatus.METHOD_NOT_ALLOWED:
            _check(status)
    folder = "".join(f"{each}/" for each in folders)
    for earlier in range(1, attempt):
        await session.call("DELETE", _aside(folder, file, earlier))
    # A name of its own: an attempt that was taken for dead may still write.
    aside = _aside(folder, file, attempt)
    headers = {"Content-Length": str(file.size), "Content-Type": file.media_type}
    try:
        _check(await session.call("PUT", aside, headers, pieces()))
    except SendingError:
        await session.call("DELETE", aside)
        raise
    moving = {"Destination": session.url(path), "Overwrite": "T"}
    _check(await session.call("MOVE", aside, moving))


def _aside(folder: str, file: DeliveredFile, attempt: int) -> str:
    return f"{folder}.export-{file.job_id}.{attempt}.part"


def _check(status: int) -> None:
    if HTTPStatus(200) <= status < HTTPStatus(300):
        return
    if status in _NOT_ALLOWED:
        raise SendingError("not-allowed")
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        raise SendingError("no-room")
    raise SendingError("redirected" if HTTPStatus(300) <= status < HTTPStatus(400) else "refused")
