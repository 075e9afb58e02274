"""What a PDF says of the standard that it keeps to, and what programs read of its formulas."""

import io
from xml.etree import ElementTree

import pikepdf
import pytest

from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import item

GUIDE = """# One

A formula $\\frac{1}{2}$, a [jump](#two), a note[^1].

$$\\frac{1}{2}$$

## Two

Text.

[^1]: The note.
"""
CLAIMS = {
    "ua-1": ["<pdfuaid:part>1<"],
    "ua-2": ["<pdfuaid:part>2<", "<pdfuaid:rev>2024<"],
    "a-2a": ["<pdfuaid:part>1<", "<pdfaid:part>2<", "<pdfaid:conformance>A<"],
}


def made(standard: str, language: str = "en", **options: object) -> pikepdf.Pdf:
    chosen = PdfOptions(pdf_standard=standard, **options)  # type: ignore[arg-type]
    data, _ = render("pdf", [item(language=language, study_guide=GUIDE)], options=chosen)
    return pikepdf.open(io.BytesIO(data))


@pytest.mark.parametrize("standard", CLAIMS)
def test_the_metadata_claims_the_standard(standard: str) -> None:
    with made(standard) as pdf:
        told = pdf.Root.Metadata.read_bytes().decode()
        assert pdf.pdf_version == ("2.0" if standard == "ua-2" else "1.7")
    assert [claim for claim in CLAIMS[standard] if claim not in told] == []


@pytest.mark.parametrize("standard", CLAIMS)
def test_nothing_is_claimed_without_tags_or_a_language_and_the_latter_is_told(
    standard: str,
) -> None:
    with made(standard, tagged=False) as pdf:
        assert b"pdfuaid" not in pdf.Root.Metadata.read_bytes()
    chosen = PdfOptions(pdf_standard=standard)  # type: ignore[arg-type]
    data, warnings = render("pdf", [item(language="und", study_guide="x")], options=chosen)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert b"pdfuaid" not in pdf.Root.Metadata.read_bytes()
    told = [warning.code for warning in warnings]
    assert told == ([] if standard == "ua-1" else ["standard-not-claimed"])


def test_links_and_bookmarks_of_pdf_2_lead_to_elements_and_to_pages() -> None:
    with made("ua-2") as pdf:
        actions = [
            entry.A
            for page in pdf.pages
            for entry in page.get("/Annots", [])
            if "/URI" not in entry.A
        ]
        actions.append(pdf.Root.Outlines.First.A)
        led_to = {str(action.SD[0].S) for action in actions}
        pages = {page.objgen for page in pdf.pages}
        assert {action.D[0].objgen for action in actions} <= pages
    assert led_to == {"/H1", "/H4", "/FENote"}


@pytest.mark.parametrize("standard", CLAIMS)
def test_formulas_have_words_and_but_for_archives_mathml(standard: str) -> None:
    with made(standard, language="de") as pdf:
        formulas = [
            each
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Formula"
        ]
        assert [str(formula.Alt) for formula in formulas] == ["1 durch 2", "1 durch 2"]
        files = {
            formula.AF[0].EF.F.objgen: formula.AF[0].EF.F.read_bytes()
            for formula in formulas
            if "/AF" in formula
        }
    if standard == "a-2a":
        assert files == {}
        return
    [mathml] = files.values()
    math = ElementTree.fromstring(mathml)
    assert math.tag == "{http://www.w3.org/1998/Math/MathML}math"
    assert [each.text for each in math.iter() if each.text] == ["1", "2"]


def test_characters_for_private_use_are_told_and_end_the_claim_to_pdf_ua_2_alone() -> None:
    private = [item("a", study_guide="plain"), item("b", study_guide="\ue000 and \ue001")]
    claims = {}
    for standard in CLAIMS:
        chosen = PdfOptions(pdf_standard=standard)  # type: ignore[arg-type]
        data, warnings = render("pdf", private, options=chosen)
        with pikepdf.open(io.BytesIO(data)) as pdf:
            claims[standard] = b"pdfuaid" in pdf.Root.Metadata.read_bytes()
        told = [warning.item_id for warning in warnings if warning.code == "standard-not-claimed"]
        assert told == ([] if claims[standard] else ["b"])
    assert claims == {"ua-1": True, "ua-2": False, "a-2a": True}
