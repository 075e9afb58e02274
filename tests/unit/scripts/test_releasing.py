"""A release is refused before anything is made, and what is made depends on the commit alone."""

import os
import shutil
import subprocess
import tarfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from scripts.dev.environment import CHECKOUT
from scripts.release import main
from scripts.releasing.archives import tar_of, tree
from scripts.releasing.dockerfile import stages
from scripts.releasing.licences import licences
from scripts.releasing.source import (
    ReleaseError,
    Source,
    agreed_version,
    notes,
    take_source,
    versions,
)
from tests.unit.scripts.test_version import VERSION

PLACES = {
    "pyproject.toml": f'version = "{VERSION}"',
    "web/client/pyproject.toml": f'version = "{VERSION}"',
    "web/client/typescript/package.json": f'"version": "{VERSION}"',
    "deploy/helm/export-service/Chart.yaml, version": f"\nversion: {VERSION}",
    "deploy/helm/export-service/Chart.yaml, appVersion": f"appVersion: {VERSION}",
    "docker-compose.yml": f"image: export-service:{VERSION}",
    "CHANGELOG.md": f"## [{VERSION}]",
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the files that name the version."""
    for name in {place.partition(",")[0] for place in PLACES}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
    return tmp_path


def test_every_place_is_looked_at(files: Path) -> None:
    assert versions(files) == dict.fromkeys(PLACES, VERSION)
    assert agreed_version(files, f"v{VERSION}") == VERSION


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_disagrees_is_named(place: str, files: Path) -> None:
    file = files / place.partition(",")[0]
    text = file.read_text()
    assert PLACES[place] in text
    file.write_text(text.replace(PLACES[place], PLACES[place].replace(VERSION, "9.8.7"), 1))
    with pytest.raises(ReleaseError) as refusal:
        agreed_version(files, f"v{VERSION}")
    assert f"{place} says 9.8.7" in str(refusal.value)
    assert str(refusal.value).count(" says ") == 1


@pytest.mark.parametrize("tag", ["v9.8.7", VERSION, "v"])
def test_a_tag_of_another_version_is_refused(tag: str, files: Path) -> None:
    with pytest.raises(ReleaseError, match="the tag is"):
        agreed_version(files, tag)


def test_a_tag_that_is_elsewhere_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["v0.0.0-nowhere", str(tmp_path / "made")]) == 1
    assert "v0.0.0-nowhere is no tag of HEAD" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"v{VERSION}", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{tmp_path} exists already\n"


def test_notes_are_those_of_the_version(files: Path) -> None:
    changelog = files / "CHANGELOG.md"
    changelog.write_text("# Log\n## [Unreleased]\n- b\n## [1.2.3] - 2026-01-02\n- a\n## [1.2.2]\n-")
    assert notes(Source(files, "1.2.3", 0)) == "- a\n"


def test_an_archive_shows_nothing_of_who_wrote_it(tmp_path: Path) -> None:
    archives = []
    for number, names in enumerate((("a", "b"), ("b", "a"))):
        directory = tmp_path / str(number)
        directory.mkdir(mode=0o700 if number else 0o755)
        for name in names:
            (directory / name).write_text(f"what {name} holds")
            os.utime(directory / name, (number, number))
        (directory / "a").chmod(0o700 if number else 0o755)
        (directory / "b").chmod(0o600 if number else 0o644)
        (directory / "link").symlink_to("/a/b")
        if number:
            (directory / "second").hardlink_to(directory / "b")
        else:
            shutil.copy(directory / "b", directory / "second")
        archives.append(tmp_path / f"{number}.tar")
        tar_of(tree(directory, "it"), archives[-1], 1_700_000_000)

    first, second = (path.read_bytes() for path in archives)
    assert first == second
    with tarfile.open(archives[0]) as archive:
        told = {each.name: (each.mode, each.uid, each.mtime) for each in archive if each.isreg()}
        assert archive.getmember("it/link").linkname == "/a/b"
    assert told == {
        "it/a": (0o755, 0, 1_700_000_000),
        "it/b": (0o644, 0, 1_700_000_000),
        "it/second": (0o644, 0, 1_700_000_000),
    }


def test_the_image_is_described_by_the_dockerfile() -> None:
    base, build, last = stages((CHECKOUT / "Dockerfile").read_text())
    assert (base.base, base.name) == ("debian:bookworm-slim", "base")
    assert {"python3", "ca-certificates"} <= set(base.packages())
    assert "npm" in build.packages()
    assert last.variables()["PATH"].startswith("/opt/venv/bin:/usr/local/sbin:")
    assert last.arguments("USER") == ["export"]
    # The release's script carries out the other steps of the stage, in its own way.
    assert {verb for verb, _ in last.steps} == {
        "RUN", "COPY", "WORKDIR", "ENV", "USER", "EXPOSE", "CMD",
    }  # fmt: skip


def test_a_commit_is_released_not_what_lies_around(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for name in {place.partition(",")[0] for place in PLACES}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
    commands = (["init", "-q"], ["add", "."], ["commit", "-qm", "all"], ["tag", f"v{VERSION}"])
    for command in commands:
        subprocess.run([*git, *command], check=True)
    (tmp_path / "stray.py").touch()
    (tmp_path / "pyproject.toml").write_text("changed meanwhile")

    taken = take_source(tmp_path, f"v{VERSION}", tmp_path / "taken")
    assert taken.version == VERSION
    assert not (taken.directory / "stray.py").exists()
    assert (taken.directory / "pyproject.toml").read_text() != "changed meanwhile"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("License-Expression: MIT", [{"license": {"id": "MIT"}}]),
        (
            "License-Expression: Apache-2.0 OR BSD-3-Clause\nLicense: other",
            [{"expression": "Apache-2.0 OR BSD-3-Clause"}],
        ),
        ("License: 3-Clause BSD License", [{"license": {"id": "BSD-3-Clause"}}]),
        ("License: MIT License\n        \n        Copyright (c)", [{"license": {"id": "MIT"}}]),
        (
            "License: BSD license, Copyright (c) 2000",
            [{"license": {"name": "BSD license, Copyright (c) 2000"}}],
        ),
        (
            "Classifier: License :: OSI Approved :: BSD License\nClassifier: Typing :: Typed",
            [{"license": {"name": "BSD License"}}],
        ),
        ("Summary: says nothing", []),
    ],
)
def test_what_a_package_says_of_its_licence_is_told(
    tmp_path: Path, fields: str, said: list[dict[str, Any]]
) -> None:
    metadata = tmp_path / "METADATA"
    metadata.write_text(f"Metadata-Version: 2.4\nName: x\n{fields}\n\nLicense: of the readme\n")
    assert [_without_acknowledgement(each) for each in licences(metadata)] == said


def _without_acknowledgement(licence: dict[str, Any]) -> dict[str, Any]:
    if "expression" in licence:
        return {"expression": licence["expression"]}
    return {"license": {k: v for k, v in licence["license"].items() if k != "acknowledgement"}}


def test_every_package_of_the_image_says_its_licence() -> None:
    lock = (CHECKOUT / "requirements-runtime.lock").read_text()
    lines = [line.removesuffix("\\").strip() for line in lock.splitlines() if line[:1].isalnum()]
    needed = [each for each in map(Requirement, lines) if not each.marker or each.marker.evaluate()]
    assert len(needed) > 90
    for each in needed:
        [metadata] = [
            Path(str(file.locate()))
            for file in distribution(each.name).files or ()
            if file.name == "METADATA" and file.parent.name.endswith(".dist-info")
        ]
        assert licences(metadata), each.name
