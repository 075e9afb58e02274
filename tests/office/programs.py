"""LibreOffice and pandoc as readers of exports. A missing program fails the test."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

_SECONDS = 120


class Office:
    """LibreOffice without a window, with a profile of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._runs = 0

    def convert(self, data: bytes, extension: str, target: str, read_as: str = "") -> bytes:
        """Open a file and save it as another type.

        Args:
            data: the file.
            extension: of the file.
            target: extension of the other type.
            read_as: what `--infilter` takes; LibreOffice's own choice when empty.
        """
        self._runs += 1
        place = self._directory / str(self._runs)
        place.mkdir()
        source = place / f"source.{extension}"
        source.write_bytes(data)
        program = shutil.which("soffice")
        assert program, "LibreOffice (soffice) is not installed"
        done = subprocess.run(
            [
                program,
                f"-env:UserInstallation={(self._directory / 'profile').as_uri()}",
                *("--headless", "--norestore", "--convert-to", target),
                *([f"--infilter={read_as}"] if read_as else []),
                *("--outdir", str(place / "out"), str(source)),
            ],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        written = place / "out" / f"source.{target}"
        assert written.exists(), done.stdout + done.stderr
        return written.read_bytes()


def pandoc(data: bytes, source: str) -> dict[str, Any]:
    """The document as pandoc's own tree (https://hackage.haskell.org/package/pandoc-types)."""
    program = shutil.which("pandoc")
    assert program, "pandoc is not installed"
    done = subprocess.run(
        [program, "--from", source, "--to", "json"],
        input=data,
        capture_output=True,
        timeout=_SECONDS,
        check=True,
    )
    assert not done.stderr, done.stderr.decode()
    tree: dict[str, Any] = json.loads(done.stdout)
    return tree
