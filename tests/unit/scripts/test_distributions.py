"""The checkout makes two distributions, the service and its client, and nothing is in both."""

import tomllib
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from setuptools import find_namespace_packages  # type: ignore[import-untyped]

from scripts.dev.environment import CHECKOUT


def described(name: str) -> dict[str, Any]:
    return tomllib.loads((CHECKOUT / name / "pyproject.toml").read_text())


SERVICE, CLIENT = described("."), described("web/client")


def test_the_service_holds_nothing_of_the_client() -> None:
    found = SERVICE["tool"]["setuptools"]["packages"]["find"]
    packages = find_namespace_packages(str(CHECKOUT), found["exclude"], found["include"])
    assert "web.routes" in packages
    assert [name for name in packages if "client" in name] == []
    assert "export-client" not in SERVICE["project"].get("scripts", {})


def test_both_have_the_same_version() -> None:
    assert CLIENT["project"]["version"] == SERVICE["project"]["version"]


def test_the_client_needs_little_and_bounds_it() -> None:
    needed = {
        canonicalize_name(each.name): each.specifier
        for each in map(Requirement, CLIENT["project"]["dependencies"])
    }
    assert set(needed) == {"httpx", "msgspec", "stamina"}
    for bounds in needed.values():
        assert {each.operator for each in bounds} == {">=", "<"}
