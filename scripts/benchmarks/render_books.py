"""EPUB by EbookLib, as its guide shows it, and ours as what HTML is compared with.

What that process of EbookLib takes to start is in its time.
"""

from collections.abc import Iterable
from typing import BinaryIO, Final

from activities.documents.plain import plain_runs
from activities.formats.epub.renderer import RENDERER
from activities.formats.protocol import Export
from activities.model.content import Item
from activities.model.options import PictureOptions
from activities.model.warnings import Report
from scripts.benchmarks.plain_html import html_blocks
from scripts.benchmarks.render_documents import SNAPSHOT_TIME, documents
from scripts.benchmarks.render_writers import run_writer

EBOOKLIB: Final = "EbookLib"

_PROGRAM: Final = """
import json, sys
from ebooklib import epub
book = epub.EpubBook()
book.set_identifier("bench")
book.set_title("Course export")
book.set_language("en")
chapters = []
for number, (title, body) in enumerate(json.load(sys.stdin)):
    chapter = epub.EpubHtml(title=title, file_name=f"chapter{number}.xhtml", lang="en")
    chapter.content = body
    book.add_item(chapter)
    chapters.append(chapter)
book.toc = chapters
book.add_item(epub.EpubNcx())
book.add_item(epub.EpubNav())
book.spine = ["nav", *chapters]
epub.write_epub(sys.argv[1], book)
"""


def ebooklib(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """A chapter an item, of the plainest HTML."""
    chapters = [
        (plain_runs(each.title.runs), "".join(html_blocks(each)))
        for each in documents(items, report)
    ]
    run_writer(_PROGRAM, chapters, out)


def our_epub(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """EPUB by the service."""
    options = PictureOptions(include_metadata=True, include_quality_metrics=True)
    RENDERER.write(items, Export(options, 2, SNAPSHOT_TIME, "Course export"), out, report)
