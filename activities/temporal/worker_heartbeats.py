"""Which workers are alive, as Temporal knows by their heartbeats.

A call for a task is held by the server for a minute, so a worker that is frozen would count as one
that asks for work until then. Its heartbeats end at once.
"""

from datetime import UTC, datetime

from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.workflowservice.v1 import ListWorkersRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.common.clock import utc_now
from activities.temporal.client import HEARTBEAT_INTERVAL, RPC_TIMEOUT

_SILENT = 4 * HEARTBEAT_INTERVAL
_PAGE = 200
_MOST_PAGES = 20


class Heartbeats:
    """The newest heartbeat of each worker, by its task queue and its identity."""

    def __init__(self, newest: dict[tuple[str, str], tuple[datetime, bool]], now: datetime) -> None:
        self._newest = newest
        self._now = now

    def silent(self, queue: str, identity: str) -> bool:
        """True if a worker had heartbeats and has none any more, or has said that it ends.

        One that never had any is of a server or an SDK without them, and not silent.
        """
        known = self._newest.get((queue, identity))
        if known is None:
            return False
        moment, ending = known
        return ending or self._now - moment > _SILENT


async def read_heartbeats(client: Client) -> Heartbeats:
    """Ask the server for the heartbeats of all workers of the namespace.

    A server that has none, such as one before 1.29 or one in which they are switched off, tells of
    no worker.
    """
    newest = dict[tuple[str, str], tuple[datetime, bool]]()
    token = b""
    for _ in range(_MOST_PAGES):
        request = ListWorkersRequest(
            namespace=client.namespace, page_size=_PAGE, next_page_token=token
        )
        try:
            response = await client.workflow_service.list_workers(request, timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError):
            break
        for info in response.workers_info:
            beat = info.worker_heartbeat
            key = (beat.task_queue, beat.worker_identity)
            moment = beat.heartbeat_time.ToDatetime(UTC)
            if key not in newest or newest[key][0] < moment:
                newest[key] = (moment, beat.status != WorkerStatus.WORKER_STATUS_RUNNING)
        token = response.next_page_token
        if not token:
            break
    return Heartbeats(newest, utc_now())
