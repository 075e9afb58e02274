"""Hostile text through every field of every format: the file opens, its text comes back."""

import functools
import resource
import struct
import subprocess
import sys
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pikepdf
import pytest

from activities.formats.testing import EVERYTHING, render
from activities.formats.testing.items import data_url, item, png
from activities.model.catalog import formats
from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion, Section
from scripts.validation.readers import TEXT_OF, read_json
from tests.security.dangerous import DANGEROUS_IN
from tests.security.hostile_texts import LINES

FORMATS = sorted(formats())
READ_AS_MARKDOWN = {"markup", "links", "markdown"}
"""Their letters are not all shown: addresses stand behind the text, entities are one character."""
IN_PIECES = {"scripts", "invisible and unusual", "long"}
"""In a PDF these are glyphs in the order in which they are painted, or go over pages."""
PLACES = {
    **dict.fromkeys(("anki", "tsv"), "st"),
    **dict.fromkeys(("moodle", "qti"), "qrstv"),
    "imscc": "opqrstv",
}
"""The fields that formats hold which have no place for all of them, by the letters of their marks:
answers to questions are left out where learners would see them.
"""
SECONDS = 90


def items_of(lines: list[str]) -> list[Item]:
    """Items in which each line is, as it is, the whole of every kind of field.

    A marker stands in the field beside it, so that one sees whether the line took it away.
    """
    numbered = [(line, f"mark{number}end") for number, line in enumerate(lines)]
    lists = item(
        "content-lists",
        title=lines[0],
        language="en",
        outline=Outline(
            lines[-1],
            [Section(line, f"o{mark}", [line, f"p{mark}"], [line]) for line, mark in numbered],
        ),
        faqs=[Faq(line, f"q{mark}") for line, mark in numbered]
        + [Faq(f"r{mark}", line, id=line) for line, mark in numbered],
        flashcards=[Flashcard(line, f"s{mark}", tags=[line]) for line, mark in numbered]
        + [Flashcard(f"t{mark}", line) for line, mark in numbered],
        reading_guide_questions=[ReadingQuestion(line, f"u{mark}") for line, mark in numbered]
        + [ReadingQuestion(f"v{mark}", line) for line, mark in numbered],
        metadata={f"{line[:50]}{mark}": line for line, mark in numbered}
        | {f"key{mark}": f"w{mark}" for _, mark in numbered},
        quality_metrics={line[:50]: -0.5 for line, _ in numbered},
    )
    guides = [
        item(f"content-{number}", title=line, language=line[:35], study_guide=line)
        for number, (line, _) in enumerate(numbered)
    ]
    return [lists, *guides]


