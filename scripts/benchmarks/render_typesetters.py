"""PDF by programs that typeset, Typst and WeasyPrint, as their guides show it.

They are no dependencies: `.venv/bin/pip install typst weasyprint` brings them, and they are
measured where they are. Typst gets the service's fonts, WeasyPrint those of the machine.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import BinaryIO, Final

from activities.documents import model
from activities.documents.plain import plain_blocks
from activities.formats.fonts import font_directory
from activities.model.content import Item
from activities.model.warnings import Report
from scripts.benchmarks.plain_html import html_blocks
from scripts.benchmarks.render_documents import blocks, documents, texts

TYPST: Final = "typst"
WEASYPRINT: Final = "weasyprint"

_STYLE = "<style>table, td, th { border: 0.5pt solid grey; border-collapse: collapse }</style>"


def typst_pdf(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """PDF by Typst, tagged as it does by default."""
    typst = import_module(TYPST)
    source = "#pagebreak()\n".join(
        "\n".join(_typst_blocks(document)) for document in documents(items, report)
    )
    out.write(typst.compile(source.encode(), font_paths=[str(font_directory())]))


def _typst_blocks(document: model.Document) -> Iterator[str]:
    yield f"#heading(level: 1){_typst_runs(document.title.runs)}"
    for block in blocks(document):
        match block:
            case model.Heading(level=level, runs=runs):
                yield f"#heading(level: {level}){_typst_runs(runs)}"
            case model.ListBlock(items=entries):
                yield f"#list{''.join(_typst_text(plain_blocks(e.blocks)) for e in entries)}"
            case model.Table(header=header, rows=rows, alignments=alignments):
                cells = ", ".join(_typst_runs(cell) for row in rows for cell in row)
                heads = ", ".join(map(_typst_runs, header or ()))
                yield f"#table(columns: {len(alignments)}, table.header({heads}), {cells})"
            case model.CodeBlock(text=text):
                yield f"#raw(block: true, {_typst_string(text)})"
            case model.Paragraph(runs=runs):
                yield f"#par{_typst_runs(runs)}"
            case _:
                yield from (f"#par{_typst_text(text)}" for text in texts(block))


def _typst_runs(runs: model.Runs) -> str:
    return f"[{''.join(map(_typst_run, runs))}]"


def _typst_run(run: model.Run) -> str:
    text = _typst_text(run.text)
    if run.code:
        return f"#raw({_typst_string(run.text)})"
    if run.strong:
        text = f"[#strong{text}]"
    if run.emphasis:
        text = f"[#emph{text}]"
    return text[1:-1]


def _typst_text(text: str) -> str:
    return f"[#{_typst_string(text)};]"


def _typst_string(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'


def weasyprint_pdf(items: Iterable[Item], out: BinaryIO, report: Report) -> None:
    """PDF by WeasyPrint, untagged as it does by default."""
    weasyprint = import_module(WEASYPRINT)
    pages = "<hr style='break-after: page'>".join(
        "".join(html_blocks(document)) for document in documents(items, report)
    )
    weasyprint.HTML(string=f"<!doctype html>{_STYLE}{pages}").write_pdf(out)
