r"""Words in formulas: what `\text` and its kin hold, in TeX's text mode (The TeXbook, 8)."""

import re
from types import MappingProxyType
from typing import NamedTuple
from unicodedata import normalize

from activities.documents.formulas.macros import WORDS
from activities.documents.formulas.scanner import TexError, argument, closing_place

_PIECE = re.compile(r"\\[A-Za-z]+\s*|\\.|\$\$?|[{}~%]|---?|``|''|[^\\$\{\}~%\-`']+|.", re.DOTALL)
_SIGNS = MappingProxyType(
    {
        "---": "—", "--": "–", "``": "“", "''": "”", "~": "\u00a0", "\\,": "\u2009",
        "\\ ": " ", "\\;": "\u2005", "\\:": "\u2005", "\\!": "", "\\/": "", "\\-": "",
        "\\\\": " ", "\\quad": "\u2003", "\\qquad": "\u2003\u2003", "\\ss": "ß", "\\ae": "æ",
        "\\AE": "Æ", "\\oe": "œ", "\\OE": "Œ", "\\o": "ø", "\\O": "Ø", "\\aa": "å", "\\AA": "Å",
        "\\l": "ł", "\\L": "Ł", "\\i": "ı", "\\j": "ȷ", "\\ldots": "…", "\\dots": "…",
        "\\textellipsis": "…", "\\textdegree": "°", "\\degree": "°", "\\pounds": "£",
        "\\euro": "€", "\\texteuro": "€", "\\S": "§", "\\P": "¶", "\\copyright": "©",
        "\\textregistered": "®", "\\texttrademark": "™", "\\textmu": "µ", "\\textohm": "Ω",
        "\\textbullet": "•", "\\textendash": "–", "\\textemdash": "—", "\\textquotedblleft": "“",
        "\\textquotedblright": "”", "\\textquoteleft": "‘", "\\textquoteright": "’",
        "\\textbackslash": "\\", "\\textasciitilde": "~", "\\textasciicircum": "^",
        "\\textless": "<", "\\textgreater": ">", "\\textbar": "|", "\\textunderscore": "_",
        "\\LaTeX": "LaTeX", "\\TeX": "TeX", "\\newline": " ", "\\space": " ",
    }
)  # fmt: skip
_ACCENTS = MappingProxyType(
    {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304",
     ".": "\u0307", "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "r": "\u030a",
     "k": "\u0328", "d": "\u0323", "b": "\u0331"}
)  # fmt: skip
_AS_FORMULAS = MappingProxyType(
    {
        "textsuperscript": r"{}^{\text{%s}}",
        "textsubscript": r"{}_{\text{%s}}",
        "underline": r"\underline{\text{%s}}",
        "uline": r"\underline{\text{%s}}",
    }
)
_ESCAPED = frozenset("#$%&_{}")
_WITH_ARGUMENT = frozenset({"ce", "num", "SI", "si", "qty", "unit", "ang", "sqrt", "frac"})
_NESTED_MAX = 20


class WordsPiece(NamedTuple):
    """Words of one variant, or a formula among them."""

    text: str
    variant: str = ""
    is_formula: bool = False


def read_words(tex: str, variant: str) -> list[WordsPiece]:
    """The pieces of what a command for words holds; an empty one if it holds nothing.

    Raises:
        TexError: it is not finished.
    """
    pieces: list[WordsPiece] = []
    _read(tex, variant, pieces, 0)
    joined: list[WordsPiece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and not last.is_formula and not piece.is_formula and last.variant == piece.variant:
            joined[-1] = last._replace(text=last.text + piece.text)
        else:
            joined.append(piece)
    return joined or [WordsPiece("", variant)]


def _read(tex: str, variant: str, pieces: list[WordsPiece], depth: int) -> None:
    if depth > _NESTED_MAX:
        raise TexError
    place = 0
    while match := _PIECE.match(tex, place):
        piece, place = match[0], match.end()
        if piece in ("$", "$$"):
            end = _closing_dollar(tex, place, piece)
            pieces.append(WordsPiece(tex[place:end], is_formula=True))
            place = end + len(piece)
        elif piece == "\\(":
            end = tex.find("\\)", place)
            if end < 0:
                raise TexError
            pieces.append(WordsPiece(tex[place:end], is_formula=True))
            place = end + 2
        elif piece == "{":
            end = closing_place(tex, place - 1)
            _read(tex[place:end], variant, pieces, depth + 1)
            place = end + 1
        elif piece[0] == "\\":
            place = _command(piece, tex, place, variant, pieces, depth)
        elif piece == "%":
            place = (tex.find("\n", place) + 1) or len(tex)
        elif piece != "}":
            text = _SIGNS.get(piece, piece)
            pieces.append(WordsPiece(re.sub(r"[ \t\n\r]+", " ", text), variant))


def _command(
    piece: str, tex: str, place: int, variant: str, pieces: list[WordsPiece], depth: int
) -> int:
    """Read a command and what belongs to it; the place behind."""
    command = piece.rstrip() if piece[1].isalpha() else piece
    name = command[1:]
    if name in _ESCAPED or command in _SIGNS:
        pieces.append(WordsPiece(_SIGNS.get(command, name), variant))
    elif name in WORDS:
        inner, place = argument(tex, place)
        _read(inner, _joined(variant, WORDS[name]), pieces, depth + 1)
    elif name in _AS_FORMULAS:
        inner, place = argument(tex, place)
        pieces.append(WordsPiece(_AS_FORMULAS[name] % inner, is_formula=True))
    elif name in _ACCENTS:
        inner, place = argument(tex, place)
        letter = {"\\i": "i", "\\j": "j"}.get(inner, inner)
        accented = normalize("NFC", letter[:1] + _ACCENTS[name]) + letter[1:]
        pieces.append(WordsPiece(accented, variant))
    elif name.isalpha():
        # A sign of mathematics that does without its dollars here.
        end = place
        if name in _WITH_ARGUMENT:
            while end < len(tex) and tex[end] == "{":
                end = closing_place(tex, end) + 1
        pieces.append(WordsPiece(command + tex[place:end], is_formula=True))
        if piece != command:
            pieces.append(WordsPiece(" ", variant))
        place = end
    else:
        raise TexError
    return place


def _closing_dollar(tex: str, place: int, mark: str) -> int:
    depth = 0
    while place < len(tex):
        character = tex[place]
        if character == "\\":
            place += 2
            continue
        depth += (character == "{") - (character == "}")
        if depth <= 0 and tex.startswith(mark, place):
            return place
        place += 1
    raise TexError


def _joined(outer: str, inner: str) -> str:
    if {outer, inner} == {"bold", "italic"}:
        return "bold-italic"
    return inner or outer
