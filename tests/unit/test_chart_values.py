"""The Helm chart's values keep up with the settings and with the version."""

import json
import tomllib
from typing import Any

import msgspec
import pytest
import yaml

from activities.settings import Settings, variables
from scripts.dev.environment import CHECKOUT

_CHART = CHECKOUT / "deploy" / "helm" / "export-service"

_OF_THE_CHART = {"data_dir", "temp_path", "host", "port", "internal_port", "storage_allow_http"}
"""Settings that the image or the chart itself gives."""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((_CHART / "values.schema.json").read_text())
    return told


def test_the_schema_knows_every_setting(schema: dict[str, Any]) -> None:
    known: dict[str, Any] = schema["properties"]["settings"]["properties"]
    fields = msgspec.json.schema(Settings)["$defs"]["Settings"]["properties"]
    names = {field: name for field, name in variables().items() if field not in _OF_THE_CHART}
    assert set(known) == set(names.values()), "deploy/helm/export-service/values.schema.json"
    for field, name in names.items():
        # True: it has a place of its own among the values, which the chart says.
        if known[name] is not True:
            bounds = {"type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
            told = {key: fields[field][key] for key in bounds & fields[field].keys()}
            assert known[name] == told, name


def test_the_chart_has_the_version_of_the_service() -> None:
    chart = yaml.safe_load((_CHART / "Chart.yaml").read_text())
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert chart["version"] == chart["appVersion"] == project["version"]


def test_every_value_is_in_the_schema(schema: dict[str, Any]) -> None:
    values = yaml.safe_load((_CHART / "values.yaml").read_text())
    assert set(values) == set(schema["properties"]) - {"global"}
