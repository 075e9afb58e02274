"""A changed workflow must still lead stored histories to the end they had."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.services.export.capture_histories import HISTORIES, PATHS
from workflows.archive import ArchiveWorkflow
from workflows.converter import DATA_CONVERTER
from workflows.erasure import ErasureWorkflow
from workflows.export import ExportWorkflow
from workflows.retention import RetentionWorkflow
from workflows.scheduled_export import ScheduledExportWorkflow
from workflows.sending import SendingWorkflow
from workflows.webhook import WebhookWorkflow

STORED = sorted(HISTORIES.glob("*.json"))
# Two seconds in which a workflow did not yield: one that replays has no such loop, but a machine
# that runs other tests may leave its thread without a processor for as long.
_DEADLOCK = "[TMPRL1101]"


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_replay(path: Path) -> None:
    _replay(WorkflowHistory.from_json(path.stem, path.read_text()))


@pytest.mark.parametrize("name", ["completed-one-chunk", "failed", "cancelled-at-once"])
def test_export_that_an_older_worker_began_for_a_newer_api_goes_on_as_it_began(name: str) -> None:
    told = json.loads((HISTORIES / f"before-make-{name}.json").read_text())
    started = told["events"][0]["workflowExecutionStartedEventAttributes"]
    [payload] = started["input"]["payloads"]
    request = json.loads(base64.b64decode(payload["data"])) | {"makes_in_one": True}
    payload["data"] = base64.b64encode(json.dumps(request).encode()).decode()
    _replay(WorkflowHistory.from_json(name, told))


def _replay(history: WorkflowHistory) -> None:
    replayer = Replayer(
        workflows=[
            ExportWorkflow,
            RetentionWorkflow,
            WebhookWorkflow,
            ScheduledExportWorkflow,
            SendingWorkflow,
            ErasureWorkflow,
            ArchiveWorkflow,
        ],
        data_converter=DATA_CONVERTER,
    )
    try:
        asyncio.run(replayer.replay_workflow(history))
    except RuntimeError as error:
        if _DEADLOCK not in str(error):
            raise
        asyncio.run(replayer.replay_workflow(history))


def test_every_path_has_a_history() -> None:
    assert {path.stem for path in STORED} >= set(PATHS)
