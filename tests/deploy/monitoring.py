"""The expressions that dashboards and alerts ask Prometheus for."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from scripts.dev.environment import CHECKOUT

DEPLOY = CHECKOUT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
_METRIC = re.compile(r"\b(?:export|temporal)_[a-z_]+\b")
_LABELS = re.compile(r'\{[^}]*\}|"[^"]*"|\bby \([^)]*\)')


def dashboards() -> list[Path]:
    """The files of all dashboards."""
    return sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))


def panel_expressions(dashboard: Path) -> dict[str, list[str]]:
    """The expressions of the panels of a dashboard, by title."""
    panels: list[dict[str, Any]] = json.loads(dashboard.read_text())["panels"]
    return {
        panel["title"]: [target["expr"] for target in panel.get("targets", ())] for panel in panels
    }


def alert_expressions() -> dict[str, str]:
    """The condition of each alert, by name."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


def all_expressions() -> list[str]:
    """Every expression there is."""
    panels = [panel_expressions(dashboard) for dashboard in dashboards()]
    shown = [each for titles in panels for listed in titles.values() for each in listed]
    return [*shown, *alert_expressions().values()]


def metrics_of(expression: str) -> set[str]:
    """The metrics that an expression reads."""
    return set(_METRIC.findall(_LABELS.sub(" ", expression)))
