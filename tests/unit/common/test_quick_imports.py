"""Processes import at their start what they need, and nothing that few of them ever use."""

import os
import re
import subprocess
import sys

import pytest

_OF_RENDERERS = {"PIL", "latex2mathml", "markdown_it", "pypdfium2", "reportlab", "wcwidth"}
_OF_TERMINALS = {"attr", "rich"}
_OF_FEW = {"aiosmtplib", "asyncssh", "mcp", "pydantic"}


@pytest.mark.parametrize(
    "command", [["web"], ["activities.worker", "--role", "io,workflow,render,express"]]
)
def test_a_process_imports_nothing_that_few_ever_use(command: list[str]) -> None:
    # It ends once it has imported everything.
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", *command],
        env=os.environ | {"EXPORT_PORT": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot start: EXPORT_PORT" in told.stderr
    # By their submodules: what is looked for in vain is listed as well.
    imported = set(re.findall(r"^import time:.*\| +([^ .\n]+)\.", told.stderr, re.MULTILINE))
    assert {"temporalio", "msgspec"} <= imported
    assert imported & (_OF_RENDERERS | _OF_TERMINALS | _OF_FEW) == set()


def test_after_its_imports_a_process_collects_garbage_and_finds_every_library() -> None:
    code = (
        "import gc\n"
        "from activities.common import quick_imports\n"
        "quick_imports.begin()\n"
        "import structlog, httpx\n"
        "assert not gc.isenabled()\n"
        "quick_imports.end()\n"
        "assert gc.isenabled() and gc.get_freeze_count() > 1000\n"
        "import pydantic, pygments, rich"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
