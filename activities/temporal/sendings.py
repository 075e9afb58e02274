"""Starting the workflows of what is sent of jobs that ended: files to destinations, and mails.

Each is a row, which the statement wrote that ended its job. Whoever finds it due starts its
workflow, whose id is the row's, so that a second start changes nothing.
"""

import asyncio
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities.common.clock import utc_now
from activities.common.log_floods import FloodGate
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.jobs.sendings import Sending, Sendings
from activities.temporal.client import RPC_TIMEOUT, in_time
from workflows.contracts import (
    SENDING_WORKFLOW,
    WORKFLOW_QUEUE,
    SendingTask,
    sending_workflow_id,
)
from workflows.policies import WORKFLOW_TASK_TIMEOUT

logger = get_logger(__name__)

_ROUND_SECONDS = 1.0
# So few that all are started within the time for which they are taken.
_AT_ONCE = 50
_PUT_OFF = timedelta(seconds=2)


class SendingStarter:
    """Starts the workflows of what is due to be sent."""

    def __init__(self, client: Client, sendings: Sendings) -> None:
        self._client = client
        self._sendings = sendings
        self._gate = FloodGate(logger, "deliveries and mails not started, not logged")

    async def keep_starting(self) -> None:
        """Look every second; what cannot be done now is done in a later round."""
        while True:
            try:
                while await self.start_due() == _AT_ONCE:
                    pass
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round comes
                if self._gate.admits(type(error).__name__):
                    logger.warning("deliveries and mails wait", cause=format_traceback(error))
            await asyncio.sleep(_ROUND_SECONDS)

    async def start_due(self) -> int:
        """Start the workflows of some that are due; returns how many.

        Raises:
            TemporalUnavailableError: the server did not respond.
            temporalio.service.RPCError: it refused one of them.
            sqlalchemy.exc.SQLAlchemyError: the database refused.
        """
        due = await self._sendings.take_due(utc_now(), _AT_ONCE)
        results = await asyncio.gather(*map(self._start, due), return_exceptions=True)
        failures = [each for each in results if isinstance(each, BaseException)]
        if failures:
            left = [
                each
                for each, result in zip(due, results, strict=True)
                if isinstance(result, BaseException)
            ]
            await self._sendings.put_off(left, utc_now() + _PUT_OFF)
            raise failures[0]
        return len(due)

    async def _start(self, due: Sending) -> None:
        await in_time(
            self._client.start_workflow(
                SENDING_WORKFLOW,
                SendingTask(due.job_id, due.kind, due.name),
                id=sending_workflow_id(due.job_id, due.kind, due.name),
                task_queue=WORKFLOW_QUEUE,
                task_timeout=WORKFLOW_TASK_TIMEOUT,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                # A run that finds nothing to send sends nothing.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                # One destination that is slow takes no other's turn.
                priority=Priority(fairness_key=f"{due.kind}-{due.name}"),
                static_summary=f"{due.kind.capitalize()}: {due.name}",
                rpc_timeout=RPC_TIMEOUT,
            )
        )
