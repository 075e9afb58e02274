"""Fixtures of the tests of the pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from scripts.dev.chromium import chromium
from tests.pages.visitor import Visitor
from tests.services.export.api_kit import Api, owner_id


@pytest.fixture(scope="package")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A running service that no Temporal server answers; tests use owners of their own."""
    with Api(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def owner() -> str:
    """An owner of the test's own."""
    return owner_id()


@pytest.fixture
def visitor(api: Api, owner: str) -> Iterator[Visitor]:
    """The owner, signed in."""
    with Visitor(api, owner) as signed_in:
        yield signed_in
