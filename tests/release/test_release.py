"""A release can be verified, is the same whoever makes it, and holds what it says."""

import json
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement

from scripts.dev.environment import CHECKOUT
from scripts.release import release
from tests.cluster.chart import CHART, VALUES, helm
from tests.release.conftest import REPOSITORY, Release, tagged_clone
from tests.release.container import UnpackedImage
from tests.unit.scripts.test_version import VERSION

pytestmark = pytest.mark.release

_PAGE = (CHECKOUT / "docs" / "releasing.md").read_text()


@pytest.fixture(scope="session")
def signed(made: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the release, its signature, and the file of who may sign."""
    directory = tmp_path_factory.mktemp("signed")
    _commands("Once", directory)
    for path in made.directory.iterdir():
        (directory / "dist").mkdir(exist_ok=True)
        os.link(path, directory / "dist" / path.name)
    _commands("Sign", directory)
    shutil.copy(directory / ".github" / "release_signers", directory / "dist")
    return directory / "dist"


def test_what_was_signed_is_verified(signed: Path) -> None:
    told = _verified(signed)
    assert 'Good "export-service" signature for releases with ED25519 key' in told.stdout
    assert told.stdout.count(": OK") == len(list(signed.iterdir())) - 3
    assert told.returncode == 0


def test_one_changed_byte_is_found(signed: Path, tmp_path: Path) -> None:
    lists = {"SHA256SUMS", "SHA256SUMS.sig"}
    files = {path.name for path in signed.iterdir()} - lists - {"release_signers"}
    assert len(files) >= 7
    for number, changed in enumerate(({"SHA256SUMS"}, {"SHA256SUMS.sig"}, files)):
        copy = tmp_path / str(number)
        shutil.copytree(signed, copy, copy_function=os.link)
        for name in changed:
            data = bytearray((signed / name).read_bytes())
            data[len(data) // 2] ^= 1
            (copy / name).unlink()
            (copy / name).write_bytes(data)
        told = _verified(copy)
        assert told.returncode != 0, changed
        found = {line.removesuffix(": FAILED") for line in told.stdout.splitlines()[1:]}
        assert found == (files if changed is files else set())


def test_nobody_else_can_sign(signed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    copy = tmp_path / "copy"
    shutil.copytree(signed, copy, copy_function=os.link)
    (copy / "SHA256SUMS.sig").unlink()
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(other), "-n", "export-service"]
    subprocess.run([*sign, str(copy / "SHA256SUMS")], check=True)
    assert _verified(copy).returncode != 0


def test_the_same_commit_makes_the_same_bytes(
    made: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    first, again = made.directory, tmp_path / "again"
    umask = os.umask(0o077)
    try:
        clone = tagged_clone(tmp_path / "another place")
        release(f"v{VERSION}", again, REPOSITORY, clone)
        if _debian_packages(first) != _debian_packages(again):
            # Debian brought out others meanwhile, as it does each day.
            first, again = again, tmp_path / "once more"
            release(f"v{VERSION}", again, REPOSITORY, clone)
    finally:
        os.umask(umask)
    assert _debian_packages(first) == _debian_packages(again)
    assert (again / "SHA256SUMS").read_text() == (first / "SHA256SUMS").read_text()


def _debian_packages(directory: Path) -> set[str]:
    bill = json.loads((directory / f"export-service-{VERSION}.cdx.json").read_bytes())
    purls: set[str] = {each.get("purl", "") for each in bill["components"]}
    return {purl for purl in purls if purl.startswith("pkg:deb/")}


def test_others_read_the_image_and_its_digest(made: Release) -> None:
    done = subprocess.run(
        ["skopeo", "inspect", f"oci-archive:{made.file('.oci.tar')}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["Digest"] == made.digest == made.file(".digest").read_text().strip()
    assert told["Labels"]["org.opencontainers.image.version"] == VERSION
    assert len(told["Layers"]) == 4


def test_what_only_builds_need_is_not_in_the_image(image: UnpackedImage) -> None:
    root = image.root
    for name in ("apt", "pip", "pip3", "npm", "node", "gcc", "curl"):
        assert not list(root.glob(f"usr/bin/{name}")), name
        assert not list(root.glob(f"opt/venv/bin/{name}")), name
    assert not list(root.glob("opt/venv/lib/*/site-packages/setuptools"))
    assert not list(root.glob("app/tests"))
    assert not (root / "etc" / "hostname").exists()


def test_the_chart_runs_this_very_image(made: Release, tmp_path: Path) -> None:
    package = str(made.file(".tgz"))
    smallest = next(str(path) for path in VALUES if path.name == "smallest.yaml")
    checked = helm("lint", "--strict", package, "--values", smallest)
    assert checked.returncode == 0, checked.stdout
    rendered = helm("template", "export", package, "--values", smallest)
    assert rendered.returncode == 0, rendered.stderr
    images = set(re.findall(r"^\s+image: \"?(\S+?)\"?$", rendered.stdout, re.MULTILINE))
    assert images == {f"{REPOSITORY}@{made.digest}"}

    packaged = helm("package", str(CHART), "--destination", str(tmp_path))
    assert packaged.returncode == 0, packaged.stderr
    with tarfile.open(tmp_path / Path(package).name) as theirs, tarfile.open(package) as ours:
        assert set(ours.getnames()) == set(theirs.getnames())


def test_the_wheels_hold_every_module_and_what_they_read(made: Release) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "workflows", "activities", "web"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    packed = set[str]()
    for wheel in made.directory.glob("*.whl"):
        packed |= set(zipfile.ZipFile(wheel).namelist())
    client = "web/client/"
    wanted = {name for name in listed if not name.startswith(client)} | {
        name.removeprefix(client) for name in listed if name.startswith(f"{client}export_client/")
    }
    assert wanted - packed == set()


def test_the_bill_lists_the_locked_packages_and_debians(
    made: Release, image: UnpackedImage
) -> None:
    text = made.file(".cdx.json").read_text()
    document = json.loads(text)
    version = SchemaVersion.from_version(document["specVersion"])
    assert JsonStrictValidator(version).validate_str(text) is None
    listed = _by_kind(document["components"])

    lock = (CHECKOUT / "requirements-runtime.lock").read_text()
    lines = [line.removesuffix("\\").strip() for line in lock.splitlines() if line[:1].isalnum()]
    needed = [each for each in map(Requirement, lines) if not each.marker or each.marker.evaluate()]
    assert listed["pypi"] == {(each.name, str(each.specifier)[2:]) for each in needed}
    hashes = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))
    for each in document["components"]:
        if each.get("purl", "").startswith("pkg:pypi/") and not each["bom-ref"].startswith("fonts"):
            [distribution] = each["externalReferences"]
            assert {found["content"] for found in distribution["hashes"]} <= hashes, each["name"]
            assert distribution["hashes"], each["name"]
            assert each["licenses"], each["name"]
    ours = document["metadata"]["component"]["bom-ref"]
    [depends] = [each["dependsOn"] for each in document["dependencies"] if each["ref"] == ours]
    assert len(depends) == len(document["components"])

    shown = subprocess.run(
        ["dpkg-query", "--admindir", str(image.root / "var" / "lib" / "dpkg"), "--show"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    there = {tuple(line.split("\t")) for line in shown.stdout.splitlines()}
    assert listed["deb"] == {(name.partition(":")[0], version) for name, version in there}
    assert document["metadata"]["component"]["version"] == VERSION
    assert made.digest in text


def test_the_notes_are_the_versions_section_of_the_changelog(made: Release) -> None:
    notes = made.file(".notes.md").read_text()
    changelog = (CHECKOUT / "CHANGELOG.md").read_text()
    assert notes.startswith("### ")
    assert "## [" not in notes
    assert notes in changelog.partition(f"## [{VERSION}]")[2]


def test_a_tag_alone_makes_and_signs_a_release() -> None:
    workflows = CHECKOUT / ".github" / "workflows"
    jobs = yaml.safe_load((workflows / "release.yml").read_text())
    # YAML takes the word for true.
    assert jobs[True] == {"push": {"tags": ["v*"]}}
    assert jobs["permissions"] == {}
    granted = {name: job.get("permissions") for name, job in jobs["jobs"].items()}
    assert granted == {
        "test": {"contents": "read"},
        "make": {"contents": "read"},
        "publish": {"contents": "write", "packages": "write"},
    }
    for path in workflows.iterdir():
        for used in re.findall(r"uses: (\S+)", path.read_text()):
            assert used.startswith("./") or re.fullmatch(r"\S+@[0-9a-f]{40}", used), used


def _by_kind(components: list[dict[str, Any]]) -> dict[str, set[tuple[str, str]]]:
    listed: dict[str, set[tuple[str, str]]] = {"pypi": set(), "deb": set()}
    for each in components:
        if not each["bom-ref"].startswith("fonts:"):
            kind = each["purl"].partition("/")[0].removeprefix("pkg:")
            listed[kind].add((each["name"], each["version"]))
    return listed


def _verified(directory: Path) -> "subprocess.CompletedProcess[str]":
    return _shell(_block("Verify"), directory)


def _commands(heading: str, directory: Path) -> None:
    done = _shell(_block(heading), directory)
    assert done.returncode == 0, done.stderr


def _block(heading: str) -> str:
    """The commands that docs/releasing.md gives under a heading."""
    found = re.search(rf"^## {heading}\b.*?^```bash\n(.*?)^```", _PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def _shell(commands: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", commands],
        cwd=directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
