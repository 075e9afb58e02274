"""A release has one version, wherever it is written."""

import re
import tomllib

from scripts.dev.environment import CHECKOUT

VERSION: str = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]


def test_the_newest_release_in_the_changelog_is_this_version() -> None:
    changelog = (CHECKOUT / "CHANGELOG.md").read_text()
    first, second = re.findall(r"^## \[(.+?)\](.*)$", changelog, re.MULTILINE)[:2]
    assert first == ("Unreleased", "")
    assert second[0] == VERSION
    assert re.fullmatch(r" - \d{4}-\d\d-\d\d", second[1])


def test_the_image_is_named_after_this_version() -> None:
    compose = (CHECKOUT / "docker-compose.yml").read_text()
    assert re.findall(r"image: export-service:(.+)", compose) == [VERSION]
