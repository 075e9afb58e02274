"""Fixtures: one whole running service for the session, and clients to it."""

import sys
from collections.abc import Iterator

import pytest

from scripts.stack import Stack
from tests.client import ServiceClient
from tests.services.export.kit import odd_formats


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The service with demo content and the odd formats, as real processes."""
    with Stack(
        tmp_path_factory.mktemp("stack"), render_workers=2, settings=odd_formats()
    ) as running:
        yield running


@pytest.fixture
def client(stack: Stack) -> Iterator[ServiceClient]:
    """A caller with the first owner's token."""
    with ServiceClient(stack.api, stack.token) as caller:
        yield caller


@pytest.fixture
def stranger(stack: Stack) -> Iterator[ServiceClient]:
    """A caller with another owner's token."""
    with ServiceClient(stack.api, stack.other_token) as caller:
        yield caller


_exit_code = 0


def pytest_sessionfinish(exitstatus: int) -> None:
    """Remember how the run went."""
    global _exit_code
    _exit_code = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """End without the interpreter's tear-down, in which the Temporal SDK may crash."""
    if "temporalio.client" in sys.modules and __name__ in sys.modules:
        from activities.temporal import leave

        leave(_exit_code)
