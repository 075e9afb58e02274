"""Fixtures of the security tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.dev.stack import Stack
from tests.engines.choice import Engines
from tests.services.export.api_kit import Api, owner_id
from tests.services.export.kit import odd_formats


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
    """The directory of the checkout."""
    return Path(__file__).parents[2]


@pytest.fixture(scope="package")
def guarded(tmp_path_factory: pytest.TempPathFactory, engines: Engines) -> Iterator[Stack]:
    """A whole service of these tests' own: no demo content, small files, and the odd formats."""
    directory = tmp_path_factory.mktemp("guarded")
    settings = engines.variables(directory) | odd_formats() | {"EXPORT_MAX_FILE_BYTES": "1000000"}
    with Stack(directory, render_workers=1, demo=False, settings=settings) as running:
        yield running
