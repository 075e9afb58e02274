"""PDF exports are well formed, by qpdf and pdfcpu."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pikepdf
import pytest

from tests.judges.conformance import Conformance, Judge
from tests.judges.documents import Files
from tests.judges.tools import go_program, run

pytestmark = pytest.mark.judges

_PDFCPU_VERSION: Final = "v0.15.0"


def qpdf(file: Path) -> list[str]:
    """What `qpdf --check` says, by the library of pikepdf."""
    try:
        with pikepdf.open(file) as pdf:
            found = pdf.check_pdf_syntax()
            return [*map(str, pdf.get_warnings()), *found]
    except pikepdf.PdfError as error:
        return [str(error)]


def pdfcpu(file: Path) -> list[str]:
    """What `pdfcpu validate` says in its strict mode."""
    program = go_program("github.com/pdfcpu/pdfcpu/cmd/pdfcpu", _PDFCPU_VERSION)
    options = ["--conf", "disable", "--offline", "--mode", "strict"]
    done = run([program, "validate", *options, file], file.parent)
    told = done.stdout + done.stderr
    return [] if done.returncode == 0 and "validation ok" in told else told.splitlines()


JUDGES: Final[dict[Callable[[Path], list[str]], Judge]] = {
    qpdf: Judge("qpdf", pikepdf.__libqpdf_version__, "well-formed PDF (ISO 32000)"),
    pdfcpu: Judge("pdfcpu, strict", _PDFCPU_VERSION, "well-formed PDF (ISO 32000)"),
}


@pytest.mark.parametrize("judge", JUDGES)
def test_each_file_is_well_formed(
    judge: Callable[[Path], list[str]], files: Files, conformance: Conformance
) -> None:
    found = {name: judge(file) for name, file in files.of("pdf").items()}
    for each in found.values():
        conformance.judged(JUDGES[judge], "the PDF files", 1, each)

    assert {name: each for name, each in found.items() if each} == {}


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _wrong_table(data: bytes) -> bytes:
    """The table of objects is not where the file's end says."""
    return re.sub(rb"(?<=startxref\n)\d+", lambda at: b"%d" % (int(at[0]) - 9), data)


def _wrong_length(data: bytes) -> bytes:
    """Each stream says that it is longer than it is."""
    return re.sub(rb"/Length (\d+)", lambda at: b"/Length 1%s" % at[1], data)


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("damage", [_cut, _wrong_table, _wrong_length])
def test_a_planted_fault_is_found(
    judge: Callable[[Path], list[str]],
    damage: Callable[[bytes], bytes],
    files: Files,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    data = files.of("pdf")["one item"].read_bytes()
    damaged = tmp_path / "damaged.pdf"
    damaged.write_bytes(damage(data))
    assert damage(data) != data

    assert judge(damaged)
    conformance.planted(JUDGES[judge])
