"""Programs of others that judge the service, in the versions of the lock files beside this one.

They are fetched by npm, pip and Maven and built by Go, once, into the project's directory in the
user's cache: generators of clients want other versions of some packages than the service does.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from scripts.dev.program_cache import cache_directory, cached, go_install, locked

HERE = Path(__file__).parent
_MAVEN_LOCK = HERE / "maven.lock"
_MAVEN_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"


def npm_packages(lock: Path = HERE / "package-lock.json", kind: str = "npm") -> Path:
    """The directory `node_modules` of what a `package-lock.json` names.

    Args:
        lock: the file, with `package.json` beside it.
        kind: tells the place in the cache apart from those of other lock files.
    """

    def install(directory: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(lock.parent / name, directory)
        # Scripts of packages report to their makers; none is needed.
        command = [str(installed("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=directory, check=True)

    return _installed(kind, lock, install) / "node_modules"


def python_programs(lock: Path = HERE / "requirements.lock", kind: str = "python") -> Path:
    """The directory of the programs of an environment with what a `requirements.lock` names.

    Args:
        lock: the file.
        kind: tells the place in the cache apart from those of other lock files.
    """

    def install(directory: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        pip = [str(directory / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)

    return _installed(kind, lock, install) / "bin"


def java_program() -> Path:
    """The jar that `maven.lock` names, from where Maven's settings say that jars come from."""
    [(artifact, digest)] = re.findall(
        r"^(\S+) sha256:(\w+)$", _MAVEN_LOCK.read_text(), re.MULTILINE
    )
    _, name, version = artifact.split(":")

    def install(directory: Path) -> None:
        command = [str(installed("mvn")), "-q", "-B", _MAVEN_COPY]
        options = [f"-Dartifact={artifact}:jar", f"-DoutputDirectory={directory}"]
        subprocess.run([*command, *options], cwd=directory, check=True)
        [jar] = directory.iterdir()
        assert hashlib.sha256(jar.read_bytes()).hexdigest() == digest, f"{artifact} is another file"

    return _installed("maven", _MAVEN_LOCK, install) / f"{name}-{version}.jar"


def go_program(package: str, version: str) -> Path:
    """A program that Go builds from a version of a package."""
    name = package.rpartition("/")[2]
    directory = cache_directory(os.environ) / f"{name}-{version}"
    build = partial(_go_install, f"{package}@{version}")
    return cached(directory, name, build)


def installed(program: str) -> Path:
    """A program of the machine."""
    path = shutil.which(program)
    assert path, f"{program} is not installed"
    return Path(path)


def npm_version(package: str) -> str:
    """The version of a package that the lock file names."""
    lock = json.loads((HERE / "package-lock.json").read_text())
    version: str = lock["packages"][f"node_modules/{package}"]["version"]
    return version


def python_version(package: str) -> str:
    """The version of a package that the lock file names."""
    found = re.search(rf"^{package}==(\S+)", (HERE / "requirements.lock").read_text(), re.MULTILINE)
    assert found, package
    return found[1]


def run(
    command: Sequence[str | Path],
    directory: Path,
    environment: dict[str, str] | None = None,
    told: str | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, whatever its verdict, with a text as its input."""
    return subprocess.run(
        list(map(str, command)),
        cwd=directory,
        env=os.environ | (environment or {}),
        input=told,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )


def _go_install(package: str, directory: Path) -> None:
    go_install(package, directory, os.environ)


def _installed(kind: str, lock: Path, install: Callable[[Path], None]) -> Path:
    """What a lock file names; a stamp ends it, as an environment of Python's cannot be moved."""
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    place = cache_directory(os.environ) / f"judges-{kind}-{digest}"
    directory, complete = place / "installed", place / "complete"
    with locked(place):
        if not complete.exists():
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
            install(directory)
            complete.touch()
    return directory
