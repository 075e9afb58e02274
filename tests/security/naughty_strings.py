"""The big list of naughty strings: what breaks programs, collected by those to whom it happened.

It is not part of this project. npm fetches its package once, and a copy whose bytes differ from the
pinned ones is not taken.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from scripts.dev.program_cache import cache_directory, cached

_PACKAGE = "big-list-of-naughty-strings@1.0.0"
_MEMBER = "package/blns.json"
_SHA256 = "716fcaab86aff4d101774d818b7c9323e539224d29aba146119b70f5c14ac3f3"
_NPM_SECONDS = 120


class NoListError(Exception):
    """npm is missing or could not fetch the package, or it holds something else."""


def naughty_strings() -> list[str]:
    """The big list of naughty strings.

    Raises:
        NoListError: it is not here and cannot be had.
    """
    directory = cache_directory(os.environ) / "naughty-strings-1.0.0"
    return list(json.loads(cached(directory, "blns.json", _fetch).read_bytes()))


def _fetch(draft: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NoListError("there is no npm")
    command = [npm, "pack", _PACKAGE, "--pack-destination", str(draft), "--silent"]
    try:
        subprocess.run(command, cwd=draft, check=True, capture_output=True, timeout=_NPM_SECONDS)
    except subprocess.SubprocessError as error:
        raise NoListError("npm could not fetch it") from error
    [archive] = draft.glob("*.tgz")
    with tarfile.open(archive) as package:
        member = package.extractfile(_MEMBER)
        data = member.read() if member else b""
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise NoListError("the package does not hold the pinned list")
    (draft / "blns.json").write_bytes(data)
