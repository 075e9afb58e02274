"""Files with a receipt within keep the standards that those without one keep."""

from pathlib import Path

import pikepdf
import pytest

from activities.formats.testing import RECEIPT, render
from activities.formats.testing.items import full_item
from activities.model.job_formats import options_type
from tests.judges.test_epub import faults
from tests.judges.test_pdf_standards import STANDARDS
from tests.judges.verapdf import Standard, validate

pytestmark = pytest.mark.judges


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda standard: standard.profile)
def test_a_pdf_with_a_receipt_keeps_the_standard(standard: Standard, tmp_path: Path) -> None:
    options = options_type("pdf")(receipt=True, **standard.options)
    data, warnings = render("pdf", [full_item()], options)
    path = tmp_path / "receipt.pdf"
    path.write_bytes(data)
    with pikepdf.open(path) as pdf:
        within = [each.get_file().read_bytes() for each in pdf.attachments.values()]

    is_told = any(each.code == "receipt-not-attached" for each in warnings)
    assert within == ([] if is_told else [RECEIPT])
    assert is_told == (standard.profile == "2a")
    assert validate(standard, [path])[path].broken == {}


def test_a_book_with_a_receipt_is_valid(tmp_path: Path) -> None:
    data, _ = render("epub", [full_item()], options_type("epub")(receipt=True))
    path = tmp_path / "receipt.epub"
    path.write_bytes(data)

    assert faults(path) == []
