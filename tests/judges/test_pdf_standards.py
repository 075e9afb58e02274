"""PDF exports keep the standards that they claim, by veraPDF."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pikepdf
import pytest

from tests.judges.conformance import Conformance
from tests.judges.documents import CONTENTS, Files, made
from tests.judges.verapdf import Standard, judge_of, validate

pytestmark = pytest.mark.judges

STANDARDS: Final = [
    Standard("PDF/UA-1 (ISO 14289-1)", "ua1"),
    Standard("PDF/UA-2 (ISO 14289-2)", "ua2", {"pdf_standard": "ua-2"}),
    Standard("PDF/A-2a (ISO 19005-2)", "2a", {"pdf_standard": "a-2a"}),
]

_NO_LANGUAGE: Final = "its language cannot be told, so the file does not claim to keep the standard"
_PRIVATE_USE: Final = (
    "what characters of private use mean only their author knows, so they are told as they were "
    "written, and the file does not claim to keep the standard"
)
EXCEPTIONS: Final = {
    "ua1": {"an attacker's item, 5-1": _NO_LANGUAGE},
    "ua2": {
        "an attacker's item, 5-1": _NO_LANGUAGE,
        "every plane of Unicode, 5-1": _PRIVATE_USE,
        "every plane of Unicode, 8.4.3-2": _PRIVATE_USE,
    },
    "2a": {"an attacker's item, 6.6.4-1": _NO_LANGUAGE},
}
"""By profile: the rules that files break, and why."""


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda standard: standard.profile)
def test_each_file_keeps_the_standard(
    standard: Standard, files: Files, conformance: Conformance
) -> None:
    judge, exceptions = judge_of(standard), EXCEPTIONS.get(standard.profile, {})
    made = files.of("pdf", standard.options)
    reports = validate(standard, made.values())
    found: dict[str, str] = {}
    for name, path in made.items():
        told = {f"{name}, {rule}": why for rule, why in reports[path].broken.items()}
        unexplained = told.keys() - exceptions.keys()
        conformance.judged(judge, "the PDF files", reports[path].checks, unexplained)
        found |= told
    conformance.excepted(judge, exceptions)

    assert {place: why for place, why in found.items() if place not in exceptions} == {}
    assert exceptions.keys() <= found.keys()


def _no_description(pdf: pikepdf.Pdf) -> None:
    for element in pdf.objects:
        if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/Figure":
            del element["/Alt"]


def _no_language(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/Lang"]


def _no_parents(pdf: pikepdf.Pdf) -> None:
    pdf.Root.StructTreeRoot.ParentTree = pikepdf.Dictionary(Nums=[])


def _no_claim(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/Metadata"]


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (_no_description, "7.3-1"),
        (_no_language, "7.2-34"),
        (_no_parents, "7.1-3"),
        (_no_claim, "7.1-8"),
    ],
)
def test_a_damaged_file_is_found(
    damage: Callable[[pikepdf.Pdf], None],
    rule: str,
    files: Files,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    [standard] = [each for each in STANDARDS if each.profile == "ua1"]
    damaged = tmp_path / "damaged.pdf"
    with pikepdf.open(files.of("pdf")["pictures"]) as pdf:
        damage(pdf)
        pdf.save(damaged)

    assert rule in validate(standard, [damaged])[damaged].broken
    conformance.planted(judge_of(standard))


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda standard: standard.profile)
def test_a_file_for_print_alone_is_found(
    standard: Standard, tmp_path: Path, conformance: Conformance
) -> None:
    untagged = tmp_path / "untagged.pdf"
    untagged.write_bytes(made("pdf", list(CONTENTS["one item"].items()), {"tagged": False}))

    assert validate(standard, [untagged])[untagged].broken
    conformance.planted(judge_of(standard))
