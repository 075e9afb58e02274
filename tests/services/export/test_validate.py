"""The validation script: it passes on a sound service and notices an unsound one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from activities.model.catalog import formats
from scripts.dev import stack_file
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import Stack
from scripts.validation.checks import Service, all_checks, called
from scripts.validation.expected import CARDS_ALONE, missing_from, pieces
from scripts.validation.readers import TEXT_OF
from scripts.validation.requirements import CheckFailedError

SCRIPT = CHECKOUT / "scripts" / "validate_export_feature.py"


@pytest.fixture
def service(stack: Stack, tmp_path: Path) -> Iterator[Service]:
    with called(stack.info, tmp_path) as callers:
        yield callers


def validate(data_dir: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT)],
        env=os.environ | {"EXPORT_DATA_DIR": str(data_dir)},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def run_check(name: str, service: Service) -> None:
    [check] = [check for check in all_checks() if check.name == name]
    check.run(service)


def test_running_service_is_validated(stack: Stack, tmp_path: Path) -> None:
    result = validate(stack.data_dir, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert stack.api in result.stdout
    for format_id in TEXT_OF:
        assert f"export content-123 as {formats()[format_id].name}" in result.stdout
    assert "FAILED" not in result.stdout


@pytest.mark.long
def test_service_is_started_when_only_a_dead_one_left_its_file(
    stack: Stack, tmp_path: Path
) -> None:
    stack_file.write(tmp_path, stack.info)
    result = validate(tmp_path, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert stack.api not in result.stdout
    assert "all checks passed" in result.stdout


def test_every_built_in_format_has_a_reader() -> None:
    built_in = {
        name for name, entry in formats().items() if entry.renderer.startswith("activities.")
    }
    assert set(TEXT_OF) == built_in


def test_every_part_of_an_item_is_looked_for() -> None:
    looked_for = pieces("content-1")
    assert set(looked_for) == {
        "title",
        "section",
        "learning objective",
        "study guide",
        "question",
        "answer",
        "flashcard",
        "reading question",
        "metadata",
    }
    title = looked_for.pop("title")
    assert missing_from(title, ["content-1"]) == [f"content-1 {name}" for name in looked_for]
    of_a_deck = missing_from("", ["content-1"], CARDS_ALONE)
    assert of_a_deck == ["content-1 title", "content-1 flashcard"]


def test_content_that_leaks_to_another_owner_is_noticed(service: Service) -> None:
    with pytest.raises(CheckFailedError):
        run_check(
            "another owner sees no job, file or content", replace(service, other=service.owner)
        )


def test_service_that_asks_for_no_token_is_noticed(service: Service) -> None:
    with pytest.raises(CheckFailedError):
        run_check("requests without a token are refused", replace(service, anonymous=service.owner))
