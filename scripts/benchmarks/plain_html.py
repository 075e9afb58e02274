"""Documents as the plainest HTML, for what others make of it."""

from collections.abc import Iterable, Iterator
from html import escape

from activities.documents import model
from activities.documents.plain import plain_blocks
from scripts.benchmarks.render_documents import blocks, texts


def html_blocks(document: model.Document) -> Iterator[str]:
    """The elements of a document, without attributes."""
    yield f"<h1>{_html_runs(document.title.runs)}</h1>"
    for block in blocks(document):
        match block:
            case model.Heading(level=level, runs=runs):
                yield f"<h{min(level, 6)}>{_html_runs(runs)}</h{min(level, 6)}>"
            case model.ListBlock(items=entries):
                points = (f"<li>{escape(plain_blocks(entry.blocks))}</li>" for entry in entries)
                yield f"<ul>{''.join(points)}</ul>"
            case model.Table(header=header, rows=rows):
                yield f"<table><thead>{_html_row('th', header or ())}</thead>"
                yield "".join(_html_row("td", row) for row in rows)
                yield "</table>"
            case model.CodeBlock(text=text):
                yield f"<pre>{escape(text)}</pre>"
            case model.Paragraph(runs=runs):
                yield f"<p>{_html_runs(runs)}</p>"
            case _:
                yield from (f"<p>{escape(text)}</p>" for text in texts(block))


def _html_row(tag: str, cells: Iterable[model.Runs]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_html_runs(cell)}</{tag}>' for cell in cells)}</tr>"


def _html_runs(runs: model.Runs) -> str:
    return "".join(map(_html_run, runs))


def _html_run(run: model.Run) -> str:
    text = escape(run.text)
    for tag, wanted in (("code", run.code), ("b", run.strong), ("i", run.emphasis)):
        if wanted:
            text = f"<{tag}>{text}</{tag}>"
    return text
