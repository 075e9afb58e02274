"""Fixtures of the API tests."""

from collections.abc import Iterator

import pytest

from tests.services.export.api_kit import Api, owner_id


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A running API that no Temporal server answers; tests use owners of their own."""
    with Api(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture
def owner() -> str:
    """An owner that no other test has."""
    return owner_id()
