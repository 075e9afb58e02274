"""What is deployed can be listed, and an audit that could not look says so."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path


def test_every_package_that_is_deployed_is_in_the_bill_of_materials(
    checkout: Path, tmp_path: Path
) -> None:
    target = tmp_path / "sbom.json"
    command = re.search(
        r"^(cyclonedx-py .*?)sbom\.json$", _security(checkout), re.MULTILINE | re.DOTALL
    )
    assert command is not None
    arguments = command[1].replace("\\\n", "").split()
    program = Path(sys.executable).with_name(arguments[0])
    subprocess.run(
        [str(program), *arguments[1:], str(target)], cwd=checkout, check=True, capture_output=True
    )

    document = json.loads(target.read_text())
    lock = (checkout / "requirements-runtime.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9._-]+)(?:\[.*?\])?==([^ ]+)", lock, re.MULTILINE))
    assert document["bomFormat"] == "CycloneDX"
    listed = {(each["name"], each["version"]) for each in document["components"]}
    assert listed == pinned
    assert all(each["purl"].startswith("pkg:pypi/") for each in document["components"])


def test_an_audit_without_advisories_is_no_success(checkout: Path) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:1", "PIP_INDEX_URL": "https://127.0.0.1:1/simple"}
    done = subprocess.run(
        [sys.executable, "scripts/audit.py"],
        cwd=checkout,
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 2
    assert "nothing was audited" in done.stderr


def test_every_test_that_the_table_names_exists(checkout: Path) -> None:
    named = re.findall(r"`((?:tests|scripts)/[\w/]+\.py)", _security(checkout))

    assert len(named) > 10
    assert [name for name in named if not (checkout / name).is_file()] == []


def _security(checkout: Path) -> str:
    return (checkout / "SECURITY.md").read_text()
