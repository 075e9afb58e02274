"""What looks do for their readers: room between letters, large cards, numbers without areas."""

import io
import shutil
import subprocess
from typing import Any

import pikepdf
import pypdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from pdfminer.high_level import extract_text

from activities.documents.design.tokens import TOKENS
from activities.formats.fonts import find_font
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import item
from activities.model.content import Flashcard
from tests.unit.formats.pdf.placed_characters import placed_characters
from tests.unit.formats.pdf.structure_checker import StructureChecker

pytestmark = pytest.mark.skipif(
    find_font("legible") is None, reason="python -m activities.formats.fonts fetches the fonts"
)

SENTENCE = "Difficult affairs in Avignon: the flow of fifty office staff; Ωμέγα and Волга, naïve."
CARDS = [Flashcard(f"Question {n}", f"Reply {n}", tags=["tag"]) for n in range(1, 7)]


def file(look: Any, **options: Any) -> bytes:
    content = [item(f"content-{n}", study_guide=SENTENCE, flashcards=CARDS) for n in (1, 2)]
    return render("pdf", content, PdfOptions(look=look, **options))[0]


def advances(look: Any) -> dict[str, float]:
    """How wide each letter is, with the room beside it, in em."""
    size = TOKENS.types_of(look)["body"].size
    return {
        char.get_text(): (char.x1 - char.x0) / size
        for char in placed_characters(file(look))
        if char.matrix[0] == size and char.fontname.endswith("Next-Regular")
    }


def test_letters_and_words_stand_apart_for_readers_with_dyslexia() -> None:
    usual, apart = advances("large"), advances("dyslexia")
    look = TOKENS.looks["dyslexia"]
    more = look.tracking / TOKENS.types_of("dyslexia")["body"].size
    assert more > 0.015
    for letter in "Anhc":
        assert apart[letter] - usual[letter] == pytest.approx(more, abs=0.002)
    assert apart[" "] == pytest.approx(usual[" "] * look.word_space + more, abs=0.002)


def test_text_that_stands_apart_is_found_and_copied() -> None:
    data = file("dyslexia")
    words = set(SENTENCE.split())
    readers = [
        extract_text(io.BytesIO(data)),
        " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages),
    ]
    if shutil.which("pdftotext"):
        told = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
        readers.append(told.stdout.decode())
    for text in readers:
        assert words <= set(text.split())
    assert StructureChecker(data).check() == []
    assert data == file("dyslexia")


def test_fonts_say_in_themselves_how_far_their_letters_stand_apart() -> None:
    with pikepdf.open(io.BytesIO(file("dyslexia"))) as pdf:
        fonts = [
            found
            for found in pdf.objects
            if isinstance(found, pikepdf.Dictionary) and found.get("/Subtype") == "/CIDFontType2"
        ]
        [font] = [font for font in fonts if str(font.BaseFont).endswith("Next-Regular")]
        embedded = io.BytesIO(bytes(font.FontDescriptor.FontFile2.read_bytes()))
        glyphs = bytes(font.CIDToGIDMap.read_bytes())
        widths: dict[int, int] = {}
        entries = list(font.W)
        for start, row in zip(entries[::2], entries[1::2], strict=True):
            widths.update(enumerate(map(int, row), int(start)))
    program = TTFont(embedded)
    order, metrics = program.getGlyphOrder(), program["hmtx"].metrics
    scale = 1000 / program["head"].unitsPerEm
    for code, width in widths.items():
        glyph = order[int.from_bytes(glyphs[2 * code : 2 * code + 2], "big")]
        assert width == pytest.approx(metrics[glyph][0] * scale, abs=1)


def test_large_cards_are_four_a_sheet_and_their_tags_have_no_pills() -> None:
    data = file("large", cards="cutout")
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    fronts = [text.count("Question ") for text in pages if "Question 1" in text]
    assert fronts == [4, 4]
    assert any("each sheet gives 4 cards" in text for text in pages)
    assert any("gives 8 cards" in text for text in texts_of(file("standard", cards="cutout")))
    # Neither lines around tags, which curve, nor small text.
    backs = next(n for n, text in enumerate(pages) if "Reply 1" in text)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        curved = [
            str(instruction.operator) in {"c", "v", "y"}
            for instruction in pikepdf.parse_content_stream(pdf.pages[backs])
        ]
    # Four curves for each of the badges alone.
    assert sum(curved) == 4 * 4
    sizes = {round(char.matrix[0]) for char in placed_characters(data) if char.get_text().isalpha()}
    assert min(sizes) >= 16


def texts_of(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


@pytest.mark.parametrize(("look", "outlined"), [("standard", False), ("ink", True)])
def test_where_ink_is_saved_the_number_of_a_unit_is_an_outline(
    look: Any, *, outlined: bool
) -> None:
    with pikepdf.open(io.BytesIO(file(look))) as pdf:
        opener = pdf.pages[2]
        size, mode, saved = 0.0, 0, [0]
        modes: dict[float, int] = {}
        for instruction in pikepdf.parse_content_stream(opener):
            operator = str(instruction.operator)
            if operator == "q":
                saved.append(mode)
            elif operator == "Q":
                mode = saved.pop()
            elif operator == "Tr":
                mode = int(instruction.operands[0])
            elif operator == "Tm":
                size = float(instruction.operands[0])
            elif operator == "TJ":
                modes[size] = mode
    assert modes.pop(200.0) == outlined
    # The lines of letters to read are filled.
    assert set(modes.values()) == {0}


@pytest.mark.parametrize(("look", "filled"), [("standard", True), ("ink", False)])
def test_where_ink_is_saved_the_tab_of_a_unit_is_an_outline(look: Any, *, filled: bool) -> None:
    with pypdfium2.PdfDocument(file(look)) as pdf:
        picture = pdf[3].render(scale=2).to_pil().convert("L")
    # A stripe at the outer edge, above the number of the second unit.
    right = picture.width
    darkest, brightest = picture.crop((right - 20, 2 * 130, right - 4, 2 * 134)).getextrema()
    assert (brightest < 200) is filled
    assert (darkest > 250) is not filled
