"""Starts a module of the service in a process that can be broken from outside.

`python -m tests.faults.launcher activities.worker --role io` does what
`python -m activities.worker --role io` does, with points in it at which `orders` are obeyed. What
the environment variables below name is done to the process as a whole.
"""

import os
import resource
import runpy
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.automation import object_delivery, sftp_delivery, webdav_delivery
from activities.automation.delivery_paths import DeliveredFile
from activities.automation.schedule_records import ScheduleRecords
from activities.automation.webhook_outbox import WebhookOutbox
from activities.common.guarded_post import GuardedPoster
from activities.common.mail import Mailer
from activities.jobs.execution import JobExecution
from activities.jobs.owner_jobs import OwnerJobs
from activities.jobs.owner_rows import OwnerRows
from activities.jobs.records import JobRecords
from activities.jobs.sendings import Sendings
from activities.people.erasures import Erasures
from activities.steps import deliver
from activities.steps.bundle_files import BundleFiles
from activities.steps.checked_file import checked_bytes
from activities.steps.error_interceptor import ErrorMappingInterceptor
from activities.steps.render_progress import RenderProgress
from activities.storage.local import LocalStorage
from activities.storage.object_store import ObjectStorage
from activities.storage.obstore_objects import ObstoreObjects
from activities.storage.protocol import Storage
from activities.temporal.erasures import ErasureStarter
from activities.temporal.sendings import SendingStarter
from activities.temporal.webhooks import WebhookStarter
from tests.faults.orders import VARIABLE, Action, Orders

MEMORY = "FAULT_RENDER_MEMORY"
"""Bytes of address space that a render worker may have."""
API_CLOCK = "FAULT_API_CLOCK"
"""The offset of the API's clock, as libfaketime writes it: `+25h`."""
WORKER_CLOCK = "FAULT_WORKER_CLOCK"
"""The same for the workers' clocks."""

LIBFAKETIME = "*/faketime/libfaketime.so.1"
"""The path, below /usr/lib, of Debian's library that shifts clocks."""

# An activity whose answers are lost for ever ends its job, which is another test.
_LOST_ANSWERS = 2


def main() -> None:
    """Prepare this process, then become the module that the arguments name."""
    module, *arguments = sys.argv[1:]
    _set_clock(os.environ.get(API_CLOCK if module == "web" else WORKER_CLOCK))
    memory = os.environ.get(MEMORY)
    if memory and "render" in arguments:
        resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    _set_points(Orders(Path(os.environ[VARIABLE])))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _set_clock(shift: str | None) -> None:
    """Begin again with another clock; intervals are measured as before."""
    if not shift or "FAKETIME" in os.environ:
        return
    shifted = {
        "LD_PRELOAD": str(next(Path("/usr/lib").glob(LIBFAKETIME))),
        "FAKETIME": shift,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
    }
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **shifted})


def _set_points(orders: Orders) -> None:
    points = _Points(orders)
    points.of_jobs()
    points.of_webhooks_and_schedules()
    points.of_deliveries()
    points.of_renders()
    points.of_erasures()
    intercept = ErrorMappingInterceptor.intercept_activity

    def intercept_disturbed(
        self: ErrorMappingInterceptor,
        next: ActivityInboundInterceptor,  # noqa: A002 - the SDK's name
    ) -> ActivityInboundInterceptor:
        return intercept(self, _Disturbed(next, orders))

    ErrorMappingInterceptor.intercept_activity = intercept_disturbed  # type: ignore[method-assign]


