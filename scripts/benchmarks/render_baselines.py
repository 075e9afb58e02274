"""Renderers as anybody would write them first, with the same libraries and the same documents.

Each takes the neutral documents that the service's own renderers start from, so that a ratio
compares layout with layout and not Markdown with Markdown.
"""

import csv
import io
import json
import subprocess
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, cast
from xml.sax.saxutils import escape

import docx
import msgspec
import openpyxl
from docx.document import Document as WordDocument
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle, StyleSheet1, getSampleStyleSheet
from reportlab.platypus import (
    Flowable,
    ListFlowable,
    PageBreak,
    Paragraph,
    Preformatted,
    SimpleDocTemplate,
    Table,
)

from activities.documents import model
from activities.documents.plain import plain_blocks, plain_runs
from activities.model.content import Item
from activities.model.warnings import Report
from scripts.benchmarks.render_books import EBOOKLIB, ebooklib, our_epub
from scripts.benchmarks.render_case import Baseline
from scripts.benchmarks.render_decks import GENANKI, genanki, tab_separated
from scripts.benchmarks.render_documents import blocks, documents, texts
from scripts.benchmarks.render_rows import RUST_WRITER, openpyxl_styled_rows, rust_rows
from scripts.benchmarks.render_typesetters import TYPST, WEASYPRINT, typst_pdf, weasyprint_pdf


def platypus(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """PDF as the reportlab user guide shows it: a story of paragraphs, and `build`."""
    styles = getSampleStyleSheet()
    story: list[Flowable] = []
    for document in documents(items, report):
        story.append(Paragraph(_markup(document.title.runs), styles["Heading1"]))
        for block in blocks(document):
            story += _flowables(block, styles)
        story.append(PageBreak())
    SimpleDocTemplate(out).build(story)


def _flowables(block: model.Block, styles: StyleSheet1) -> Iterator[Flowable]:
    style = cast("ParagraphStyle", styles["Normal"])
    match block:
        case model.Heading(level=level, runs=runs):
            yield Paragraph(_markup(runs), styles[f"Heading{min(level, 6)}"])
        case model.ListBlock(items=entries):
            yield ListFlowable(
                [Paragraph(escape(plain_blocks(entry.blocks)), style) for entry in entries]
            )
        case model.Table(shown_rows=rows):
            cells = [[Paragraph(_markup(cell), style) for cell in row] for row in rows]
            yield Table(cells, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.grey)])
        case model.CodeBlock(text=text):
            yield Preformatted(text, style)
        case model.Paragraph(runs=runs):
            yield Paragraph(_markup(runs), style)
        case _:
            for text in texts(block):
                yield Paragraph(escape(text), style)


def _markup(runs: model.Runs) -> str:
    return "".join(_tagged(run) for run in runs)


def _tagged(run: model.Run) -> str:
    text = escape(run.text)
    if run.strong:
        text = f"<b>{text}</b>"
    if run.emphasis:
        text = f"<i>{text}</i>"
    if run.code:
        text = f'<font face="Courier">{text}</font>'
    return text


