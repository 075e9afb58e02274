"""Running activities as a worker would, without a worker."""

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from temporalio.testing import ActivityEnvironment

from activities.storage.keys import FILES, STAGING
from activities.storage.protocol import Storage
from tests.unit.jobs.jobs_kit import RUN

_T = TypeVar("_T")

UPDATED = datetime(2024, 3, 4, 10, 30, tzinfo=UTC)


def environment(run_id: str = RUN, attempt: int = 1, **info: Any) -> ActivityEnvironment:
    """An activity environment of one attempt of a workflow run."""
    made = ActivityEnvironment(client=info.pop("client", None))
    made.info = dataclasses.replace(made.info, workflow_run_id=run_id, attempt=attempt, **info)
    return made


async def run(
    activity: Callable[..., Awaitable[_T]],
    *args: Any,
    run_id: str = RUN,
    attempt: int = 1,
    **info: Any,
) -> _T:
    """Run an activity once; `client` among `info` is the Temporal client that it gets."""
    return await environment(run_id, attempt, **info).run(activity, *args)


async def stored(storage: Storage) -> list[str]:
    """All keys in storage."""
    return sorted([item.key for prefix in (STAGING, FILES) async for item in storage.list(prefix)])
