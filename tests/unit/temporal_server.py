"""A Temporal server of a test's own, in memory."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from scripts.dev.temporal_cli import find_or_fetch
from workflows.contracts import SEARCH_ATTRIBUTES
from workflows.converter import DATA_CONVERTER


@asynccontextmanager
async def temporal_server(*settings: str) -> AsyncIterator[Client]:
    """A client to a server that runs as long as the body.

    Args:
        settings: of its dynamic configuration, as `name=value`.
    """
    cli = find_or_fetch(os.environ, print)
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(cli),
        dev_server_extra_args=[
            part for setting in settings for part in ("--dynamic-config-value", setting)
        ],
        data_converter=DATA_CONVERTER,
        search_attributes=[SearchAttributeKey.for_keyword(name) for name in SEARCH_ATTRIBUTES],
    ) as environment:
        yield environment.client
