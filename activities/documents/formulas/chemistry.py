r"""Formulas and reactions of mhchem's `\ce` as TeX that the reader knows.

By the grammar of its manual (The mhchem Bundle, 2021): formulas with indices, charges, isotopes and
oxidation numbers; amounts; states; addition compounds; bonds; arrows with text above and below;
precipitate and gas; formulas of mathematics between dollars.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from activities.documents.formulas.scanner import TexError, argument, closing_place, skip_spaces

COMMANDS: Final = frozenset({"ce", "cf"})
_ARROWS: Final = MappingProxyType(
    {
        "<=>>": r"\xrightleftharpoons",
        "<<=>": r"\xleftrightharpoons",
        "<-->": r"\xtofrom",
        "<->": r"\xleftrightarrow",
        "<=>": r"\xrightleftharpoons",
        "-->": r"\xrightarrow",
        "->": r"\xrightarrow",
        "<-": r"\xleftarrow",
        "→": r"\xrightarrow",
        "⇌": r"\xrightleftharpoons",
        "⟶": r"\xrightarrow",
        "↔": r"\xleftrightarrow",
    }
)
"""The longest ones first."""
_PLAIN_ARROWS = MappingProxyType(
    {
        r"\xrightleftharpoons": r"\rightleftharpoons",
        r"\xleftrightharpoons": r"\leftrightharpoons",
        r"\xtofrom": r"\rightleftarrows",
        r"\xleftrightarrow": r"\longleftrightarrow",
        r"\xrightarrow": r"\longrightarrow",
        r"\xleftarrow": r"\longleftarrow",
    }
)
_BONDS = MappingProxyType(
    {
        "-": "-", "1": "-", "=": "=", "2": "=", "#": r"\equiv ", "3": r"\equiv ",
        "~": r"\sim ", "...": r"{\cdots}", "....": r"{\cdots\cdot}", "->": r"\rightarrow ",
        "<-": r"\leftarrow ", "~-": r"\simeq ", "~--": r"\simeq ", "-~-": r"\simeq ",
    }
)  # fmt: skip
_STATE = re.compile(r"\((aq|s|l|g|cr|am|vit|sln|ads|lc|mon|\\infty|aq,\s*\$?\\infty\$?)\)")
_LETTERS = re.compile(r"[^\W\d_]+")
_AMOUNT = re.compile(r"(\d+)/(\d+)|\(?(\d+(?:[.,]\d+)?)(?:/(\d+))?\)?|([a-z])(?=\s|[A-Z(\[])")
_INDEX = re.compile(r"\d+(?:[.,]\d+(?![\d.A-Z(]))?")
"""Digits before a dot, behind which another formula begins, are all of the index: CuSO4.5H2O."""
_CHARGE = re.compile(r"[+-](?=$|[\s)\]}\[,;^_]|\(aq\)|\(s\)|\(l\)|\(g\))")
_SCRIPT = re.compile(r"[^\s{}\[\]()^_\\$,;]+")
_ARROW_PARTS = 2


def chemistry_tex(text: str) -> str:
    """What the argument of the command stands for.

    Raises:
        TexError: a group in it is not closed.
    """
    return _Reader(text).read()


class _Reader:
    """Reads one argument from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._shown: list[str] = []
        self._within = False
        """Whether the last piece belongs to a formula, so that digits after it are an index."""
        self._sub = self._sup = ""

    def read(self) -> str:
        text = self._text
        while self._place < len(text):
            before = self._place
            self._piece(text[self._place])
            if self._place <= before:
                raise TexError
        self._end_scripts()
        return "".join(self._shown)

    def _add(self, tex: str, *, within: bool) -> None:
        self._end_scripts()
        self._shown.append(tex)
        self._within = within

    def _end_scripts(self) -> None:
        if self._sub or self._sup:
            if not self._within:
                self._shown.append("{}")
            sub = f"_{{{self._sub}}}" if self._sub else ""
            self._shown.append(sub + (f"^{{{self._sup}}}" if self._sup else ""))
            self._sub = self._sup = ""

    def _piece(self, character: str) -> None:
        if character.isspace():
            self._space()
        elif self._arrow():
            return
        elif character in self.MARKS:
            self.MARKS[character](self, character)
        elif not (self._amount() or self._state() or self._index() or self._letters()):
            self._sign(character)

    def _formula(self, _mark: str) -> None:
        """A formula of mathematics between dollars."""
        end = self._text.find("$", self._place + 1)
        if end < 0:
            raise TexError
        self._add(f"{{{self._text[self._place + 1 : end]}}}", within=True)
        self._place = end + 1

    def _group(self, _mark: str) -> None:
        end = closing_place(self._text, self._place)
        inner = self._text[self._place + 1 : end]
        marked = re.search(r"[\\^_$]", inner)
        self._add(f"{{{inner}}}" if marked else rf"\text{{{inner}}}", within=True)
        self._place = end + 1

    def _state(self) -> bool:
        match = _STATE.match(self._text, self._place)
        if match is None:
            return False
        self._add(match[0] if "\\" in match[0] else rf"\text{{{match[0]}}}", within=True)
        self._place = match.end()
        return True

    def _index(self) -> bool:
        match = _INDEX.match(self._text, self._place) if self._within else None
        if match is None:
            return False
        self._sub += match[0]
        self._place = match.end()
        return True

    def _letters(self) -> bool:
        match = _LETTERS.match(self._text, self._place)
        if match is None:
            return False
        self._add(rf"\text{{{match[0]}}}", within=True)
        self._place = match.end()
        return True

    def _space(self) -> None:
        """A space ends a formula; signs between two are those of a reaction."""
        self._end_scripts()
        text = self._text
        self._place = place = skip_spaces(text, self._place)
        following = text[place : place + 1]
        alone = place + 1 >= len(text) or text[place + 1].isspace()
        if alone and following in "+-=" and following:
            self._add(following, within=False)
            self._place += 1
        elif alone and following in ("^", "v") and self._shown:
            self._add(r"\uparrow " if following == "^" else r"\downarrow ", within=False)
            self._place += 1
        elif self._shown and place < len(text) and not text.startswith(tuple(_ARROWS), place):
            self._shown.append(r"\ " if self._within else "")
        self._within = False

    def _arrow(self) -> bool:
        text = self._text
        found = next((arrow for arrow in _ARROWS if text.startswith(arrow, self._place)), None)
        if found is None:
            return False
        command = _ARROWS[found]
        self._place += len(found)
        labels: list[str] = []
        while text.startswith("[", self._place) and len(labels) < _ARROW_PARTS:
            end = closing_place(text, self._place, "[", "]")
            labels.append(chemistry_tex(text[self._place + 1 : end]))
            self._place = end + 1
        if any(labels):
            below = f"[{{{labels[1]}}}]" if len(labels) > 1 and labels[1] else ""
            self._add(f"{command}{below}{{{labels[0]}}}", within=False)
        else:
            self._add(f"{_PLAIN_ARROWS[command]} ", within=False)
        self._place = skip_spaces(text, self._place)
        return True

    def _script(self, mark: str) -> None:
        text, place = self._text, self._place + 1
        if text.startswith("{", place):
            end = closing_place(text, place)
            script, place = text[place + 1 : end], end + 1
            marked = "$" in script or "\\" in script
            shown = script.replace("$", "") if marked else _script_tex(script, mark)
        elif text.startswith("$", place):
            end = text.find("$", place + 1)
            if end < 0:
                raise TexError
            shown, place = text[place + 1 : end], end + 1
        elif text.startswith("\\", place):
            shown, place = argument(text, place)
        elif (match := (_INDEX if mark == "_" else _SCRIPT).match(text, place)) or (
            match := _SCRIPT.match(text, place)
        ):
            shown, place = _script_tex(match[0], mark), match.end()
        else:
            shown = r"\uparrow " if mark == "^" else r"\_"
            self._add(shown, within=True)
            self._place = place
            return
        if mark == "_":
            self._sub += shown
        else:
            self._sup += shown
        self._place = place

    def _command(self, _mark: str) -> None:
        text, place = self._text, self._place
        if text.startswith("\\bond{", place):
            kind, self._place = argument(text, place + 5)
            self._add(_BONDS.get(kind, "-"), within=False)
            self._within = True
            return
        match = re.compile(r"\\[A-Za-z]+|\\.", re.DOTALL).match(text, place)
        if match is None:
            raise TexError
        end = match.end()
        shown = match[0]
        while end < len(text) and text[end] == "{":
            closing = closing_place(text, end)
            shown += text[end : closing + 1]
            end = closing + 1
        self._add(f"{{{shown}}}" if shown[1].isalpha() else shown, within=True)
        self._place = end

    def _amount(self) -> bool:
        """How many of what follows, which only comes where no formula was begun."""
        match = None if self._within else _AMOUNT.match(self._text, self._place)
        if match is None:
            return False
        over, under, number, below, letter = match.groups()
        if match[0].startswith("(") != match[0].endswith(")"):
            return False
        if letter:
            following = self._text[match.end() : match.end() + 1]
            if not following.isspace() or letter == "v":
                return False
            self._add(letter, within=False)
        elif over or below:
            self._add(rf"\tfrac{{{over or number}}}{{{under or below}}}", within=False)
        else:
            self._add(f"{number}", within=False)
        self._shown.append(r"\,")
        self._place = match.end()
        return True

    def _sign(self, character: str) -> None:
        text, place = self._text, self._place
        if character in "+-" and self._within and _CHARGE.match(text, place):
            self._sup += character
            self._place += 1
            return
        self._place += 1
        stands_alone = text[place - 1 : place].isspace() and text[place + 1 : place + 2].isspace()
        if character in "*.·" and (self._within or stands_alone):
            self._add(r"\cdot ", within=False)
        elif character in "-=#" and self._within:
            # Braces keep the space of a relation or sign away from a bond.
            self._add(f"{{{_BONDS[character].strip()}}}", within=True)
        elif character in "&%#_":
            self._add(f"\\{character}" if character != "&" else "&", within=False)
        else:
            self._add(character, within=character in ")]|'")

    MARKS: ClassVar[Mapping[str, Callable[["_Reader", str], None]]] = MappingProxyType(
        {"$": _formula, "{": _group, "\\": _command, "^": _script, "_": _script}
    )


def _script_tex(script: str, mark: str) -> str:
    """What stands as an index or exponent: a charge, a number, a dot for a radical, words."""
    script = script.replace("*", r"{\ast}").replace(".", r"\bullet ")
    if mark == "^":
        script = script.replace("•", r"\bullet ")
    return re.sub(
        r"(?<![\\A-Za-z])[A-Za-z]{2,}|(?<![\\A-Za-z])[IVX](?![A-Za-z])",
        lambda match: rf"\text{{{match[0]}}}",
        script,
    )
