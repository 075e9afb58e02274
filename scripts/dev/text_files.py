"""What editors and note-taking programs show of exports that are text."""

import re
import shutil
import subprocess
from html import escape
from pathlib import Path

from scripts.dev.frames import drawn, framed
from scripts.dev.screens import unpacked

_DIALECT = "gfm+tex_math_dollars+footnotes+yaml_metadata_block"
_SECONDS = 60
_MARKDOWN_MARK = re.compile(
    r"^(?:#+ |[-*] |\d+\. )|\||\$+[^$]+\$+|\]\([^)]*\)|[*_]{1,2}", re.MULTILINE
)
_JSON_TOKEN = re.compile(
    r'(?P<key>"(?:\\.|[^"\\])*")(?=:)|(?P<text>"(?:\\.|[^"\\])*")|(?P<value>[-\w.+]+)'
)


def note_pages(vault: Path, directory: Path) -> list[Path]:
    """A folder of notes: its files, the source of one, and that note as pandoc reads it.

    Raises:
        FileNotFoundError: pandoc is not installed.
        subprocess.CalledProcessError: it failed.
    """
    folder = unpacked(vault, directory / "vault")
    note = min(folder.glob("01-*/study-guide.md"))
    place = note.relative_to(folder).as_posix()
    program = shutil.which("pandoc")
    if program is None:
        raise FileNotFoundError("pandoc is not installed")
    done = subprocess.run(
        [program, "--from", _DIALECT, "--to", "html5", "--mathjax", str(note)],
        check=True, timeout=_SECONDS, capture_output=True, text=True,
    )  # fmt: skip
    source = _marked(_MARKDOWN_MARK, note.read_text())
    return [
        framed(note.with_name("files.html"), "Three lessons.zip", "Files", _tree(folder)),
        framed(note.with_name("source.html"), note.name, "Source", f"<pre>{source}</pre>"),
        framed(note.with_name("note.html"), note.name, f"Note, {place}", drawn(done.stdout)),
    ]


def _tree(folder: Path) -> str:
    rows: list[str] = []
    for path in sorted(folder.rglob("*")):
        depth = len(path.relative_to(folder).parts) - 1
        name = ("▾ " if path.is_dir() else "") + escape(path.name)
        rows.append(f'<div class="file" style="padding-left: {depth * 16}px">{name}</div>')
    return "".join(rows)


def table_pages(table: Path, directory: Path) -> list[Path]:
    """Cards as tab-separated text, with its tabs, and as the table that an app reads."""
    lines = table.read_text().splitlines()
    source = "\n".join(
        escape(line).replace("\t", '<span class="mark"> ⇥ </span>') for line in lines
    )
    rows = "".join(
        "<tr>" + "".join(f'<td dir="auto">{escape(cell)}</td>' for cell in line.split("\t"))
        for line in lines
    )
    body = f"<table><tr><th>Term<th>Definition</tr>{rows}</table>"
    return [
        framed(directory / "source.html", table.name, "Text; ⇥ is a tab", f"<pre>{source}</pre>"),
        framed(directory / "table.html", "Import", f"{len(lines)} cards", body),
    ]


def line_page(file: Path, directory: Path) -> Path:
    """JSON lines with colours: the beginning of each, its number and its length."""
    rows: list[str] = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        told = f'<p class="name">… {len(line):,} characters in all</p>'
        rows.append(
            f'<div class="line"><span class="number">{number}</span>'
            f"<div><pre>{_marked(_JSON_TOKEN, line)}</pre>{told}</div></div>"
        )
    return framed(directory / "lines.html", file.name, "An item on each line", "".join(rows))


def _marked(pattern: re.Pattern[str], text: str) -> str:
    """The text as HTML, with what the pattern finds in colours by the names of its groups."""
    parts: list[str] = []
    end = 0
    for found in pattern.finditer(text):
        parts.append(escape(text[end : found.start()]))
        parts.append(f'<bdi class="{found.lastgroup or "mark"}">{escape(found[0])}</bdi>')
        end = found.end()
    return "".join([*parts, escape(text[end:])])