def python_docx(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """DOCX as the python-docx quick start shows it, paragraph by paragraph."""
    word = docx.Document()
    for document in documents(items, report):
        word.add_heading(plain_runs(document.title.runs), 1)
        for block in blocks(document):
            _add_to_word(word, block)
    word.save(out)


def _add_to_word(word: WordDocument, block: model.Block) -> None:
    match block:
        case model.Heading(level=level, runs=runs):
            word.add_heading(plain_runs(runs), min(level, 9))
        case model.ListBlock(items=entries):
            for entry in entries:
                word.add_paragraph(plain_blocks(entry.blocks), style="List Bullet")
        case model.Table(shown_rows=rows):
            table = word.add_table(rows=len(rows), cols=len(rows[0]))
            for y, row in enumerate(rows):
                for x, cell in enumerate(row):
                    table.cell(y, x).text = plain_runs(cell)
        case model.Paragraph(runs=runs):
            paragraph = word.add_paragraph()
            for run in runs:
                added = paragraph.add_run(run.text)
                added.bold, added.italic = run.strong, run.emphasis
        case _:
            for text in texts(block):
                word.add_paragraph(text)


def openpyxl_rows(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """XLSX with openpyxl's fastest mode."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Content")
    for row in _rows(items, report):
        sheet.append(row)
    workbook.save(out)


def csv_rows(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """CSV with the standard library."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    csv.writer(text).writerows(_rows(items, report))
    text.detach()


def plain_join(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """TXT as the plain text of one block after the other, neither wrapped nor laid out."""
    for document in documents(items, report):
        said = (text for block in blocks(document) for text in texts(block))
        out.write("\n\n".join((plain_runs(document.title.runs), *said)).encode())


def pandoc(items: Iterable[Item], out: BinaryIO, report: Report) -> None:  # noqa: ARG001
    """DOCX by pandoc, of the Markdown as it is; it reads that itself."""
    markdown = "\n\n".join(text for item in items for text in _markdown(item))
    command = ["pandoc", "--from", "markdown", "--to", "docx", "--output", "-"]
    subprocess.run(command, input=markdown.encode(), stdout=out, check=True)


def _markdown(item: Item) -> Iterator[str]:
    yield f"# {item.title}"
    if item.outline:
        yield item.outline.summary
        sections = [*item.outline.sections]
        while sections:
            section = sections.pop(0)
            sections[:0] = section.sections
            yield f"## {section.title}"
            yield section.summary
            for points in (section.learning_objectives, section.key_points):
                yield "\n".join(f"- {point}" for point in points)
    yield item.study_guide or ""
    for faq in item.faqs or ():
        yield from (f"**{faq.question}**", faq.answer)
    for card in item.flashcards or ():
        yield f"**{card.front}**: {card.back}"
    for number, question in enumerate(item.reading_guide_questions or (), 1):
        yield f"{number}. {question.question}"
        yield question.answer or ""


def stdlib_json(items: Iterable[Item], out: BinaryIO, report: Report) -> None:  # noqa: ARG001
    """JSON with the standard library."""
    builtins = [msgspec.to_builtins(item) for item in items]
    out.write(json.dumps({"items": builtins}, ensure_ascii=False).encode())


def stdlib_json_lines(items: Iterable[Item], out: BinaryIO, report: Report) -> None:  # noqa: ARG001
    """JSON lines with the standard library."""
    builtins = map(msgspec.to_builtins, items)
    out.writelines(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in builtins)


def _rows(items: Iterable[Item], report: Report) -> Iterator[list[str]]:
    for document in documents(items, report):
        title = plain_runs(document.title.runs)
        for part in document.parts:
            for block in part.blocks:
                said = [*texts(block), "", ""]
                yield [document.item_id, title, part.name, type(block).__name__, *said[:2]]


BASELINES: Final[dict[str, dict[str, Baseline]]] = {
    "pdf": {"platypus": platypus, TYPST: typst_pdf, WEASYPRINT: weasyprint_pdf},
    "docx": {"python-docx": python_docx, "pandoc": pandoc},
    "xlsx": {"openpyxl write_only": openpyxl_rows},
    "rows": {"openpyxl write_only": openpyxl_styled_rows, RUST_WRITER: rust_rows},
    "csv": {"csv.writer": csv_rows},
    "json": {"json.dumps": stdlib_json},
    "txt": {"join of plain text": plain_join},
    "epub": {EBOOKLIB: ebooklib},
    "html": {"EPUB of the service": our_epub},
    "imscc": {"EPUB of the service": our_epub},
    "anki": {GENANKI: genanki},
    "tsv": {"csv.writer": tab_separated},
    "jsonl": {"json.dumps": stdlib_json_lines},
    "scorm": {"EPUB of the service": our_epub},
}
"""The renderers that each format is compared with, by name; `rows` is XLSX again, of `row_items`.
"""
