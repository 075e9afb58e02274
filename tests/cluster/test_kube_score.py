"""kube-score finds nothing in the chart that has no reason."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import chart
from tests.cluster.chart import VALUES, Manifest
from tests.cluster.programs import KUBE_SCORE, installed

pytestmark = pytest.mark.cluster

_EXCEPTIONS = {
    "container-image-pull-policy": (
        "a version's tag never changes and a digest cannot, so a registry that is away stops no pod"
    ),
}
_OF_SMALLEST = {"deployment-replicas": "one process of each kind is what that file is for"}
_GRADE_OK = 10


def _found(manifests: list[Manifest]) -> dict[str, list[str]]:
    """The checks that find something, and of what."""
    options = ["--kubernetes-version", "v1.27", "--output-format", "json", "-"]
    done = subprocess.run(
        [str(installed(KUBE_SCORE)), "score", *options],
        input=yaml.safe_dump_all(manifests),
        capture_output=True,
        text=True,
        check=False,
    )
    objects: list[dict[str, Any]] = json.loads(done.stdout)
    assert objects, done.stderr
    found = dict[str, list[str]]()
    for each in objects:
        for check in each["checks"]:
            if not check["skipped"] and check["grade"] < _GRADE_OK:
                found.setdefault(check["check"]["id"], []).append(each["object_name"])
    return found


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_what_is_found_has_a_reason(values: Path) -> None:
    allowed = set(_EXCEPTIONS) | (set(_OF_SMALLEST) if values.stem == "smallest" else set())
    assert set(_found(chart.render(values))) == allowed


@pytest.mark.parametrize(
    ("switched_off", "check"),
    [
        ("networkPolicy.enabled", "pod-networkpolicy"),
        ("podDisruptionBudgets.enabled", "deployment-has-poddisruptionbudget"),
    ],
)
def test_what_lacks_is_found(switched_off: str, check: str) -> None:
    values = next(path for path in VALUES if path.stem == "self-hosted")
    assert check in _found(chart.render(values, f"--set={switched_off}=false"))
