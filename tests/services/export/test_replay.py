"""A changed workflow must still lead stored histories to the end they had."""

import asyncio
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.services.export.capture_histories import HISTORIES, PATHS
from workflows.converter import DATA_CONVERTER
from workflows.export import ExportWorkflow
from workflows.retention import RetentionWorkflow

STORED = sorted(HISTORIES.glob("*.json"))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_replay(path: Path) -> None:
    history = WorkflowHistory.from_json(path.stem, path.read_text())
    replayer = Replayer(
        workflows=[ExportWorkflow, RetentionWorkflow], data_converter=DATA_CONVERTER
    )
    asyncio.run(replayer.replay_workflow(history))


def test_every_path_has_a_history() -> None:
    assert {path.stem for path in STORED} >= set(PATHS)
