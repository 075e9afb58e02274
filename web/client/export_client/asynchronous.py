"""The client for asyncio."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
import stamina

from export_client import (
    archive_calls,
    calls,
    content_calls,
    erasure_calls,
    notification_calls,
    operator_calls,
    receipt_calls,
    schedule_calls,
    share_calls,
    usage_calls,
    webhook_calls,
)
from export_client.calls import Call
from export_client.events import EventReader, check_stream
from export_client.files import finish, part_of, place_for, size_of
from export_client.methods import AsyncMethod
from export_client.model import ExportFailedError, Format, Job

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

    create = AsyncMethod(calls.create)
    create_bulk = AsyncMethod(calls.create_bulk)
    job = AsyncMethod(calls.job)
    jobs = AsyncMethod(calls.jobs)
    cancel = AsyncMethod(calls.cancel)
    sign_in_link = AsyncMethod(calls.sign_in_link)
    content = AsyncMethod(content_calls.content)
    collections = AsyncMethod(content_calls.collections)
    usage = AsyncMethod(usage_calls.usage)
    notifications = AsyncMethod(notification_calls.notifications)
    choose_notifications = AsyncMethod(notification_calls.choose_notifications)
    share = AsyncMethod(share_calls.share)
    job_shares = AsyncMethod(share_calls.job_shares)
    shares = AsyncMethod(share_calls.shares)
    change_share = AsyncMethod(share_calls.change_share)
    end_share = AsyncMethod(share_calls.end_share)
    delete_file = AsyncMethod(share_calls.delete_file)
    pin = AsyncMethod(share_calls.pin)
    unpin = AsyncMethod(share_calls.unpin)
    retry_delivery = AsyncMethod(share_calls.retry_delivery)
    receipt = AsyncMethod(receipt_calls.receipt)
    receipt_keys = AsyncMethod(receipt_calls.receipt_keys)
    verify = AsyncMethod(receipt_calls.verify)
    schedules = AsyncMethod(schedule_calls.schedules)
    schedule = AsyncMethod(schedule_calls.schedule)
    create_schedule = AsyncMethod(schedule_calls.create_schedule)
    change_schedule = AsyncMethod(schedule_calls.change_schedule)
    run_schedule = AsyncMethod(schedule_calls.run_schedule)
    pause_schedule = AsyncMethod(schedule_calls.pause_schedule)
    resume_schedule = AsyncMethod(schedule_calls.resume_schedule)
    delete_schedule = AsyncMethod(schedule_calls.delete_schedule)
    create_archive = AsyncMethod(archive_calls.create_archive)
    archives = AsyncMethod(archive_calls.archives)
    archive = AsyncMethod(archive_calls.archive)
    archive_manifest = AsyncMethod(archive_calls.archive_manifest)
    cancel_archive = AsyncMethod(archive_calls.cancel_archive)
    webhooks = AsyncMethod(webhook_calls.webhooks)
    webhook = AsyncMethod(webhook_calls.webhook)
    create_webhook = AsyncMethod(webhook_calls.create_webhook)
    change_webhook = AsyncMethod(webhook_calls.change_webhook)
    rotate_webhook = AsyncMethod(webhook_calls.rotate_webhook)
    test_webhook = AsyncMethod(webhook_calls.test_webhook)
    webhook_deliveries = AsyncMethod(webhook_calls.webhook_deliveries)
    retry_webhook_delivery = AsyncMethod(webhook_calls.retry_webhook_delivery)
    delete_webhook = AsyncMethod(webhook_calls.delete_webhook)
    admin_state = AsyncMethod(operator_calls.admin_state)
    admin_jobs = AsyncMethod(operator_calls.admin_jobs)
    admin_job = AsyncMethod(operator_calls.admin_job)
    admin_cancel = AsyncMethod(operator_calls.admin_cancel)
    admin_retry = AsyncMethod(operator_calls.admin_retry)
    admin_audit = AsyncMethod(operator_calls.admin_audit)
    erase_everything = AsyncMethod(erasure_calls.erase_everything)
    erasure = AsyncMethod(erasure_calls.erasure)
    admin_erase_owner = AsyncMethod(erasure_calls.admin_erase_owner)
    admin_erasure = AsyncMethod(erasure_calls.admin_erasure)

    async def formats(self) -> list[Format]:
        """Return the formats that the service offers."""
        return (await self.send(calls.formats())).formats

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
                job = await self.send(calls.job(job.job_id), retrying)
                on_progress(job)
        if job.status != "completed":
            raise ExportFailedError(job)
        return job

    async def follow(self, job_id: str) -> AsyncIterator[Job]:
        """Read a job, and again at each change until it has ended.

        A stream that breaks off is opened again where it was.

        Raises:
            RefusedError: the API refused it.
            UnavailableError: the API did not come back.
        """
        reader = EventReader()
        with calls.about(job_id):
            while not reader.ended:
                response = await self._settle(
                    lambda: self._open(job_id, reader.last_id), calls.ASYNC_RETRYING
                )
                async with aclosing(response):
                    check_stream(response)
                    try:
                        async for line in response.aiter_lines():
                            if (job := reader.job(line)) is not None:
                                yield job
                    except httpx.TransportError:
                        await asyncio.sleep(calls.POLL_SECONDS)

    async def _open(self, job_id: str, last_event_id: str) -> httpx.Response:
        request = calls.events_request(self._http, job_id, last_event_id)
        response = await self._http.send(request, stream=True)
        if not response.is_success:
            await response.aread()
        return response

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

    async def send(
        self, call: Call[_T], retrying: stamina.AsyncRetryingCaller = calls.ASYNC_RETRYING
    ) -> _T:
        """Send a call, again while the API is unavailable or busy.

        What is not to be done twice is sent again only if the API surely did nothing.

        Raises:
            RefusedError: the API refused it.
            UnavailableError: the API did not come back.
        """
        request = call.request(self._http)
        when = calls.when_to_retry(call)
        return call.read(await self._settle(lambda: self._http.send(request), retrying, when))

    async def _settle(
        self,
        send: Callable[[], Awaitable[_Response]],
        retrying: stamina.AsyncRetryingCaller,
        when: Callable[[Exception], bool | float] = calls.retry_after,
    ) -> _Response:
        async def settled() -> _Response:
            return calls.settled(await send())

        try:
            return await retrying(when, settled)
        except calls.BusyError as error:
            raise calls.too_busy(error) from error
        except httpx.RequestError as error:
            raise calls.unavailable(error, self._http.base_url) from error
