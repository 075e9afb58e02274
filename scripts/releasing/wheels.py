"""The wheels of the service and of its client."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.releasing.source import CLIENT, Source


def build_wheels(source: Source, target: Path) -> None:
    """Build both wheels into a directory, by the setuptools that the lock file pins."""
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "--no-build-isolation",
            "--no-cache-dir", "--wheel-dir", str(target), ".", f"./{CLIENT}",
        ],
        cwd=source.directory,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(source.epoch)},
        # What it writes has modes, which are in the wheels.
        umask=0o022,
        check=True,
    )  # fmt: skip
