"""Common Cartridges keep their rules, and those that no schema tells."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.judges.cartridges import faults
from tests.judges.conformance import Conformance, Judge
from tests.judges.documents import CONTENTS, Files

pytestmark = pytest.mark.judges

JUDGE = Judge("checks of the project", "", "a cartridge that importers take whole (CC 1.1)")
_CONTENTS = [name for name in CONTENTS if "imscc" in CONTENTS[name].formats]


@pytest.mark.parametrize("lms_answers", ["none", "feedback"])
@pytest.mark.parametrize("content", _CONTENTS)
def test_each_cartridge_keeps_the_rules(
    content: str, lms_answers: str, files: Files, conformance: Conformance
) -> None:
    found = faults(files.of("imscc", {"lms_answers": lms_answers})[content])

    conformance.judged(JUDGE, "the IMSCC files", 1, found)
    assert found == []


Damage = Callable[[str, bytes], bytes]
_MANIFEST, _BANK = "imsmanifest.xml", "question_bank.xml"
_CHILD = b'</title><item identifier="x"><title>y</title></item></item>'


def _another(old: bytes, new: bytes, name: str = _MANIFEST) -> Damage:
    def change(member: str, data: bytes) -> bytes:
        return data.replace(old, new, 1) if member.endswith(name) else data

    return change


def _twice(member: str, data: bytes) -> bytes:
    start, end = data.find(b"<item ident"), data.find(b"</item>") + len(b"</item>")
    return data[:end] + data[start:end] + data[end:] if member == _BANK else data


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_another(b'identifierref="r_', b'identifierref="gone_'), "leads nowhere"),
        (_another(b'identifier="i_', b'identifier="1:'), "is no name"),
        (_another(b"<schemaversion>1.1.0", b"<schemaversion>1.9"), _MANIFEST),
        (_another(b"</title></item>", _CHILD), "is a folder and shows something"),
        (_another(b'.html"/>', b'.htm"/>'), "alone"),
        (_another(b"cc.essay.v0p1", b"cc.essay.v9", _BANK), _BANK),
        (_another(b"&lt;/p&gt;", b"&lt;/b&gt;", _BANK), _BANK),
        (_twice, "is there 2 times"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(
    damage: Damage,
    told: str,
    files: Files,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    damaged = tmp_path / "damaged.imscc"
    with ZipFile(files.of("imscc")["one item"]) as whole, ZipFile(damaged, "w") as package:
        for name in whole.namelist():
            package.writestr(name, damage(name, whole.read(name)))

    found = faults(damaged)
    assert any(told in each for each in found), found
    conformance.planted(JUDGE)
