"""Fixtures of the fault suite."""

from collections.abc import Iterator

import pytest

from tests.faults.arena import Arena, running_arena


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service that all tests break which leave it well again."""
    with running_arena(tmp_path_factory.mktemp("arena")) as running:
        yield running
