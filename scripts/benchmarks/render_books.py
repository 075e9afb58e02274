"""EPUB by EbookLib, as its guide shows it, and ours as what HTML is compared with.

What that process of EbookLib takes to start is in its time.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import BinaryIO, Final

from activities.documents import model
from activities.documents.plain import plain_blocks, plain_runs
from activities.formats.epub.renderer import RENDERER
from activities.formats.protocol import Export
from activities.model.content import Item
from activities.model.options import PictureOptions
from activities.model.warnings import Report
from scripts.benchmarks.render_documents import SNAPSHOT_TIME, blocks, documents, texts
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
        (plain_runs(each.title.runs), "".join(_html(each))) for each in documents(items, report)
    ]
    run_writer(_PROGRAM, chapters, out)


def _html(document: model.Document) -> Iterator[str]:
    yield f"<h1>{_runs(document.title.runs)}</h1>"
    for block in blocks(document):
        match block:
            case model.Heading(level=level, runs=runs):
                yield f"<h{level}>{_runs(runs)}</h{level}>"
            case model.ListBlock(items=entries):
                shown = (f"<li>{escape(plain_blocks(entry.blocks))}</li>" for entry in entries)
                yield f"<ul>{''.join(shown)}</ul>"
            case model.Table(shown_rows=rows):
                cells = ("".join(f"<td>{_runs(cell)}</td>" for cell in row) for row in rows)
                yield f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
            case model.CodeBlock(text=text):
                yield f"<pre>{escape(text)}</pre>"
            case model.Paragraph(runs=runs):
                yield f"<p>{_runs(runs)}</p>"
            case _:
                yield from (f"<p>{escape(text)}</p>" for text in texts(block))


def _runs(runs: model.Runs) -> str:
    return "".join(map(_run, runs))


def _run(run: model.Run) -> str:
    text = escape(run.text)
    for name, wanted in (("code", run.code), ("strong", run.strong), ("em", run.emphasis)):
        if wanted:
            text = f"<{name}>{text}</{name}>"
    return text


def our_epub(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """EPUB by the service."""
    options = PictureOptions(include_metadata=True, include_quality_metrics=True)
    RENDERER.write(items, Export(options, 2, SNAPSHOT_TIME, "Course export"), out, report)
