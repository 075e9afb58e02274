"""What an export that is cancelled logs of the steps that it gave up."""

import asyncio
import gc

import pytest
from temporalio.exceptions import ActivityError

from workflows.export import pass_over_steps

_FAILED_STEP = ActivityError(
    "failed",
    scheduled_event_id=5,
    started_event_id=6,
    identity="worker",
    activity_type="fetch",
    activity_id="1",
    retry_state=None,
)


@pytest.mark.parametrize(("error", "lines"), [(_FAILED_STEP, 0), (ValueError(), 1)])
def test_only_what_nobody_expects_is_logged(
    error: Exception, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def forget() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(pass_over_steps)
        loop.create_future().set_exception(error)
        gc.collect()

    asyncio.run(forget())

    assert len(caplog.records) == lines
