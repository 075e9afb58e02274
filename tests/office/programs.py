"""LibreOffice and pandoc as readers of exports. A missing program fails the test."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

_SECONDS = 120
_UNO_PYTHON = "/usr/bin/python3"
"""Debian installs LibreOffice's bridge for its own Python."""


class Office:
    """LibreOffice without a window, with a profile of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._runs = 0

    def convert(self, data: bytes, extension: str, target: str, read_as: str = "") -> bytes:
        """Open a file and save it as another type.

        Args:
            data: the file.
            extension: the extension of the file.
            target: extension of the other type.
            read_as: the argument of `--infilter`; empty for LibreOffice's own choice.
        """
        source = self._store(data, extension)
        out = source.with_name("out")
        done = subprocess.run(
            [
                *self._command(),
                *("--convert-to", target),
                *([f"--infilter={read_as}"] if read_as else []),
                *("--outdir", str(out), str(source)),
            ],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        written = out / f"source.{target}"
        assert written.exists(), done.stdout + done.stderr
        return written.read_bytes()

    def rows_seen_after_choosing(self, workbook: bytes, value: str) -> dict[str, list[str]]:
        """Choose a value in the filter of each sheet's first column.

        Args:
            workbook: an XLSX file, every sheet of which has a filter.
            value: a text.

        Returns:
            By sheet, the first cell of each row that is not hidden then, headings included.
        """
        found = subprocess.run([_UNO_PYTHON, "-c", "import uno"], capture_output=True, check=False)
        assert found.returncode == 0, f"LibreOffice's bridge to {_UNO_PYTHON} (uno) is missing"
        source = self._store(workbook, "xlsx")
        pipe = f"export-office-{os.getpid()}-{self._runs}"
        script = Path(__file__).with_name("filter_rows.py")
        with subprocess.Popen([*self._command(), f"--accept=pipe,name={pipe};urp;"]) as office:
            try:
                done = subprocess.run(
                    [_UNO_PYTHON, str(script), pipe, source.as_uri(), value],
                    capture_output=True,
                    text=True,
                    timeout=_SECONDS,
                    check=False,
                )
                assert done.returncode == 0, done.stderr
                office.wait(_SECONDS)
            finally:
                office.terminate()
        seen: dict[str, list[str]] = json.loads(done.stdout)
        return seen

    def _store(self, data: bytes, extension: str) -> Path:
        """The file, in a directory of its own."""
        self._runs += 1
        source = self._directory / str(self._runs) / f"source.{extension}"
        source.parent.mkdir()
        source.write_bytes(data)
        return source

    def _command(self) -> list[str]:
        program = shutil.which("soffice")
        assert program, "LibreOffice (soffice) is not installed"
        profile = (self._directory / "profile").as_uri()
        return [program, f"-env:UserInstallation={profile}", "--headless", "--norestore"]


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
