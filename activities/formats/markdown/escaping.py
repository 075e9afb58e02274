"""Text, code and formulas in which Markdown sees nothing but text, code and formulas.

The rules are those of GitHub Flavored Markdown; signs that mean something to Obsidian, Templater
or pandoc alone are escaped as well, since a backslash before a sign of ASCII is never seen.
"""

import re
from typing import Final

_UNSEEN: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])
_ACTIVE: Final = re.compile(
    r"[\\`*\[<~$|]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # not within a word
    r"|&(?=#?\w{1,32};)"
    r"|!$"  # a link may follow, of which it would make a picture
    r"|=(?==)|%(?=%)|(?<!\S)\^|(?<!\S)#(?=\S)"
    r"|:(?=//)|(?<=www)\."
)
_LINE_START: Final = re.compile(
    r"((?:\x05\w+\x05)*)(?:(\d{1,9})(?=[.)](?:\s|$))"
    r"|(?=>|#{1,6}(?:\s|$)|[-+](?:[\s-]|$)|=(?:[=\s]|$)|:(?:[:\s-]|$)))"
)
r"""What begins a block; `\x05` parts the name of a place (`links`), which may go again."""
_TEMPLATE: Final = "<%"
_REFERENCE: Final = re.compile(r"&(?=#?\w{1,32};)")
_BACKTICKS: Final = re.compile("`+")
_TEX: Final = re.compile(r"<(?=[A-Za-z/!?])|\](?=\()|!(?=\[)|\[(?=\^)|&(?=#?\w{1,32};)")
_AUTOLINK: Final = re.compile(r"(?:https?://|mailto:)[\w:/.?=%#~+@,-]+", re.ASCII)
_TEX_COMMENT: Final = re.compile(r"(?<!\\)%.*")
_DOLLAR: Final = re.compile(r"(?<!\\)(?:\\\\)*\$")
_TEX_BARS: Final = re.compile(r"\\\\|\\\||\|")
_BARS: Final = {r"\|": r"\Vert ", "|": r"\vert "}


def text(source: str) -> str:
    """Text within a line. Templater reads `<%` wherever it stands, even behind a backslash."""
    return _ACTIVE.sub(
        lambda found: "&lt;" if source.startswith(_TEMPLATE, found.start()) else f"\\{found[0]}",
        source.translate(_UNSEEN),
    )


def text_in_link(source: str) -> str:
    r"""The same in the text of a link or the description of a picture.

    Elsewhere `]` ends nothing, and `\[` with `\]` would be a formula to many programs.
    """
    return text(source).replace("]", r"\]")


def line(written: str) -> str:
    """A line of a paragraph, which begins no other block."""
    found = _LINE_START.match(written)
    if found is None:
        return written
    return f"{found[0]}\\{written[found.end() :]}"


def code_span(source: str) -> str:
    """Code within a line."""
    source = source.translate(_UNSEEN).replace("\n", " ")
    if not source.strip():
        return code_element(source)
    longest = max(map(len, _BACKTICKS.findall(source)), default=0)
    fence = "`" * (longest + 1)
    is_padded = source[0] == source[-1] == " "
    pad = " " if is_padded or "`" in (source[0], source[-1]) else ""
    return f"{fence}{pad}{source}{pad}{fence}"


def code_element(source: str) -> str:
    """The same where a span cannot stand."""
    return f"<code>{text(source)}</code>"


def code_in_cell(source: str) -> str:
    r"""The same in a table, whose cells end at each `|` without a backslash before it."""
    if r"\|" in source or source.endswith("\\"):
        return code_element(source.replace("\n", " "))
    return code_span(source).replace("|", r"\|")


def code_lines(source: str) -> list[str]:
    """The lines of a block of code."""
    return source.translate(_UNSEEN).split("\n")


def fence(source: str) -> str:
    """What begins and ends a block of code."""
    longest = max(map(len, _BACKTICKS.findall(source)), default=0)
    return "`" * max(3, longest + 1)


def tex(source: str) -> str | None:
    """A formula between dollar signs, on one line; None for one that cannot be there.

    TeX takes no notice of the blanks that keep programs without formulas from seeing tags, links
    and pictures.
    """
    lines = (_TEX_COMMENT.sub("", each) for each in source.translate(_UNSEEN).splitlines())
    formula = " ".join(" ".join(lines).split())
    if not formula or "`" in formula or _DOLLAR.search(formula):
        return None
    if (len(formula) - len(formula.rstrip("\\"))) % 2:
        formula += " {}"
    return _TEX.sub(r"\g<0> ", formula)


def tex_in_cell(formula: str) -> str:
    """The same in a table."""
    return _TEX_BARS.sub(lambda found: _BARS.get(found[0], found[0]), formula)


def destination(address: str) -> str:
    """The address of a link, which is a URI or the name of a file of ours."""
    address = _REFERENCE.sub("&amp;", address.replace("|", "%7C").replace("`", "%60"))
    return f"<{address}>" if "(" in address or ")" in address else address


def is_autolink(address: str) -> bool:
    """Whether an address between `<` and `>` is a link to itself."""
    return _AUTOLINK.fullmatch(address) is not None
