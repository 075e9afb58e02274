"""Dashboards and alerts read metrics that exist, in expressions that Prometheus understands."""

import json
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.compose import needed
from tests.deploy.conftest import OURS, Deployment
from tests.deploy.monitoring import (
    ALERTS,
    DEPLOY,
    alert_expressions,
    all_expressions,
    dashboards,
    metrics_of,
    panel_expressions,
)

pytestmark = pytest.mark.deploy


def promtool(*arguments: str | Path) -> str:
    done = subprocess.run(
        [needed("promtool"), *map(str, arguments)],
        cwd=DEPLOY / "prometheus",
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


def test_configuration_is_valid() -> None:
    assert "SUCCESS" in promtool("check", "config", DEPLOY / "prometheus" / "prometheus.yml")


def test_every_panel_is_valid(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression}
        for number, expression in enumerate(all_expressions())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


def test_alerts_fire_when_they_should() -> None:
    promtool("test", "rules", "alerts_test.yml")


def test_every_alert_is_tested() -> None:
    tests = yaml.safe_load((ALERTS.parent / "alerts_test.yml").read_text())["tests"]
    fired = {
        case["alertname"]
        for test in tests
        for case in test["alert_rule_test"]
        if case.get("exp_alerts")
    }
    assert fired == set(alert_expressions())


def test_the_board_begins_with_what_is_wrong() -> None:
    [dashboard] = dashboards()
    panels = json.loads(dashboard.read_text())["panels"]
    by_height = sorted(panels, key=lambda panel: (panel["gridPos"]["y"], panel["gridPos"]["x"]))
    assert by_height[0]["title"] == "Alerts that fire"
    first_chart = next(i for i, panel in enumerate(by_height) if panel["type"] != "stat")
    assert first_chart == 8
    for panel in panels:
        assert panel["description"]
    for panel in by_height[:8]:
        colours = {
            step["color"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        }
        assert {"green", "red"} <= colours


def test_every_panel_shows_something() -> None:
    for dashboard in dashboards():
        for title, expressions in panel_expressions(dashboard).items():
            assert expressions, title


def test_every_metric_exists(deployment: Deployment) -> None:
    with deployment.client("nobody") as client:
        client.http.get("/api/export/jobs")
    deployment.load_demo()
    # Only what has gone through a queue has a latency there.
    with deployment.client("teacher-1") as client:
        client.wait(client.bulk("pdf", max_items=100)["job_id"])
    served: set[str] = set()
    for name in OURS:
        text = httpx.get(f"http://127.0.0.1:{deployment.metrics[name]}/metrics").text
        for family in text_string_to_metric_families(text):
            served |= {family.name, *(sample.name for sample in family.samples)}
            # A counter or histogram that has counted nothing yet has no samples to show.
            served |= {f"{family.name}_total", f"{family.name}_bucket"}
    for expression in all_expressions():
        assert metrics_of(expression) <= served, expression


def test_every_metric_of_ours_is_shown() -> None:
    shown = {metric for expression in all_expressions() for metric in metrics_of(expression)}
    for metric in (
        "export_operations_total",
        "export_duration_seconds_bucket",
        "export_file_size_bytes_bucket",
        "export_errors_total",
        "export_jobs",
        "export_storage_bytes",
        "export_retention_total",
        "export_oldest_unfinished_seconds",
        "export_oldest_without_progress_seconds",
        "export_pollers",
        "export_worker_ready",
        "export_temporal_available",
        "export_http_responses_total",
        "export_storage_free_bytes",
    ):
        assert metric in shown
