"""The packages that docs/plugins.md makes work as they stand there."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest

CHECKOUT = Path(__file__).parents[3]

SERVICE = """
import json, sys
from activities.model.catalog import catalog, every_option
from activities.model.content import Item
from web.http.json_body import decode
from web.http.problems import ProblemError
from web.pages.option_controls import controls
from web.services.measure import Measure
from web.pages.preview import preview
from web.routes.formats import format_list
from web.schemas.requests import CreateExportRequest

def error(body):
    try:
        decode(json.dumps({"content_ids": ["a"], "format": "opml"} | body).encode(),
               CreateExportRequest)
    except ProblemError as problem:
        return [problem.errors[0].pointer, problem.errors[0].detail]

listed = format_list("https://exports.example.org").formats[-1]
[control] = [control for control in controls() if control.name == "opml_notes"]
body = b'{"content_ids": ["a"], "format": "opml", "opml_notes": "none", "csv_bom": false}'
plain = b'{"content_ids": ["a"], "format": "opml", "opml_notes": "summaries"}'
print(json.dumps({
    "left_out": catalog().left_out,
    "id": listed.id,
    "options": listed.options,
    "label": control.label,
    "choices": [choice.label for choice in control.choices],
    "size": preview(catalog().formats["opml"], Measure(items=1, text_bytes=1000)).bytes,
    "job": repr(decode(body, CreateExportRequest).options),
    "hashed": __import__("msgspec").json.encode(decode(plain, CreateExportRequest)).decode(),
    "wrong": error({"opml_notes": "all"}),
    "unknown": error({"opml_note": "none"}),
    "renderer": "opml_format.renderer" in sys.modules,
}))
"""
LINES = "lines/"
"""The folder of the second package."""
COMPARED = """
from activities.formats.testing import render
from activities.formats.testing.items import full_item, plain_item, world_items
from activities.model.options import RenderOptions
items = [plain_item(), *world_items()]
for answers in ("below", "none"):
    options = RenderOptions(answers=answers)
    assert render("lines", items, options) == render("tsv", items, options)
print(len(render("lines", items)[0].splitlines()))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first package's folder, installed as far as importing it needs."""
    files = {name: text for name, text in files_of_guide().items() if not name.startswith(LINES)}
    assert len(files) == 5
    return installed(tmp_path_factory.mktemp("opml-format"), files)


@pytest.fixture(scope="module")
def lines_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second one's."""
    files = {
        name.removeprefix(LINES): text
        for name, text in files_of_guide().items()
        if name.startswith(LINES)
    }
    assert len(files) == 5
    return installed(tmp_path_factory.mktemp("lines-format"), files)


def files_of_guide() -> dict[str, str]:
    guide = (CHECKOUT / "docs" / "plugins.md").read_text()
    found = re.findall(r"^`([\w/.]+)`:\n\n```\w+\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    return dict(found)


def installed(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    run(folder, "-c", "import setuptools; setuptools.setup()", "-q", "egg_info")
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Run Python beside the service and the package."""
    # It is no worker of the run that this test belongs to.
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=own | {"PYTHONPATH": os.pathsep.join([str(folder), str(CHECKOUT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_own_tests_pass(package: Path) -> None:
    told = run(package, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider")
    assert "14 passed" in told


@pytest.mark.long
def test_tests_of_the_second_package_pass(lines_package: Path) -> None:
    told = run(lines_package, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider")
    assert "16 passed" in told


def test_second_package_makes_the_file_of_the_built_in_format(lines_package: Path) -> None:
    assert int(run(lines_package, "-c", COMPARED)) > 2


def test_every_module_that_packages_may_use_is_there() -> None:
    guide = (CHECKOUT / "docs" / "plugins.md").read_text()
    table = guide.partition("## What packages may use")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert len(rows) > 5
    for row in rows:
        first, *others = re.findall(r"`([\w.]+)`", row)
        above = first if "(" in row or "its" in row else first.rpartition(".")[0]
        for name in (first, *(f"{above}.{other}" for other in others)):
            assert find_spec(name), name


def test_the_service_knows_it_with_its_option(package: Path) -> None:
    found: dict[str, Any] = msgspec.json.decode(run(package, "-c", SERVICE))
    assert found["left_out"] == []
    assert found["id"] == "opml"
    own = ["language", "opml_notes"]
    assert found["options"] == ["on_item_error", "parts", "title", "min_quality", "receipt", *own]
    assert found["label"] == "Notes of OPML"
    assert found["choices"] == ["Summaries of sections", "None"]
    assert found["size"] == 1230
    assert "opml_notes='none'" in found["job"]
    assert "csv_bom" not in found["job"]
    assert found["hashed"] == '{"format":"opml","content_ids":["a"]}'
    assert found["wrong"][0] == "/opml_notes"
    assert "summaries or none" in found["wrong"][1]
    assert found["unknown"][0] == "/opml_note"
    assert found["renderer"] is False
