"""The lock files: all that the project needs, in versions that it allows, the same in both."""

import json
import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.dev.environment import CHECKOUT

PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z0-9,]+\])?==(\S+)( ;.*?)? \\$", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    """Versions by package."""
    return {pin[1]: pin[2] for pin in PIN.finditer((CHECKOUT / name).read_text())}


def declared() -> tuple[list[str], list[str]]:
    """What the service needs to run, and what else its development needs."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    return project["dependencies"], project["optional-dependencies"]["dev"]


def test_every_dependency_is_locked_in_a_version_that_it_allows() -> None:
    needed, development = declared()
    client = tomllib.loads((CHECKOUT / "web" / "client" / "pyproject.toml").read_text())["project"]
    needed += client["dependencies"]
    build = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["build-system"]["requires"]
    for name, wanted in (
        ("requirements.lock", [*needed, *development]),
        ("requirements-build.lock", build),
        ("requirements-runtime.lock", needed),
    ):
        versions = locked(name)
        for requirement in map(Requirement, wanted):
            package = canonicalize_name(requirement.name)
            assert package in versions, (name, package)
            assert requirement.specifier.contains(versions[package]), package


def test_what_is_deployed_is_what_is_tested() -> None:
    tested, deployed = locked("requirements.lock"), locked("requirements-runtime.lock")
    assert deployed.items() <= tested.items()
    assert locked("requirements-build.lock").items() <= tested.items()
    assert "pytest" not in deployed


def test_locks_name_no_index() -> None:
    for name in (
        "requirements.lock",
        "requirements-runtime.lock",
        "requirements-build.lock",
        "tests/judges/requirements.lock",
        "tests/judges/maven.lock",
    ):
        text = (CHECKOUT / name).read_text()
        assert "://" not in text
        assert "--index" not in text


def test_packages_of_npm_are_locked_by_hash_and_name_no_registry() -> None:
    lock = json.loads((CHECKOUT / "tests" / "judges" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}

    assert len(packages) > 100
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