class _Points:
    """Puts the points into the code of this process."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def of_jobs(self) -> None:
        self._after(JobRecords, "create", "api.created")
        self._after(JobExecution, "claim", "fetch.claimed")
        self._after(JobExecution, "claim_express", "express.claimed")
        self._after(JobExecution, "is_owned", "express.owned")
        self._after(ObstoreObjects, "put", _what_was_stored)
        self._after(BundleFiles, "_write", "bundle.written")
        for storage in (LocalStorage, ObjectStorage):
            self._after(storage, "remove_staging", _what_was_removed)
            self._after(storage, "publish", "publish.in-place")
            self._after(storage, "remove_files", "abandon.removed")
        self._after(JobExecution, "complete", "publish.completed")
        self._after(JobExecution, "fence", "abandon.fenced")

    def of_webhooks_and_schedules(self) -> None:
        self._before(WebhookStarter, "_start", "webhook.taken")
        self._after(WebhookStarter, "_start", "webhook.started")
        self._after(WebhookOutbox, "begin", "webhook.begun")
        self._after(GuardedPoster, "post", "webhook.sent")
        self._after(WebhookOutbox, "delivered", "webhook.noted")
        self._after(WebhookOutbox, "failed", "webhook.refused")
        self._after(ScheduleRecords, "note_runs", "schedule.opened")
        self._after(ScheduleRecords, "change_run", "schedule.started")
        self._before(ScheduleRecords, "followed", "schedule.told")

    def of_erasures(self) -> None:
        self._after(Erasures, "ask_for", "erasure.asked")
        self._before(ErasureStarter, "_start", "erasure.taken")
        self._after(Erasures, "begin", "erasure.begun")
        self._after(OwnerRows, "delete_all_of", "erasure.room-emptied")
        self._after(OwnerJobs, "cancel_some", "erasure.cancelled")
        self._after(OwnerJobs, "hide", "erasure.hidden")
        self._after(OwnerJobs, "forget_items", "erasure.files-removed")
        self._after(OwnerJobs, "remove", "erasure.removed")
        self._after(Erasures, "pseudonymise", "erasure.pseudonymised")
        self._after(Erasures, "complete", "erasure.completed")

    def of_deliveries(self) -> None:
        self._before(SendingStarter, "_start", "sending.taken")
        self._after(SendingStarter, "_start", "sending.started")
        self._after(Sendings, "begin", "sending.begun")
        for module in (object_delivery, sftp_delivery, webdav_delivery):
            self._after(module, "deliver", "sending.put")
        self._after(Mailer, "send", "sending.put")
        self._after(Sendings, "sent", "sending.noted")
        orders, bytes_of = self._orders, checked_bytes

        async def half_way(storage: Storage, key: str, file: DeliveredFile) -> AsyncIterator[bytes]:
            left = file.size
            async for piece in bytes_of(storage, key, file):
                yield piece
                left -= len(piece)
                if left <= file.size // 2:
                    orders.pass_point("sending.streaming")

        vars(deliver)["checked_bytes"] = half_way

    def of_renders(self) -> None:
        orders, update = self._orders, RenderProgress.update

        def passing_item(self: RenderProgress, items_done: int, item_id: str) -> None:
            if items_done > self.items_done:
                orders.pass_point("render.item")
            update(self, items_done, item_id)

        RenderProgress.update = passing_item  # type: ignore[method-assign]

    def _after(self, owner: type | ModuleType, name: str, point: str | Callable[..., str]) -> None:
        orders = self._orders
        original: Callable[..., Awaitable[Any]] = getattr(owner, name)

        @wraps(original)
        async def passing(of: Any, *args: Any, **kwargs: Any) -> Any:
            result = await original(of, *args, **kwargs)
            orders.pass_point(point if isinstance(point, str) else point(*args, **kwargs))
            return result

        setattr(owner, name, passing)

    def _before(self, owner: type, name: str, point: str) -> None:
        orders = self._orders
        original: Callable[..., Awaitable[Any]] = getattr(owner, name)

        @wraps(original)
        async def passing(of: Any, *args: Any, **kwargs: Any) -> Any:
            orders.pass_point(point)
            return await original(of, *args, **kwargs)

        setattr(owner, name, passing)


def _what_was_removed(_job_id: str, *, keep: str = "") -> str:
    """`staging.others-removed` before a file is put in place, else `staging.removed`."""
    return "staging.others-removed" if keep else "staging.removed"


def _what_was_stored(key: str, *_: Any) -> str:
    """`stored.snapshot`, `stored.fragment`, `stored.file` or `stored.bundle`."""
    return "stored." + key.rpartition("/")[2].partition(".")[0].partition("-")[0]


class _Disturbed(ActivityInboundInterceptor):
    """Has an activity's answer lost, or its work done twice."""

    def __init__(self, next: ActivityInboundInterceptor, orders: Orders) -> None:  # noqa: A002
        super().__init__(next)
        self._orders = orders

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        result = await super().execute_activity(input)
        info = activity.info()
        action = None
        if info.attempt <= _LOST_ANSWERS:
            action = self._orders.take(f"{info.activity_type}.done")
        if action is Action.LOSE:
            raise RuntimeError("the answer is lost")
        if action is Action.REPEAT:
            return await super().execute_activity(input)
        return result


if __name__ == "__main__":
    main()
