"""What a paragraph is made of while it is read, before it becomes blocks."""

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from activities.documents.model import Block, Image, MathBlock, MissingPicture, Paragraph, Run
from activities.documents.pictures import run_of

Piece = Run | Image | MissingPicture | MathBlock
PieceT = TypeVar("PieceT", Run, Image, MissingPicture, MathBlock, Piece)

_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc]")
_LINE_HEIGHT_MAX = 48
"""The height up to which a picture stays in the line of its text, in pixels of CSS: icons, and the
formulas that platforms store as pictures."""

SOFT_HYPHEN = "\u00ad"
"""Shows where a word may be broken, which formats find by themselves; readers would not find a
word by its letters where it stands between them."""
_DATA = re.compile(r"data:[a-z0-9.+/-]{1,80};base64,[A-Za-z0-9+/=%_-]{40,}", re.IGNORECASE)


def without_data(text: str) -> tuple[str, int]:
    """A text without the files that it holds as data: URLs, and how many there were.

    They were to be pictures, and nobody reads them as text.
    """
    return _DATA.subn("…", text) if may_have_data(text) else (text, 0)


def may_have_data(text: str) -> bool:
    """Whether a text may hold a file as a data: URL."""
    return ";base64," in text


_LABEL = re.compile(r"(?:[QA][0-9]{0,3}|[\u95ee\u554f\u7b54])[:\uff1a]")
"""A question's or an answer's, without marks."""


def soft_break_text(before: str, after: str) -> str:
    """The text that replaces a line break between two texts: a space, or nothing between wide
    letters, or a break of the line before a label.

    Chinese and Japanese put no space between words; Korean, whose letters are as wide, does.
    """
    if _LABEL.match(after):
        return "\n"
    if before and after and _is_unspaced(before[-1]) and _is_unspaced(after[0]):
        return ""
    return " "


def _is_unspaced(character: str) -> bool:
    return (
        not character.isascii()
        and unicodedata.east_asian_width(character) in "WF"
        and not _HANGUL.match(character)
    )


def as_blocks(pieces: Sequence[Piece]) -> list[Block]:
    """Paragraphs, and between them what stands in a block of its own."""
    has_text = any(isinstance(piece, Run) and piece.text.strip() for piece in pieces)
    found: list[Block] = []
    runs: list[Run] = []
    for piece in pieces:
        if isinstance(piece, Run):
            runs.append(piece)
            continue
        if has_text and _fits_a_line(piece):
            runs.append(as_run(piece))
            continue
        found.extend(_paragraph(runs))
        found.append(piece)
        runs = []
    found.extend(_paragraph(runs))
    return found


def as_run(piece: Piece) -> Run:
    """A piece as a run, for a place that holds nothing else."""
    if isinstance(piece, Run):
        return piece
    if isinstance(piece, MathBlock):
        return Run(piece.tex, math=True, anchors=piece.anchors)
    return run_of(piece)


def _fits_a_line(piece: Image | MissingPicture | MathBlock) -> bool:
    if isinstance(piece, Image):
        return piece.shown_height <= _LINE_HEIGHT_MAX
    return isinstance(piece, MissingPicture)


def is_shown(run: Run) -> bool:
    """Whether there is anything to see of a run."""
    return bool(run.text.strip() or run.picture or run.missing is not None)


def _paragraph(runs: list[Run]) -> list[Block]:
    """The runs without the space that an image or a formula beside them leaves."""
    first, end = 0, len(runs)
    while first < end and not is_shown(runs[first]):
        first += 1
    while first < end and not is_shown(runs[end - 1]):
        end -= 1
    if first == end:
        return []
    runs = runs[first:end]
    if runs[0].text[:1].isspace():
        runs[0] = msgspec.structs.replace(runs[0], text=runs[0].text.lstrip())
    if runs[-1].text[-1:].isspace():
        runs[-1] = msgspec.structs.replace(runs[-1], text=runs[-1].text.rstrip())
    return [Paragraph(tuple(runs))]
