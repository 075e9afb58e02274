"""Fixtures of the security tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.export.api_kit import Api, owner_id


@pytest.fixture(scope="package")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A running API that no Temporal server answers; tests use owners of their own."""
    with Api(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture
def owner() -> str:
    """An owner of the test's own."""
    return owner_id()


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The project's directory."""
    return Path(__file__).parents[2]
