"""Who follows docs/kubernetes.md word for word gets there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from scripts.dev.environment import CHECKOUT
from tests.cluster.control_plane import ControlPlane
from tests.cluster.programs import HELM, installed
from tests.cluster.test_api_server import jobs_that_end

pytestmark = pytest.mark.cluster

_PAGE = (CHECKOUT / "docs" / "kubernetes.md").read_text()


def test_every_command_works(control_plane: ControlPlane, tmp_path: Path) -> None:
    commands = re.findall(r"^```bash\n(.*?)^```", _PAGE, re.DOTALL | re.MULTILINE)
    assert len(commands) >= 7
    # As in a checkout, in which values of one's own are written.
    (tmp_path / "deploy").symlink_to(CHECKOUT / "deploy")
    path = os.pathsep.join([str(installed(HELM).parent), os.environ["PATH"]])
    variables = os.environ | control_plane.environment() | {"PATH": path}
    with jobs_that_end(control_plane, "exports") as ended:
        for command in commands:
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", command],
                cwd=tmp_path,
                env=variables,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
    # One for the installation, one for the upgrade, none for the way back.
    assert ended == ["export-export-service-migration"] * 2


def test_a_table_tells_which_secrets_a_role_holds() -> None:
    rows = re.findall(r"^\| ([a-z, -]+) \| [^|]* \| ([^|]*)\|$", _PAGE, re.MULTILINE)
    told = {role: what for roles, what in rows for role in roles.split(", ")}
    assert told["workflow"].strip() == "database, storage, signing keys"
    assert told["current-build"].strip() == ""
    assert "tokens" in told["api"]
    assert all("links" not in what for role, what in told.items() if role != "api")


def test_values_files_of_the_table_are_those_there_are() -> None:
    told = set(re.findall(r"^\| `([\w-]+\.yaml)` \|", _PAGE, re.MULTILINE))
    assert told == {path.name for path in (CHECKOUT / "deploy/helm/values").iterdir()}
