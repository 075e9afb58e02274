"""The files of one commit, and the version that all of them must name."""

import json
import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

CHART = "deploy/helm/export-service"
CLIENT = "web/client"
_TYPESCRIPT = "web/client/typescript/package.json"


class ReleaseError(RuntimeError):
    """A release cannot be made; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """What a release is made from."""

    directory: Path
    """The files of the commit, and no others."""
    version: str
    epoch: int
    """When the commit was made, in seconds: the time of everything in the release."""


def take_source(checkout: Path, tag: str, directory: Path) -> Source:
    """The files of a checkout's commit, in a directory of their own.

    Args:
        checkout: a clone whose HEAD is what the tag names.
        tag: the tag, such as `v1.2.3`.
        directory: where the files go; it does not exist.

    Raises:
        ReleaseError: HEAD is another commit, or a file names another version than the tag.
    """
    if tag not in _git(checkout, "tag", "--points-at", "HEAD").split():
        raise ReleaseError(f"{tag} is no tag of HEAD: git checkout {tag}, or git tag {tag}")
    directory.mkdir(parents=True)
    archive = directory.with_suffix(".tar")
    _git(checkout, "archive", "--format", "tar", "--output", str(archive), "HEAD")
    unpack = ["tar", "--extract", "--file", str(archive), "--directory", str(directory)]
    # Modes end up in the wheels.
    subprocess.run([*unpack, "--no-same-permissions"], umask=0o022, check=True)
    archive.unlink()
    version = agreed_version(directory, tag)
    return Source(directory, version, int(_git(checkout, "log", "-1", "--format=%ct", "HEAD")))


def agreed_version(directory: Path, tag: str) -> str:
    """The version that a tag and all files name.

    Raises:
        ReleaseError: one names another.
    """
    version = tag.removeprefix("v")
    others = {place: found for place, found in versions(directory).items() if found != version}
    if others or not tag.startswith("v"):
        told = "; ".join(f"{place} says {found or 'nothing'}" for place, found in others.items())
        raise ReleaseError(f"the tag is {tag}, not v and the version of all files: {told}")
    return version


def versions(directory: Path) -> dict[str, str]:
    """The version by each place that names it; empty where there is none."""
    chart = (directory / CHART / "Chart.yaml").read_text()
    compose = (directory / "docker-compose.yml").read_text()
    changelog = (directory / "CHANGELOG.md").read_text()
    projects = {
        name: tomllib.loads((directory / name).read_text())["project"]["version"]
        for name in ("pyproject.toml", f"{CLIENT}/pyproject.toml")
    }
    return projects | {
        _TYPESCRIPT: json.loads((directory / _TYPESCRIPT).read_text())["version"],
        f"{CHART}/Chart.yaml, version": _found(r"^version: (\S+)$", chart),
        f"{CHART}/Chart.yaml, appVersion": _found(r"^appVersion: (\S+)$", chart),
        "docker-compose.yml": _found(r"image: export-service:(\S+)$", compose),
        "CHANGELOG.md": _found(r"^## \[(\d.*?)\]", changelog),
    }


def notes(source: Source) -> str:
    """What the changelog says of the version."""
    sections = re.split(
        r"^## ", (source.directory / "CHANGELOG.md").read_text(), flags=re.MULTILINE
    )
    ours = next(each for each in sections if each.startswith(f"[{source.version}]"))
    return ours.partition("\n")[2].strip() + "\n"


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else ""


def _git(checkout: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ReleaseError(done.stderr.strip())
    return done.stdout.strip()
