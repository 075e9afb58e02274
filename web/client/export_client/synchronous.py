"""The client for ordinary code."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
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
from export_client.methods import Method
from export_client.model import ExportFailedError, Format, Job

_T = TypeVar("_T")
_Response = TypeVar("_Response", httpx.Response, httpx.Response | None)


class ExportClient:
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
        self._http = httpx.Client(
            base_url=calls.checked_url(base_url),
            headers=calls.authorization(token),
            timeout=timeout,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> httpx.URL:
        """The base URL of the API."""
        return self._http.base_url

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    create = Method(calls.create)
    create_bulk = Method(calls.create_bulk)
    job = Method(calls.job)
    jobs = Method(calls.jobs)
    cancel = Method(calls.cancel)
    sign_in_link = Method(calls.sign_in_link)
    content = Method(content_calls.content)
    collections = Method(content_calls.collections)
    usage = Method(usage_calls.usage)
    notifications = Method(notification_calls.notifications)
    choose_notifications = Method(notification_calls.choose_notifications)
    share = Method(share_calls.share)
    job_shares = Method(share_calls.job_shares)
    shares = Method(share_calls.shares)
    change_share = Method(share_calls.change_share)
    end_share = Method(share_calls.end_share)
    delete_file = Method(share_calls.delete_file)
    pin = Method(share_calls.pin)
    unpin = Method(share_calls.unpin)
    retry_delivery = Method(share_calls.retry_delivery)
    receipt = Method(receipt_calls.receipt)
    receipt_keys = Method(receipt_calls.receipt_keys)
    verify = Method(receipt_calls.verify)
    schedules = Method(schedule_calls.schedules)
    schedule = Method(schedule_calls.schedule)
    create_schedule = Method(schedule_calls.create_schedule)
    change_schedule = Method(schedule_calls.change_schedule)
    run_schedule = Method(schedule_calls.run_schedule)
    pause_schedule = Method(schedule_calls.pause_schedule)
    resume_schedule = Method(schedule_calls.resume_schedule)
    delete_schedule = Method(schedule_calls.delete_schedule)
    create_archive = Method(archive_calls.create_archive)
    archives = Method(archive_calls.archives)
    archive = Method(archive_calls.archive)
    archive_manifest = Method(archive_calls.archive_manifest)
    cancel_archive = Method(archive_calls.cancel_archive)
    webhooks = Method(webhook_calls.webhooks)
    webhook = Method(webhook_calls.webhook)
    create_webhook = Method(webhook_calls.create_webhook)
    change_webhook = Method(webhook_calls.change_webhook)
    rotate_webhook = Method(webhook_calls.rotate_webhook)
    test_webhook = Method(webhook_calls.test_webhook)
    webhook_deliveries = Method(webhook_calls.webhook_deliveries)
    retry_webhook_delivery = Method(webhook_calls.retry_webhook_delivery)
    delete_webhook = Method(webhook_calls.delete_webhook)
    admin_state = Method(operator_calls.admin_state)
    admin_jobs = Method(operator_calls.admin_jobs)
    admin_job = Method(operator_calls.admin_job)
    admin_cancel = Method(operator_calls.admin_cancel)
    admin_retry = Method(operator_calls.admin_retry)
    admin_audit = Method(operator_calls.admin_audit)
    erase_everything = Method(erasure_calls.erase_everything)
    erasure = Method(erasure_calls.erasure)
    admin_erase_owner = Method(erasure_calls.admin_erase_owner)
    admin_erasure = Method(erasure_calls.admin_erasure)

    def formats(self) -> list[Format]:
        """Return the formats that the service offers."""
        return self.send(calls.formats()).formats

    def wait(
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
        retrying = calls.patient(patience)
        with calls.about(job.job_id):
            while not job.ended:
                time.sleep(calls.POLL_SECONDS)
                job = self.send(calls.job(job.job_id), retrying)
                on_progress(job)
        if job.status != "completed":
            raise ExportFailedError(job)
        return job

    def follow(self, job_id: str) -> Iterator[Job]:
        """Read a job, and again at each change until it has ended.

        A stream that breaks off is opened again where it was.

        Raises:
            RefusedError: the API refused it.
            UnavailableError: the API did not come back.
        """
        reader = EventReader()
        with calls.about(job_id):
            while not reader.ended:
                response = self._settle(lambda: self._open(job_id, reader.last_id), calls.RETRYING)
                with closing(response):
                    check_stream(response)
                    try:
                        for line in response.iter_lines():
                            if (job := reader.job(line)) is not None:
                                yield job
                    except httpx.TransportError:
                        time.sleep(calls.POLL_SECONDS)

    def _open(self, job_id: str, last_event_id: str) -> httpx.Response:
        request = calls.events_request(self._http, job_id, last_event_id)
        response = self._http.send(request, stream=True)
        if not response.is_success:
            response.read()
        return response

    def download(
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
            response = self._receive_all(job, part, on_progress)
            calls.check_download(response)
            finish(part, target, job.file)
        return target

    def _receive_all(
        self, job: Job, part: Path, on_progress: Callable[[int], None]
    ) -> httpx.Response:
        most = size_of(part)

        def receive() -> httpx.Response | None:
            nonlocal most
            try:
                return self._receive(job, part, on_progress)
            except httpx.TransportError:
                if size_of(part) <= most:
                    raise
                most = size_of(part)
                return None

        while (response := self._settle(receive, calls.RETRYING)) is None:
            time.sleep(calls.POLL_SECONDS)
        return response

    def _receive(self, job: Job, part: Path, on_progress: Callable[[int], None]) -> httpx.Response:
        request = calls.download_request(self._http, job, part)
        with closing(self._http.send(request, stream=True)) as response:
            if not response.is_success:
                response.read()
                return response
            calls.check_body(response, job)
            with part.open(calls.open_mode(response)) as file:
                for chunk in response.iter_bytes():
                    file.write(chunk)
                    on_progress(file.tell())
            return response

    def send(self, call: Call[_T], retrying: stamina.RetryingCaller = calls.RETRYING) -> _T:
        """Send a call, again while the API is unavailable or busy.

        What is not to be done twice is sent again only if the API surely did nothing.

        Raises:
            RefusedError: the API refused it.
            UnavailableError: the API did not come back.
        """
        request = call.request(self._http)
        when = calls.when_to_retry(call)
        return call.read(self._settle(lambda: self._http.send(request), retrying, when))

    def _settle(
        self,
        send: Callable[[], _Response],
        retrying: stamina.RetryingCaller,
        when: Callable[[Exception], bool | float] = calls.retry_after,
    ) -> _Response:
        try:
            return retrying(when, lambda: calls.settled(send()))
        except calls.BusyError as error:
            raise calls.too_busy(error) from error
        except httpx.RequestError as error:
            raise calls.unavailable(error, self._http.base_url) from error
