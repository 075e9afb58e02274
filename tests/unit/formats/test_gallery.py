"""The difficult items in every format, by readers that the renderers do not use."""

import csv
import io
import json
import re
from collections.abc import Callable
from zipfile import ZipFile

import pypdf
import pytest
from docx2python import docx2python
from python_calamine import CalamineWorkbook

from activities.formats.testing import render
from tests.corpus.words import page_text, text_of
from tests.sample_items import difficult_items

WORDS = {
    "content-full": ["Explain ATP synthesis", "thylakoid", "The most common protein on earth"],
    "content-zh": ["光合作用", "植物把光能转化为化学能", "因为叶绿素反射绿光"],
    "content-ar": ["التمثيل الضوئي"],
    "content-hi": ["प्रकाश संश्लेषण"],
    "content-el": ["Φωτοσύνθεση", "Λόγω της χλωροφύλλης"],
    "content-hostile": ["quoted", "never closed"],
    "content-texts": ["spaces around"],
    "content-large": [
        "Donaudampfschifffahrtsgesellschaft",
        "column 23",
        "14161",
        "level 12",
        "source 29",
        "Card 59",
    ],
}
"""Text that every format shows of each item, as people read it."""


def of_json(data: bytes) -> str:
    exported = json.loads(data)
    assert exported["export"]["counts"]["items"] == len(exported["items"])
    # Text is Markdown there.
    return json.dumps(exported["items"], ensure_ascii=False).replace("`", "").replace("**", "")


def of_csv(data: bytes) -> str:
    table = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    return "\n".join(cell for row in table for cell in row)


def of_docx(data: bytes) -> str:
    with docx2python(io.BytesIO(data)) as read:
        # That reader writes links so; all other brackets are the content's own.
        return re.sub(r'<a href="[^"]*">|</a>', "", read.text)


def of_xlsx(data: bytes) -> str:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    return "\n".join(str(cell) for rows in sheets for row in rows for cell in row)


def of_pdf(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def of_html(data: bytes) -> str:
    return page_text(data.decode())


def of_epub(data: bytes) -> str:
    with ZipFile(io.BytesIO(data)) as book:
        pages = [book.read(name) for name in book.namelist() if name.endswith(".xhtml")]
    return "\n".join(page_text(page.decode()) for page in pages)


def of_markdown(data: bytes) -> str:
    return text_of("markdown", data)


READERS: dict[str, Callable[[bytes], str]] = {
    "json": of_json,
    "csv": of_csv,
    "pdf": of_pdf,
    "docx": of_docx,
    "xlsx": of_xlsx,
    "txt": bytes.decode,
    "html": of_html,
    "epub": of_epub,
    "markdown": of_markdown,
}


@pytest.mark.parametrize("format_id", READERS)
def test_every_item_can_be_read(format_id: str) -> None:
    items = difficult_items()
    assert {each.id for each in items} == WORDS.keys()
    data, _ = render(format_id, items)
    text = squeezed(READERS[format_id](data))
    # Letters of these scripts stand in a PDF in another order than they are read; the tests of
    # the PDF know which.
    unordered = {"content-ar", "content-hi"} if format_id == "pdf" else set()
    missing = [
        words
        for item_id, expected in WORDS.items()
        for words in expected
        if item_id not in unordered and squeezed(words) not in text
    ]
    assert missing == []


def squeezed(text: str) -> str:
    """Without white space and the signs of hyphenation: where lines end is the format's choice."""
    return re.sub(r"[\s\u00ad]|\\n", "", text)
