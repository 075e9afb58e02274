"""What a newcomer does first: reads README.md, and pastes its block into a shell."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from scripts import make_env
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import Stack

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_it_is_short() -> None:
    assert len(README.split()) <= 1_200


def test_its_block_works_pasted_as_a_whole(stack: Stack, tmp_path: Path) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    (block,) = [each for each in blocks if "wait=" in each]
    (tmp_path / "scripts").symlink_to(CHECKOUT / "scripts")
    environment = os.environ | {"API": stack.api, "EXPORT_DATA_DIR": str(stack.data_dir)}
    # A terminal reads what is pasted line by line, as it does what comes by a pipe.
    told = subprocess.run(
        ["bash"],
        input=block,
        text=True,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
        timeout=300,
    )
    files = list(tmp_path.glob("*.pdf"))
    assert len(files) == 1, told
    assert files[0].read_bytes().startswith(b"%PDF")
    assert told.stderr == "", told


def test_secrets_are_made_for_a_deployment(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert make_env.main([str(file)]) == 0
    values = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", file.read_text(), re.MULTILINE))
    assert {"EXPORT_JWT_SECRET", "EXPORT_URL_SECRETS", "POSTGRES_PASSWORD"} <= set(values)
    assert all(len(value) >= 20 for value in values.values())
    assert len(set(values.values())) == len(values)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_secrets_that_are_there_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".env"
    file.write_text("EXPORT_JWT_SECRET=mine\n")
    assert make_env.main([str(file)]) == 1
    assert "stays as it is" in capsys.readouterr().err
    assert file.read_text() == "EXPORT_JWT_SECRET=mine\n"
