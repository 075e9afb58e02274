"""Metrics are named and described as Prometheus would have them, by promtool."""

import re
import subprocess
from typing import Final

import httpx
import pytest

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.judges.conformance import Conformance, Judge
from tests.judges.tools import installed

pytestmark = pytest.mark.judges

EXCEPTIONS: Final = {
    'temporal_* counter metrics should have "_total" suffix': "the names are those of Temporal's "
    "SDK, which its own dashboards ask for",
}


def promtool(metrics: str) -> list[str]:
    """What `promtool check metrics` says."""
    done = subprocess.run(
        [installed("promtool"), "check", "metrics"],
        input=metrics,
        capture_output=True,
        text=True,
        check=False,
    )
    found = (done.stdout + done.stderr).splitlines()
    assert bool(found) == bool(done.returncode)
    return found


def _kind(line: str) -> str:
    """The finding; what names come from Temporal's SDK depends on what its workers have done."""
    return re.sub(r"^temporal_\w+ ", "temporal_* ", line)


def judge() -> Judge:
    told = subprocess.run(
        [installed("promtool"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"version (\S+)", told)
    assert found
    return Judge("promtool", found[1], "the rules for metrics of Prometheus")


def test_metrics_are_as_prometheus_has_them(
    stack: Stack, client: ServiceClient, conformance: Conformance
) -> None:
    client.wait(client.bulk("pdf", max_items=2)["job_id"])
    client.http.get("/api/export/jobs/none")
    sources = {f"{stack.api}/metrics": "those of the API"}
    sources |= dict.fromkeys(stack.info.metrics, "those of the workers")
    found: set[str] = set()
    for url, name in sources.items():
        text = httpx.get(url, timeout=60).text
        assert "export_" in text
        said = {_kind(line) for line in promtool(text)}
        conformance.judged(judge(), name, text.count("# TYPE "), said - EXCEPTIONS.keys())
        found |= said
    conformance.excepted(judge(), EXCEPTIONS)

    assert found == EXCEPTIONS.keys()


@pytest.mark.parametrize(
    "fault",
    [
        "# HELP jobs_total Jobs.\n# TYPE jobs_total gauge\njobs_total 1\n",
        "# HELP wait_milliseconds Time.\n# TYPE wait_milliseconds gauge\nwait_milliseconds 1\n",
        "# TYPE jobs gauge\njobs 1\n",
    ],
)
def test_a_planted_fault_is_found(fault: str, conformance: Conformance) -> None:
    assert promtool(fault)
    conformance.planted(judge())
