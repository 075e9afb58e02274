"""Units of single blocks that go over several pages: each page comes once, and each word."""

import random
import re
from collections.abc import Callable

import pypdfium2
import pytest

from activities.documents.design.tokens import LookName
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import render
from activities.formats.testing.items import item, plain_item
from activities.model.content import Item

_WORD = re.compile(r"[wn]\d+")
_FOLIO = re.compile(r"\b(\d+) ?/\s*(\d+)\b")
LOOKS: tuple[LookName, ...] = ("standard", "large", "ink", "dyslexia")


class Words:
    """Gives words each of which there is once, in running text and in footnotes."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.in_text: list[str] = []
        self.in_notes: list[str] = []

    def text(self, most: int) -> str:
        return " ".join([self._word(self.in_text, "w") for _ in range(self._count(most))])

    def note(self) -> str:
        return " ".join([self._word(self.in_notes, "n") for _ in range(self._count(60))])

    def _count(self, most: int) -> int:
        return self.chance.randint(most // 3, most)

    def _word(self, words: list[str], kind: str) -> str:
        words.append(f"{kind}{len(words)}")
        return words[-1]


def paragraph(words: Words) -> str:
    return words.text(3000)


def linked(words: Words) -> str:
    return " ".join([f"{words.text(4)} [{words.text(2)}](https://example.org)" for _ in range(500)])


def listing(words: Words) -> str:
    return "\n".join([f"- {words.text(80)}" for _ in range(60)])


def items_of_pages(words: Words) -> str:
    return "\n".join([f"1. {words.text(1500)}" for _ in range(3)])


def quotation(words: Words) -> str:
    return f"> [!NOTE]\n> {words.text(2500)}"


def table(words: Words) -> str:
    rows = [f"| {words.text(3)} | {words.text(3)} |" for _ in range(150)]
    return "\n".join(["| a | b |", "|---|---|", *rows])


def code(words: Words) -> str:
    return "\n".join(["```", *[words.text(6) for _ in range(180)], "```"])


def noted(words: Words) -> str:
    """A long paragraph with notes, which are defined behind it."""
    text, notes = [], []
    for number in range(words.chance.randint(1, 30)):
        text.append(f"{words.text(120)}.[^{number}]")
        notes.append(f"[^{number}]: {words.note()}")
    return "\n\n".join([" ".join(text), *notes])


BLOCKS: list[Callable[[Words], str]] = [
    paragraph,
    linked,
    listing,
    items_of_pages,
    quotation,
    table,
    code,
    noted,
]


def pages_of(items: list[Item], options: PdfOptions) -> list[str]:
    file = pypdfium2.PdfDocument(render("pdf", items, options)[0])
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in file]


def assert_once(pages: list[str], words: Words) -> None:
    folios = [found.groups() for page in pages for found in _FOLIO.finditer(page)]
    assert folios == [(str(page), str(len(pages))) for page in range(1, len(pages) + 1)]
    found = _WORD.findall("\n".join(pages))
    assert [word for word in found if word[0] == "w"] == words.in_text
    assert [word for word in found if word[0] == "n"] == words.in_notes


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.__name__)
def test_each_page_of_one_long_block_comes_once(block: Callable[[Words], str]) -> None:
    words = Words(BLOCKS.index(block))
    assert_once(pages_of([item(study_guide=block(words))], PdfOptions()), words)


@pytest.mark.parametrize("seed", range(4))
def test_each_page_of_long_blocks_comes_once(seed: int) -> None:
    words = Words(seed)
    kinds = words.chance.choices(BLOCKS[:-1], k=2)
    long = item(study_guide="\n\n".join([kind(words) for kind in kinds]))
    assert_once(pages_of([long], PdfOptions(look=LOOKS[seed])), words)


def test_pages_of_a_book_come_once_after_a_long_block() -> None:
    text = "Words [on](https://example.org) and on. " * 700
    pages = pages_of([item(study_guide=text), plain_item()], PdfOptions())
    folios = [found.groups() for page in pages for found in _FOLIO.finditer(page)]
    assert folios == [(str(page), str(len(pages))) for page in range(2, len(pages) + 1)]
    assert "".join(pages).count("Words on and on.") == 700


@pytest.mark.parametrize("lines", range(6))
def test_long_paragraphs_end_with_five_lines_on_their_last_page(lines: int) -> None:
    text = "Words on and on and on. " * (506 + 2 * lines)
    last = pages_of([item(study_guide=text)], PdfOptions())[-1]
    assert sum(bool(re.search(r"\bon\b", line)) for line in last.splitlines()) >= 5