def core(text: str) -> str:
    """Letters and digits alone, however they are written."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if unicodedata.category(char)[0] in "LN")


def write(directory: Path, format_id: str, data: bytes) -> Path:
    file = directory / f"export.{formats()[format_id].extension}"
    file.write_bytes(data)
    return file


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("format_id", FORMATS)
def test_every_text_goes_through_every_field(tmp_path: Path, format_id: str, kind: str) -> None:
    lines = LINES[kind]
    items = items_of(lines)
    started = time.monotonic()
    data, _ = render(format_id, items, EVERYTHING)
    seconds = time.monotonic() - started

    text = TEXT_OF[format_id](write(tmp_path, format_id, data))
    read = core(text)
    lost = [
        f"{place}mark{number}end"
        for place in PLACES.get(format_id, "opqrstuvw")
        for number in range(len(lines))
        if f"{place}mark{number}end" not in read
    ]
    assert lost == []
    if kind not in READ_AS_MARKDOWN and not (format_id == "pdf" and kind in IN_PIECES):
        assert [line for line in lines if core(line) not in read] == []
    assert list(DANGEROUS_IN[format_id](data)) == []
    assert b"root:x:0:0" not in data
    assert "root:x:0:0" not in text
    assert seconds < SECONDS


@pytest.mark.parametrize("kind", LINES)
def test_json_gives_back_every_character(tmp_path: Path, kind: str) -> None:
    items = items_of(LINES[kind])
    data, _ = render("json", items, EVERYTHING)

    exported = read_json(write(tmp_path, "json", data))["items"]

    read = msgspec.convert(exported, list[Item])
    assert list(map(texts, read)) == list(map(texts, items))


@pytest.mark.parametrize("format_id", ["docx", "pdf", "xlsx"])
def test_a_title_turns_nothing_around_that_stands_after_it(tmp_path: Path, format_id: str) -> None:
    """Window title bars and lists of bookmarks show it inside text of their own."""
    title = "gpj\u202eexe"
    options = msgspec.structs.replace(EVERYTHING, title=title)
    data, _ = render(format_id, [item(title=title)], options)

    shown = [each for each in titles_in(write(tmp_path, format_id, data)) if "gpj" in each]
    assert shown
    assert {each.count("\u202e") - each.count("\u202c") for each in shown} == {0}


def titles_in(file: Path) -> Iterator[str]:
    """What programs show of a file beside its pages."""
    if file.suffix != ".pdf":
        with zipfile.ZipFile(file) as archive:
            yield archive.read("docProps/core.xml").decode()
        return
    with pikepdf.open(file) as pdf, pdf.open_outline() as outline:
        yield str(pdf.docinfo["/Title"])
        yield pdf.Root.Metadata.read_bytes().decode()
        yield from (entry.title for entry in outline.root)


def texts(each: Item) -> list[object]:
    """All that an item says, without the ids that an export adds."""
    return [
        (each.id, each.title, each.language, each.outline, each.study_guide, each.metadata),
        [(faq.question, faq.answer) for faq in each.faqs or ()],
        [(card.front, card.back, card.tags) for card in each.flashcards or ()],
        [(question.question, question.answer) for question in each.reading_guide_questions or ()],
    ]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int, pixels: int, extra: bytes = b"") -> str:
    """A PNG of grey pixels that says it has this size, and holds so many bytes of zeros."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    compressor = zlib.compressobj(9)
    data = b"".join(compressor.compress(bytes(min(pixels, 1 << 20))) for _ in range(pixels >> 20))
    data += compressor.flush()
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data)
    return data_url(file + chunk(b"IEND", b""))


@functools.cache
def bombs() -> tuple[str, ...]:
    return tuple(_bombs())


def _bombs() -> Iterator[str]:
    yield bomb(60_000, 60_000, 1 << 20)
    yield bomb(2**31 - 1, 2**31 - 1, 1 << 20)
    yield bomb(0, 100, 1 << 20)
    yield bomb(10, 10, 1 << 30)
    yield bomb(6_000, 6_000, 1 << 20)
    text = zlib.compress(bytes(1 << 28), 9)
    yield bomb(10, 10, 1 << 20, chunk(b"zTXt", b"Comment\0\0" + text))
    yield bomb(10, 10, 1 << 20, chunk(b"iCCP", b"profile\0\0" + text))
    yield data_url(b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11", "x/y")
    yield data_url(b"GIF89a" + b"\xff\xff\xff\xff\x80\x00\x00" + bytes(6) + b",", "image/gif")
    yield data_url(b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff/" + b"\xff" * 40, "image/webp")


_IN_LITTLE_MEMORY = """
import sys, msgspec
from activities.model.content import Item
from activities.formats.testing import EVERYTHING, render
items = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Item])
sys.stdout.buffer.write(render(sys.argv[1], items, EVERYTHING)[0])
"""


@pytest.mark.parametrize("format_id", FORMATS)
def test_images_that_explode_do_not(tmp_path: Path, checkout: Path, format_id: str) -> None:
    """Each of a few kilobytes, some of a gigabyte and more when they are taken at their word."""
    pictures = [f"![bomb {n}]({url})" for n, url in enumerate(bombs())]
    guide = "\n\n".join([*pictures, f"![fine]({data_url(png())})", "after the images"])
    done = subprocess.run(
        [sys.executable, "-c", _IN_LITTLE_MEMORY, format_id],
        input=msgspec.json.encode([item(study_guide=guide, flashcards=[Flashcard("Q", guide)])]),
        capture_output=True,
        cwd=checkout,
        timeout=SECONDS,
        preexec_fn=_limit_memory,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2_000:]
    assert "after the images" in TEXT_OF[format_id](write(tmp_path, format_id, done.stdout))


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
