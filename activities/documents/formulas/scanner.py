"""TeX piece by piece: groups, arguments, rows and cells (The TeXbook, chapters 7 and 20)."""

import re
from typing import Final

TOKEN: Final = re.compile(
    r"\\(?:begin|end)\s*\{[A-Za-z]+\*?\}|\\[A-Za-z]+|\\.|%[^\n]*\n?|[{}&]|[^\\{}&%]+|.", re.DOTALL
)
"""A piece of TeX; what it does not tell apart stays together."""
_SPACE = " \t\n\r"


class TexError(ValueError):
    """TeX that is not finished, or longer than what anybody wrote."""


def skip_spaces(tex: str, place: int) -> int:
    """The place of the next character that is no space."""
    while place < len(tex) and tex[place] in _SPACE:
        place += 1
    return place


def closing_place(tex: str, place: int, opening: str = "{", closing: str = "}") -> int:
    """The place of the bracket that closes the one here.

    Raises:
        TexError: there is none.
    """
    depth, braces = 0, 0
    while place < len(tex):
        character = tex[place]
        if character == "\\":
            place += 2
            continue
        if opening != "{":
            braces += (character == "{") - (character == "}")
        if character == opening and not braces:
            depth += 1
        elif character == closing and not braces:
            depth -= 1
            if not depth:
                return place
        place += 1
    raise TexError


def argument(tex: str, place: int) -> tuple[str, int]:
    """The argument here, without its braces, and the place behind it.

    Raises:
        TexError: there is none.
    """
    place = skip_spaces(tex, place)
    if place >= len(tex) or tex[place] in "}&":
        raise TexError
    if tex[place] == "{":
        end = closing_place(tex, place)
        return tex[place + 1 : end], end + 1
    if tex[place] == "\\":
        match = TOKEN.match(tex, place)
        if match is None or match[0].startswith(("\\begin{", "\\end{")):
            raise TexError
        return match[0], match.end()
    return tex[place], place + 1


def option(tex: str, place: int) -> tuple[str | None, int]:
    """The argument in square brackets here, None when there is none, and the place behind it."""
    start = skip_spaces(tex, place)
    if start < len(tex) and tex[start] == "[":
        end = closing_place(tex, start, "[", "]")
        return tex[start + 1 : end], end + 1
    return None, place


def has_group(tex: str, place: int) -> bool:
    """Whether a group in braces comes next."""
    place = skip_spaces(tex, place)
    return place < len(tex) and tex[place] == "{"


def environment_end(tex: str, place: int, name: str) -> tuple[int, int]:
    r"""Where the body of an environment ends, and the place behind its `\end`.

    Args:
        tex: The formula.
        place: Where the body begins.
        name: The environment's name, star included.

    Raises:
        TexError: it does not end.
    """
    depth = 1
    for match in re.finditer(r"\\\\|\\(begin|end)\s*\{" + re.escape(name) + r"\}", tex[place:]):
        if match[1]:
            depth += 1 if match[1] == "begin" else -1
            if not depth:
                return place + match.start(), place + match.end()
    raise TexError


def rows_of(body: str) -> list[list[str]]:
    r"""The cells of each row of a body; the length in `\\[2pt]` is left out."""
    rows: list[list[str]] = [[]]
    cell: list[str] = []
    depth = place = 0
    while match := TOKEN.match(body, place):
        piece, place = match[0], match.end()
        if piece == "{" or piece.startswith("\\begin"):
            depth += 1
        elif piece == "}" or piece.startswith("\\end{"):
            depth -= 1
        elif depth == 0 and piece == "&":
            rows[-1].append("".join(cell))
            cell = []
            continue
        elif depth == 0 and piece in ("\\\\", "\\cr", "\\tabularnewline"):
            rows[-1].append("".join(cell))
            cell = []
            rows.append([])
            if body.startswith("*", place):
                place += 1
            if body.startswith("[", place):
                _, place = option(body, place)
            continue
        if not piece.startswith("%"):
            cell.append(piece)
    rows[-1].append("".join(cell))
    if len(rows) > 1 and not "".join(rows[-1]).strip():
        rows.pop()
    return rows
