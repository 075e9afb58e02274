"""Running activities as a worker would, without a worker."""

import dataclasses
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from temporalio.testing import ActivityEnvironment

from activities.jobs.execution import JobExecution
from activities.settings import Settings
from activities.steps.publication import Publication
from activities.steps.publish import Publish
from activities.steps.render_pool import RenderPool
from activities.storage.keys import FILES, STAGING
from activities.storage.protocol import NotDeleted, Storage
from tests.unit.jobs.jobs_kit import RUN

_T = TypeVar("_T")

HOSTILE = Path(__file__).parents[2] / "plugins" / "hostile"
"""The directory of a package with the format `hostile`."""

UPDATED = datetime(2024, 3, 4, 10, 30, tzinfo=UTC)


@contextmanager
def stalling(
    target: object, method: str, side: str, stall: Callable[[], Awaitable[None]]
) -> Iterator[None]:
    """Stall whoever calls a method, as a stopped machine would, "before" or "after" it is done."""
    original: Callable[..., Awaitable[object]] = getattr(target, method)

    async def stalled(*args: object, **kwargs: object) -> object:
        if side == "before":
            await stall()
        result = await original(*args, **kwargs)
        if side == "after":
            await stall()
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, method, stalled)
        yield


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


def publisher(execution: JobExecution, storage: Storage, settings: Settings) -> Publish:
    """The activities that end an export, as a worker has them."""
    return Publish(execution, storage, Publication(execution, storage, settings.retention))


async def stored(storage: Storage) -> list[str]:
    """All keys in storage."""
    return sorted([item.key for prefix in (STAGING, FILES) async for item in storage.list(prefix)])


def refuse_to_delete(storage: Storage, job_id: str, patch: pytest.MonkeyPatch) -> None:
    """Let storage refuse to remove objects of this job, of many at a time."""
    delete_many = storage.delete_many

    async def refuse(keys: Sequence[str]) -> list[NotDeleted]:
        stuck = [key for key in keys if job_id in key]
        left = await delete_many([key for key in keys if key not in stuck])
        return [*left, *(NotDeleted(key, PermissionError()) for key in stuck)]

    patch.setattr(storage, "delete_many", refuse)


@contextmanager
def render_children(scratch: Path, memory: int = 1024**3) -> Iterator[RenderPool]:
    """Render children that know the format `hostile`, too, of which the tests need not know."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(HOSTILE), *sys.path])
        pool = RenderPool(scratch, memory, at_once=2)
    try:
        yield pool
    finally:
        pool.close()
