"""Libraries of others that write files, each only ever a process of an environment of its own.

EbookLib is under the AGPL, so nothing of the project imports it; genanki is beside it for the sake
of one way. `EXPORT_BENCH_WRITERS` names the Python of an environment that has them.
"""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

PYTHON: Final = "EXPORT_BENCH_WRITERS"


@cache
def writer_is_here(module: str) -> bool:
    """Whether there is an environment with this module."""
    python = Path(os.environ.get(PYTHON, ""))
    command = [str(python), "-c", f"import {module}"]
    return python.is_file() and not subprocess.run(command, check=False).returncode


def run_writer(program: str, told: Any, out: BinaryIO) -> None:
    """Let a program of that Python write a file, which is its first argument.

    Args:
        program: its source.
        told: what it reads from its input, as JSON.
        out: takes the file.
    """
    subprocess.run(
        [os.environ[PYTHON], "-c", program, f"/proc/self/fd/{out.fileno()}"],
        input=json.dumps(told).encode(),
        pass_fds=[out.fileno()],
        check=True,
    )
