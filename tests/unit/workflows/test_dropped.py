"""A workflow that its worker drops where it stands begins nothing more."""

import asyncio
from typing import Any

from workflows.export import _all


async def _drop() -> None:
    steps: Any = _all([asyncio.Event().wait(), asyncio.Event().wait()])
    steps.send(None)
    await asyncio.sleep(0)
    try:
        steps.close()  # as Python does with what nobody refers to
    finally:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def test_steps_side_by_side_end_without_awaiting_anything() -> None:
    # RuntimeError if they do, which would look to the workflow like the failure of a step.
    asyncio.run(_drop())
