"""Files far larger than memory should hold go to S3 and back."""

import asyncio
import hashlib
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from activities.settings import from_environment
from activities.storage.keys import attempt_key, file_key
from activities.storage.open_storage import open_storage
from scripts.dev.environment import CHECKOUT
from tests.engines.choice import Engines

pytestmark = pytest.mark.engines

MEGABYTES = 300
STAGED = attempt_key("job", "file", "run", 1)
FINAL = file_key("job", "pdf")


def store_and_read(path: str) -> None:
    """Put a file, publish it and read it again; print its hash and the megabytes that it took."""
    with Path(path).open("rb") as file:
        asyncio.run(_store_and_read(file))


async def _store_and_read(file: BinaryIO) -> None:
    settings = from_environment()
    storage = open_storage(settings)
    await storage.put(FINAL, b"warm")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await storage.put(STAGED, file)
    await storage.publish(STAGED, FINAL)
    digest = await storage.sha256(FINAL)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(f"{digest} {(peak - before) // 1024}")


def test_a_large_file_takes_little_memory(engines: Engines, tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        for _ in range(MEGABYTES):
            file.write(os.urandom(1024) * 1024)
    script = (
        f"from tests.engines.test_large_files import store_and_read;store_and_read({str(path)!r})"
    )
    output = subprocess.check_output(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env=os.environ | engines.variables(tmp_path),
        text=True,
    )
    digest, megabytes = output.split()
    with path.open("rb") as file:
        assert digest == hashlib.file_digest(file, "sha256").hexdigest()
    assert int(megabytes) < MEGABYTES / 2
    settings = engines.settings(tmp_path)
    storage = open_storage(settings)
    found = asyncio.run(storage.head(FINAL))
    assert found is not None
    assert found.size == MEGABYTES * 1024 * 1024
    assert asyncio.run(storage.head(STAGED)) is None
