"""What each API process looks after for as long as it runs."""

import asyncio
from collections.abc import Awaitable, Callable

from structlog.stdlib import BoundLogger

from activities.common.tracebacks import format_traceback

_ROUND_SECONDS = 2.0


async def keep_doing(
    one_round: Callable[[], Awaitable[object]], failed: str, logger: BoundLogger
) -> None:
    """Do something now and every few seconds; never returns.

    Args:
        one_round: what is done; a round that fails is logged, and the next one comes all the same.
        failed: the log's words for such a round.
        logger: of the module whose round it is.
    """
    while True:
        try:
            await one_round()
        except Exception as error:  # noqa: BLE001 - the loop must outlive any surprise
            logger.warning(failed, cause=format_traceback(error))
        await asyncio.sleep(_ROUND_SECONDS)
