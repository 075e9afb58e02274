"""Let new exports begin on a build: `python -m activities.temporal.current_build BUILD`.

It waits until workers of the build ask for tasks on every queue that the current one serves.
"""

import argparse
import asyncio
import sys
import time
from datetime import timedelta

from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.common import logs
from activities.common.logs import get_logger
from activities.temporal.client import (
    TemporalUnavailableError,
    connect,
    hard_exit,
    in_time,
)
from workflows.contracts import DEPLOYMENT

logger = get_logger(__name__)

_PAUSE_SECONDS = 1.0

# Temporal tells each queue of the build before it answers. What was given up it does all the same,
# and it refuses to have more than ten such changes under way.
_CALL_TIMEOUT = timedelta(seconds=30)

# Workers of the build have not come up yet, or not all of them.
_NOT_YET = frozenset({RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION})


class BuildNotServedError(RuntimeError):
    """No exports can begin on a build; the message says why, for an operator."""


async def make_current(client: Client, build: str, seconds: float) -> None:
    """Let new exports begin on a build as soon as its workers ask for tasks; safe to repeat.

    Args:
        client: the connection to Temporal.
        build: the `EXPORT_BUILD_ID` of the workers.
        seconds: how long to wait for them.

    Raises:
        BuildNotServedError: they did not come in time, or Temporal refuses for another reason.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            await in_time(_set_current(client, build), _CALL_TIMEOUT)
        except TemporalUnavailableError as error:
            reason = f"Temporal is away ({error})"
        except RPCError as error:
            reason = f"Temporal refuses: {error.message}"
            if error.status not in _NOT_YET:
                raise BuildNotServedError(reason) from error
        else:
            return
        if time.monotonic() > deadline:
            raise BuildNotServedError(f"no exports can begin on build {build}: {reason}")
        await asyncio.sleep(_PAUSE_SECONDS)


async def _set_current(client: Client, build: str) -> None:
    await client.workflow_service.set_worker_deployment_current_version(
        SetWorkerDeploymentCurrentVersionRequest(
            namespace=client.namespace, deployment_name=DEPLOYMENT, build_id=build
        ),
        timeout=_CALL_TIMEOUT,
    )


async def _main(build: str, seconds: float) -> int:
    try:
        await make_current(await connect(lazy=True), build, seconds)
    except BuildNotServedError as error:
        print(error, file=sys.stderr)  # noqa: T201 - what a command says
        return 1
    logger.info("new exports begin on a build", build=build)
    return 0


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m activities.temporal.current_build", description=__doc__
    )
    parser.add_argument("build", help="the EXPORT_BUILD_ID of the workers")
    parser.add_argument("--seconds", type=float, default=600, help="how long to wait for them")
    arguments = parser.parse_args()
    logs.configure()
    return asyncio.run(_main(arguments.build, arguments.seconds))


if __name__ == "__main__":
    hard_exit(main())
