"""The client for asyncio."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import stamina

from export_client import calls
from export_client.calls import Call
from export_client.files import finish, part_of, place_for, size_of
from export_client.model import (
    CollectionPage,
    ContentPage,
    ExportFailedError,
    Format,
    Job,
    JobPage,
    SignInLink,
)

_T = TypeVar("_T")
_Response = TypeVar("_Response", httpx.Response, httpx.Response | None)


class AsyncExportClient:
    """One caller of the export API. Calls are tried again while the API is unavailable or busy."""

    def __init__(self, base_url: str, token: str, *, timeout: float = 30) -> None:
        """Create a client; nothing is sent yet.

        Args:
            base_url: the URL of the API, such as `http://127.0.0.1:8000`.
            token: a bearer token.
            timeout: seconds for each response.

        Raises:
            ValueError: the URL or the token is none.
        """
        self._http = httpx.AsyncClient(
            base_url=calls.checked_url(base_url),
            headers=calls.authorization(token),
            timeout=timeout,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def url(self) -> httpx.URL:
        """The base URL of the API."""
        return self._http.base_url

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def create(
        self,
        format_id: str | list[str],
        content_ids: list[str],
        *,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> Job:
        """Export these items: as one file, or as a zip with one file of each of several formats.

        `options` are the request's, such as `include_metadata`.
        A repeat with the same `idempotency_key` gives the same job.
        """
        return await self._send(calls.create(format_id, content_ids, idempotency_key, options))

    async def create_bulk(
        self,
        format_id: str | list[str],
        *,
        content_types: list[str] | None = None,
        date_from: date | None = None,
        date_to: date | None = None,
        max_items: int | None = None,
        subjects: list[str] | None = None,
        languages: list[str] | None = None,
        tags: list[str] | None = None,
        collection_id: str | None = None,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> Job:
        """Export the newest items that match, or a collection in its order; see `create`."""
        return await self._send(
            calls.create_bulk(
                format_id,
                content_types=content_types,
                date_from=date_from,
                date_to=date_to,
                max_items=max_items,
                subjects=subjects,
                languages=languages,
                tags=tags,
                collection_id=collection_id,
                key=idempotency_key,
                options=options,
            )
        )

    async def job(self, job_id: str) -> Job:
        """Return a job as it is now."""
        return await self._send(calls.job(job_id))

    async def cancel(self, job_id: str) -> Job:
        """Cancel a job that has not ended."""
        return await self._send(calls.cancel(job_id))

    async def jobs(self, page: int = 1, page_size: int = 20, status: str | None = None) -> JobPage:
        """Return one page of the caller's jobs, newest first."""
        return await self._send(calls.jobs(page, page_size, status))

    async def formats(self) -> list[Format]:
        """Return the formats that the service offers."""
        return (await self._send(calls.formats())).formats

    async def content(self, page: int = 1, page_size: int = 20, **filters: Any) -> ContentPage:
        """Return one page of the caller's content.

        `filters` are the request's: `text`, `subject`, `language`, `tag`, `facet` and `part`, each
        of these a text or several, `collection`, `date_from`, `date_to`, `sort` and `facets`.
        """
        return await self._send(calls.content(page, page_size, filters))

    async def collections(self, page: int = 1, page_size: int = 20) -> CollectionPage:
        """Return one page of the caller's collections, such as courses, by title."""
        return await self._send(calls.collections(page, page_size))

    async def sign_in_link(self, target: str = "/") -> SignInLink:
        """Make a link that signs the token's owner in to the pages, once and within a minute.

        Args:
            target: the page that it leads to, such as `/exports/new?item=content-1`.
        """
        return await self._send(calls.sign_in_link(target))

    async def wait(
        self,
        job: Job,
        on_progress: Callable[[Job], None] = lambda _: None,
        patience: float = calls.PATIENCE_SECONDS,
    ) -> Job:
        """Wait until a job has a file.

        Args:
            job: the job.
            on_progress: is told of the job each time it was looked at.
            patience: seconds for which the API may be unavailable or busy meanwhile.

        Raises:
            ExportFailedError: it ended without one.
            UnavailableError: the API did not come back.
        """
        on_progress(job)
        retrying = calls.async_patient(patience)
        with calls.about(job.job_id):
            while not job.ended:
                await asyncio.sleep(calls.POLL_SECONDS)
                job = await self._send(calls.job(job.job_id), retrying)
                on_progress(job)
        if job.status != "completed":
            raise ExportFailedError(job)
        return job

    async def download(
        self, job: Job, target: Path, on_progress: Callable[[int], None] = lambda _: None
    ) -> Path:
        """Fetch a finished file; a download that breaks off goes on where it was.

        It is given up when several attempts in a row bring nothing.

        Args:
            job: a completed job.
            target: the file to write, or a directory in which it gets the job's name for it.
            on_progress: is told how many bytes are there.

        Raises:
            DamagedFileError: what arrived is not what the job promises.
            UnavailableError: the API did not come back, or was too busy.
        """
        if job.file is None:
            raise ExportFailedError(job)
        target = place_for(job.file, target)
        part = part_of(target, job.file)
        with calls.about(job.job_id):
            response = await self._receive_all(job, part, on_progress)
            calls.check_download(response)
            finish(part, target, job.file)
        return target

    async def _receive_all(
        self, job: Job, part: Path, on_progress: Callable[[int], None]
    ) -> httpx.Response:
        most = size_of(part)

        async def receive() -> httpx.Response | None:
            nonlocal most
            try:
                return await self._receive(job, part, on_progress)
            except httpx.TransportError:
                if size_of(part) <= most:
                    raise
                most = size_of(part)
                return None

        while True:
            response = await self._settle(receive, calls.ASYNC_RETRYING)
            if response is not None:
                return response
            await asyncio.sleep(calls.POLL_SECONDS)

    async def _receive(
        self, job: Job, part: Path, on_progress: Callable[[int], None]
    ) -> httpx.Response:
        request = calls.download_request(self._http, job, part)
        async with aclosing(await self._http.send(request, stream=True)) as response:
            if not response.is_success:
                await response.aread()
                return response
            calls.check_body(response, job)
            with part.open(calls.open_mode(response)) as file:
                async for chunk in response.aiter_bytes():
                    file.write(chunk)
                    on_progress(file.tell())
            return response

    async def _send(
        self, call: Call[_T], retrying: stamina.AsyncRetryingCaller = calls.ASYNC_RETRYING
    ) -> _T:
        request = call.request(self._http)
        return call.read(await self._settle(lambda: self._http.send(request), retrying))

    async def _settle(
        self, send: Callable[[], Awaitable[_Response]], retrying: stamina.AsyncRetryingCaller
    ) -> _Response:
        async def settled() -> _Response:
            return calls.settled(await send())

        try:
            return await retrying(calls.retry_after, settled)
        except calls.BusyError as error:
            raise calls.too_busy(error) from error
        except httpx.RequestError as error:
            raise calls.unavailable(error, self._http.base_url) from error
