"""An archive of very many small items: memory of each role as it goes on, and its histories.

The baseline of memory is what a role has when the first tenth of the items is in parts.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
from temporalio.client import Client

from activities.formats.testing.items import item
from activities.model.content import Item
from scripts.benchmarks.process_state import state_of
from scripts.benchmarks.report import Report, Row
from scripts.benchmarks.service import Service, add_stack_argument, running_service
from scripts.load_content import load
from workflows.contracts import archive_workflow_id

_OWNER = "bench-archivist"
_LOADED_AT_ONCE = 5_000
_PAUSE_SECONDS = 2.0
_ROLES = ("api", "worker-io", "worker-render")
_TENTHS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    add_stack_argument(parser)
    parser.add_argument("--items", type=int, default=100_000, help="(100,000)")
    parser.add_argument("--format", default="jsonl", help="of the parts (jsonl)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    with running_service(arguments.stack) as service:
        for some in _items(arguments.items):
            asyncio.run(load(some, service.database))
        rows, archive_id, seconds = _make(service, arguments.items, arguments.format)
        lengths = asyncio.run(_histories(service, archive_id))
    most = {role: max(float(row[f"{role} MB"]) for row in rows) for role in _ROLES}
    first = rows[0]
    return Report(
        benchmark="archive",
        settings={"items": arguments.items, "format": arguments.format},
        rows=rows,
        summary={
            **{
                f"{role}, most / first tenth": most[role] / float(first[f"{role} MB"])
                for role in most
            },
            "items a second": arguments.items / seconds,
            "runs of the workflow": len(lengths),
            "events of its longest history": max(lengths),
        },
    )


def _items(count: int) -> Iterator[list[Item]]:
    early = datetime(2020, 1, 1, tzinfo=UTC)
    for start in range(0, count, _LOADED_AT_ONCE):
        yield [
            item(
                f"archived-{n}",
                owner_id=_OWNER,
                study_guide=f"What there is to know of lesson {n}.",
                created_at=early + timedelta(seconds=n),
            )
            for n in range(start, min(start + _LOADED_AT_ONCE, count))
        ]


def _make(service: Service, items: int, format_id: str) -> tuple[list[Row], str, float]:
    """Make an archive: a row of memory for each tenth of it, its id, and its seconds."""
    headers = {"Authorization": f"Bearer {service.token(_OWNER)}"}
    rows: list[Row] = []
    peaks = dict.fromkeys(_ROLES, 0.0)
    with httpx.Client(base_url=service.info.api, headers=headers, timeout=60) as http:
        began = time.monotonic()
        made = http.post("/api/export/archive", json={"formats": [format_id]}).raise_for_status()
        archive_id: str = made.json()["archive_id"]
        while True:
            time.sleep(_PAUSE_SECONDS)
            archive = http.get(f"/api/export/archives/{archive_id}").raise_for_status().json()
            peaks = {role: max(most, _megabytes(service, role)) for role, most in peaks.items()}
            done = archive["status"] not in {"pending", "processing"}
            if done or archive["items"] * _TENTHS >= items * (len(rows) + 1):
                rows.append(_row(archive, peaks, time.monotonic() - began))
                peaks = dict.fromkeys(_ROLES, 0.0)
            if done:
                break
    if archive["status"] != "completed" or archive["items"] != items:
        raise SystemExit(f"the archive is {archive['status']} with {archive['items']} items")
    return rows, archive_id, time.monotonic() - began


def _row(archive: Mapping[str, object], peaks: Mapping[str, float], seconds: float) -> Row:
    parts = archive["parts"]
    assert isinstance(parts, list)
    items = archive["items"]
    assert isinstance(items, int)
    return {
        "items": items,
        "parts": len(parts),
        "seconds": seconds,
        **{f"{role} MB": most for role, most in peaks.items()},
    }


def _megabytes(service: Service, role: str) -> float:
    """What the largest process of a role holds, in MB."""
    sizes = [0.0]
    for pid in service.info.pids[role]:
        with suppress(FileNotFoundError, ProcessLookupError):
            sizes.append(state_of(pid).resident / 1e6)
    return max(sizes)


async def _histories(service: Service, archive_id: str) -> list[int]:
    """The events of each run of the archive's workflow."""
    client = await Client.connect(service.info.temporal_address)
    query = f'WorkflowId = "{archive_workflow_id(archive_id)}"'
    return [run.history_length async for run in client.list_workflows(query)]
