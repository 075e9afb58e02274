"""Fixtures of the judges: where their verdicts are kept, and the files that they judge."""

from pathlib import Path

import pytest

from tests.judges.conformance import Conformance
from tests.judges.documents import Files

_LAST = "test_conformance"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Compare the verdicts with the page once all of them are there."""
    items.sort(key=lambda item: item.path.stem == _LAST)


@pytest.fixture(scope="session")
def conformance() -> Conformance:
    """The verdicts of this run."""
    return Conformance()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Exports of everything that files can hold, each made once."""
    directory: Path = tmp_path_factory.mktemp("files")
    return Files(directory)
