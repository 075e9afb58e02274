r"""What people write in formulas and the reader does not know, in the TeX that it does know.

These are words in `\text` and its kin with all that may stand in them, the rules and columns of
arrays, the environments of amsmath with their tags, and the commands of the packages mhchem,
siunitx, physics, braket and cancel. Words and rules come through the reader as one private-use
character each, which `RewrittenTex` knows.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final, NamedTuple

from activities.documents.formulas import quantities
from activities.documents.formulas.chemistry import COMMANDS as CHEMISTRY
from activities.documents.formulas.chemistry import chemistry_tex
from activities.documents.formulas.environments import Environments, Rules, with_environment
from activities.documents.formulas.scanner import (
    TOKEN,
    TexError,
    argument,
    closing_place,
    environment_end,
    has_group,
    option,
    skip_spaces,
)

_FIRST_KEY: Final = 0xE000
_LAST_KEY: Final = 0xF8FF
"""The private use area (The Unicode Standard, 23.5)."""
_LENGTH_MAX = 20_000
"""Characters that the macros of a formula may become."""
_DEPTH_MAX = 30
"""Commands that may stand within each other's arguments."""

WORDS: Final = MappingProxyType(
    {
        "text": "", "textrm": "", "textnormal": "", "textup": "", "textmd": "", "mbox": "",
        "hbox": "", "textsc": "", "textbf": "bold", "textit": "italic", "emph": "italic",
        "textsl": "italic", "textsf": "sans-serif", "texttt": "monospace",
    }
)  # fmt: skip
"""The commands for words, with the variant of MathML that each asks for."""
_SIMPLE = MappingProxyType(
    {
        "vdot": r"\cdot ", "cross": r"\times ", "grad": r"\nabla ", "curl": r"\nabla\times ",
        "divergence": r"\nabla\cdot ", "laplacian": r"\nabla^{2} ", "Tr": r"\mathrm{Tr}",
        "tr": r"\mathrm{tr}", "rank": r"\mathrm{rank}", "erf": r"\mathrm{erf}",
        "Res": r"\mathrm{Res}", "nonumber": "", "notag": "", "allowbreak": "", "nobreak": "",
        "displaybreak": "", "euro": r"\text{€}", "texteuro": r"\text{€}",
        "pounds": r"\text{£}", "textdegree": r"\text{°}", "degree": r"\text{°}",
        "celsius": r"\text{°C}", "permil": r"\text{‰}", "textperthousand": r"\text{‰}",
        "micro": r"\text{µ}", "ohm": r"\text{Ω}", "copyright": r"\text{©}",
        "lbrack": "[", "rbrack": "]", "dprime": "''", "iff": r"\;\Longleftrightarrow\;",
        "implies": r"\;\Longrightarrow\;", "impliedby": r"\;\Longleftarrow\;", "R": r"\mathbb{R}",
        "N": r"\mathbb{N}", "Z": r"\mathbb{Z}", "Q": r"\mathbb{Q}", "C": r"\mathbb{C}",
        "sgn": r"\mathrm{sgn}", "diag": r"\mathrm{diag}", "Var": r"\mathrm{Var}",
        "Cov": r"\mathrm{Cov}", "centernot": r"\not ",
        "qc": r",\quad ", "qif": r"\quad\text{if}\quad ", "qand": r"\quad\text{and}\quad ",
        "qor": r"\quad\text{or}\quad ", "qthen": r"\quad\text{then}\quad ",
    }
)  # fmt: skip
_FENCED = MappingProxyType(
    {
        "abs": (r"\lvert ", r"\rvert "), "absolutevalue": (r"\lvert ", r"\rvert "),
        "norm": (r"\lVert ", r"\rVert "), "ceil": (r"\lceil ", r"\rceil "),
        "floor": (r"\lfloor ", r"\rfloor "), "order": (r"\mathcal{O}(", ")"),
        "bra": (r"\langle ", r"\vert "), "ket": (r"\vert ", r"\rangle "),
        "Bra": (r"\langle ", r"\vert "), "Ket": (r"\vert ", r"\rangle "),
        "set": (r"\{", r"\}"), "Set": (r"\{", r"\}"), "inner": (r"\langle ", r"\rangle "),
    }
)  # fmt: skip
_PAIRED = MappingProxyType(
    {"comm": ("[", "]"), "commutator": ("[", "]"), "acomm": (r"\{", r"\}"),
     "anticommutator": (r"\{", r"\}"), "pb": (r"\{", r"\}"), "poissonbracket": (r"\{", r"\}")}
)  # fmt: skip
_DERIVATIVES = MappingProxyType(
    {"dv": r"\mathrm{d}", "derivative": r"\mathrm{d}", "odv": r"\mathrm{d}", "pdv": r"\partial ",
     "pderivative": r"\partial ", "partialderivative": r"\partial ", "fdv": r"\delta ",
     "functionalderivative": r"\delta ", "mdv": r"\mathrm{D}"}
)  # fmt: skip
_WRAPPERS = MappingProxyType(
    {"vb": r"\mathbf{", "vectorbold": r"\mathbf{", "va": r"\vec{\mathbf{", "vu": r"\hat{\mathbf{",
     "mathds": r"\mathbb{", "mathbbm": r"\mathbb{", "symbf": r"\mathbf{", "symbb": r"\mathbb{",
     "ensuremath": "{", "hl": "{", "uline": r"\underline{",
     "smash": "{", }
)  # fmt: skip
_DROPPED_ARGUMENT = frozenset(
    {"label", "vspace", "ref", "eqref", "cite", "pagebreak", "phantomsection"}
)
_MATRICES = MappingProxyType(
    {"mqty": ("", ""), "pmqty": ("(", ")"), "bmqty": ("[", "]"), "vmqty": (r"\vert ", r"\vert "),
     "matrixquantity": ("", "")}
)  # fmt: skip
_BRACKETS = MappingProxyType({"(": ")", "[": "]"})
_DEFINITION = re.compile(
    r"\\(?:(?:re)?newcommand\*?\s*\{?|providecommand\*?\s*\{?|def|DeclareMathOperator\*?\s*\{?)\s*"
    r"\\([A-Za-z]+)"
)
_REDEFINITION = re.compile(r"\\(?:re|provide)(?:new)?command\*?(?![A-Za-z])")

_COMMAND = re.compile(r"\\([A-Za-z]+)")


class Words(NamedTuple):
    """What a command for words holds."""

    tex: str
    variant: str


class RewrittenTex:
    """A formula as the reader knows it, and what its private-use characters stand for."""

    def __init__(self, tex: str) -> None:
        """Rewrite a formula.

        Raises:
            TexError: it is not finished, or grows beyond all measure.
        """
        self.words: dict[str, Words] = {}
        self.rules: dict[str, Rules] = {}
        self._length = 0
        self.tex = tex
        self._own = frozenset[str]()
        if "&" in tex or not self._COMMANDS.isdisjoint(_COMMAND.findall(tex)):
            if any(chr(_FIRST_KEY) <= character <= chr(_LAST_KEY) for character in tex):
                raise TexError
            self._own = frozenset(_DEFINITION.findall(tex))
            self._environments = Environments(self)
            self.tex = self.rewrite(with_environment(_REDEFINITION.sub(r"\\newcommand", tex)), 0)

    def _key(self) -> str:
        count = len(self.words) + len(self.rules)
        if _FIRST_KEY + count > _LAST_KEY:
            raise TexError
        return chr(_FIRST_KEY + count)

    def hold_rules(self, rules: Rules) -> str:
        """What stands in the first cell for the rules of an array."""
        key = self._key()
        self.rules[key] = rules
        return rf"\text{{{key}}}"

    def hold_words(self, tex: str, variant: str) -> str:
        """What stands for words until the reader has been there."""
        key = self._key()
        self.words[key] = Words(tex, variant)
        return rf"\text{{{key}}}"

    def rewrite(self, tex: str, depth: int) -> str:
        """A part of a formula as the reader knows it."""
        if depth > _DEPTH_MAX:
            raise TexError
        shown: list[str] = []
        place = 0
        while match := TOKEN.match(tex, place):
            piece, place = match[0], match.end()
            if piece.startswith("\\begin"):
                name = piece[piece.index("{") + 1 : -1]
                end, after = environment_end(tex, place, name)
                shown.append(self._environments.rewrite(name, tex[place:end], depth + 1))
                place = after
            elif piece[0] == "\\" and piece[1:2].isalpha():
                text, place = self._command(piece[1:], tex, place, depth + 1)
                shown.append(text)
            elif piece[0] != "%":
                shown.append(piece)
        rewritten = "".join(shown)
        self._length += len(rewritten)
        if self._length > _LENGTH_MAX:
            raise TexError
        return rewritten

    def _command(self, name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        """What stands for a command and its arguments, and the place behind them."""
        handler = None if name in self._own else self.HANDLERS.get(name)
        return handler(self, name, tex, place, depth) if handler else (f"\\{name}", place)

    def _word_command(self, name: str, tex: str, place: int, _depth: int) -> tuple[str, int]:
        words, place = argument(tex, place)
        return self.hold_words(words, WORDS[name]), place

    def _simple(self, name: str, _tex: str, place: int, depth: int) -> tuple[str, int]:
        shown = _SIMPLE[name]
        return (self.rewrite(shown, depth) if "\\text" in shown else shown), place

    def _chemistry(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        formula, place = argument(tex, place)
        return f"{{{self.rewrite(chemistry_tex(formula), depth)}}}", place

    def _pair(self, name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        opening, closing = _PAIRED[name]
        first, second, place = self._two(tex, _behind_star(tex, place), depth)
        return rf"\left{opening}{first},{second}\right{closing}", place

    def _wrapped(self, name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        inner, place = self._one(tex, _behind_star(tex, place), depth)
        opening = _WRAPPERS[name]
        return opening + inner + "}" * opening.count("{"), place

    def _matrix(self, name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        body, place = argument(tex, place)
        opening, closing = _MATRICES[name]
        matrix = rf"\begin{{matrix}}{self.rewrite(body, depth)}\end{{matrix}}"
        return (rf"\left{opening}{matrix}\right{closing}" if opening else matrix), place

    def _dropped(self, _name: str, tex: str, place: int, _depth: int) -> tuple[str, int]:
        _, place = argument(tex, _behind_star(tex, place))
        return "", place

    def _one(self, tex: str, place: int, depth: int) -> tuple[str, int]:
        inner, place = argument(tex, place)
        if inner.startswith("\\") and inner[1:].isalpha() and tex[place - 1] != "}":
            # A command as an argument takes its own along.
            text, place = self._command(inner[1:], tex, place, depth)
            return text, place
        return self.rewrite(inner, depth), place

    def _two(self, tex: str, place: int, depth: int) -> tuple[str, str, int]:
        first, place = self._one(tex, place, depth)
        second, place = self._one(tex, place, depth)
        return first, second, place

    def _quantity(self, name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        _, place = option(tex, place)
        if name == "qty":
            start = skip_spaces(tex, place)
            opening = tex[start : start + 1]
            if opening in _BRACKETS:
                closing = _BRACKETS[opening]
                end = closing_place(tex, start, opening, closing)
                inner = self.rewrite(tex[start + 1 : end], depth)
                return rf"\left{opening}{inner}\right{closing}", end + 1
            inner, after = argument(tex, place)
            if not has_group(tex, after):
                return rf"\left\{{{self.rewrite(inner, depth)}\right\}}", after
        shown, place = quantities.quantity_tex(name, tex, place)
        return f"{{{self.rewrite(shown, depth)}}}", place

    def _fenced(self, name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        place = _behind_star(tex, place)
        _, place = option(tex, place)
        opening, closing = _FENCED[name]
        if not has_group(tex, place):
            start = skip_spaces(tex, place)
            if tex[start : start + 1] == "(":
                end = closing_place(tex, start, "(", ")")
                inner, place = self.rewrite(tex[start + 1 : end], depth), end + 1
            else:
                inner, place = self._one(tex, place, depth)
        else:
            inner, place = self._one(tex, place, depth)
        if opening.endswith("("):
            return rf"{opening[:-1]}\left({inner}\right)", place
        return rf"\left{opening}{inner}\right{closing}", place

    def _derivative(self, name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        sign = _DERIVATIVES[name]
        is_flat = tex.startswith("*", place)
        place = _behind_star(tex, place)
        order, place = option(tex, place)
        power = f"^{{{self.rewrite(order, depth)}}}" if order else ""
        first, place = self._one(tex, place, depth)
        if not has_group(tex, place):
            return rf"\frac{{{sign}{power}}}{{{sign}{first}{power}}}", place
        second, place = self._one(tex, place, depth)
        variables = [second]
        while has_group(tex, place) and sign == r"\partial " and len(variables) < 2:
            another, place = self._one(tex, place, depth)
            variables.append(another)
        if len(variables) > 1 and not power:
            power = f"^{{{len(variables)}}}"
            below = "".join(f"{sign}{variable}" for variable in variables)
        else:
            below = f"{sign}{second}{power}"
        above = f"{sign}{power}{{{first}}}" if power else f"{sign}{{{first}}}"
        return (f"{above}/{below}" if is_flat else rf"\frac{{{above}}}{{{below}}}"), place

    def _braket(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        first, place = self._one(tex, _behind_star(tex, place), depth)
        if has_group(tex, place):
            second, place = self._one(tex, place, depth)
            first = rf"{first}\middle\vert {second}"
        else:
            first = re.sub(r"(?<!\\)\|", r"\\middle\\vert ", first)
        return rf"\left\langle {first}\right\rangle ", place

    def _ketbra(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        first, place = self._one(tex, _behind_star(tex, place), depth)
        second = first
        if has_group(tex, place):
            second, place = self._one(tex, place, depth)
        return rf"\left\vert {first}\right\rangle \left\langle {second}\right\vert ", place

    def _expected(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        first, place = self._one(tex, _behind_star(tex, place), depth)
        if has_group(tex, place):
            state, place = self._one(tex, place, depth)
            first = rf"{state}\middle\vert {first}\middle\vert {state}"
        return rf"\left\langle {first}\right\rangle ", place

    def _element(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        first, second, place = self._two(tex, _behind_star(tex, place), depth)
        third, place = self._one(tex, place, depth)
        return (
            rf"\left\langle {first}\middle\vert {second}\middle\vert {third}\right\rangle ",
            place,
        )

    def _evaluated(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        inner, place = self._one(tex, _behind_star(tex, place), depth)
        return rf"\left. {inner}\right\vert ", place

    def _differential(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        if not has_group(tex, skip_spaces(tex, place)) and not tex.startswith("[", place):
            return r"\mathrm{d}", place
        order, place = option(tex, place)
        inner, place = self._one(tex, place, depth)
        power = f"^{{{order}}}" if order else ""
        return rf"\,\mathrm{{d}}{power}{inner}", place

    def _tag(self, _name: str, tex: str, place: int, _depth: int) -> tuple[str, int]:
        is_bare = tex.startswith("*", place)
        label, place = argument(tex, _behind_star(tex, place))
        return r"\qquad " + self.hold_words(label if is_bare else f"({label})", ""), place

    def _framed_words(self, _name: str, tex: str, place: int, _depth: int) -> tuple[str, int]:
        words, place = argument(tex, place)
        return rf"\boxed{{{self.hold_words(words, '')}}}", place

    def _cancelled(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        value, inner, place = self._two(tex, place, depth)
        return rf"{{\cancel{{{inner}}}}}^{{{value}}}", place

    def _operator_name(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        star = "*" if tex.startswith("*", place) else ""
        name, place = argument(tex, _behind_star(tex, place))
        spaced = re.sub(r"\\[,;: ]", "\u2009", name)
        if re.fullmatch("[A-Za-z \u2009]+", spaced):
            return rf"\operatorname{star}{{{spaced}}}", place
        plain = spaced.replace("\u2009", " ")
        if "\\" in plain:
            return rf"\mathrm{{{self.rewrite(name, depth)}}}", place
        return self.hold_words(plain, ""), place

    def _coloured(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        _, place = option(tex, place)
        colour, place = argument(tex, place)
        inner, place = self._one(tex, place, depth)
        return rf"\textcolor{{{_colour(colour)}}}{{{inner}}}", place

    def _colour(self, _name: str, tex: str, place: int, _depth: int) -> tuple[str, int]:
        _, place = option(tex, place)
        colour, place = argument(tex, place)
        return rf"\color{{{_colour(colour)}}}", place

    def _colour_box(self, _name: str, tex: str, place: int, _depth: int) -> tuple[str, int]:
        _, place = argument(tex, place)
        words, place = argument(tex, place)
        return rf"\boxed{{{self.hold_words(words, '')}}}", place

    def _linked(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        _, place = argument(tex, place)
        return self._one(tex, place, depth)

    def _prescript(self, _name: str, tex: str, place: int, depth: int) -> tuple[str, int]:
        above, below, place = self._two(tex, place, depth)
        base, place = self._one(tex, place, depth)
        return rf"{{}}_{{{below}}}^{{{above}}}{{{base}}}", place

    def _wide_space(self, _name: str, tex: str, place: int, _depth: int) -> tuple[str, int]:
        length, place = argument(tex, _behind_star(tex, place))
        return rf"\hspace{{{length}}}", place

    def _intertext(self, _name: str, tex: str, place: int, _depth: int) -> tuple[str, int]:
        words, place = argument(tex, place)
        return self.hold_words(words, ""), place

    HANDLERS: ClassVar[
        Mapping[str, Callable[["RewrittenTex", str, str, int, int], tuple[str, int]]]
    ] = MappingProxyType(
        {
            **dict.fromkeys(WORDS, _word_command),
            **dict.fromkeys(_SIMPLE, _simple),
            **dict.fromkeys(CHEMISTRY, _chemistry),
            **dict.fromkeys((*quantities.COMMANDS, "qty"), _quantity),
            **dict.fromkeys(_FENCED, _fenced),
            **dict.fromkeys(_PAIRED, _pair),
            **dict.fromkeys(_DERIVATIVES, _derivative),
            **dict.fromkeys(_WRAPPERS, _wrapped),
            **dict.fromkeys(_MATRICES, _matrix),
            **dict.fromkeys(_DROPPED_ARGUMENT, _dropped),
            "braket": _braket,
            "Braket": _braket,
            "ip": _braket,
            "innerproduct": _braket,
            "ketbra": _ketbra,
            "dyad": _ketbra,
            "op": _ketbra,
            "outerproduct": _ketbra,
            "ev": _expected,
            "expval": _expected,
            "expectationvalue": _expected,
            "mel": _element,
            "matrixel": _element,
            "matrixelement": _element,
            "eval": _evaluated,
            "evaluated": _evaluated,
            "dd": _differential,
            "tag": _tag,
            "fbox": _framed_words,
            "cancelto": _cancelled,
            "operatorname": _operator_name,
            "textcolor": _coloured,
            "color": _colour,
            "colorbox": _colour_box,
            "href": _linked,
            "prescript": _prescript,
            "hspace": _wide_space,
            "intertext": _intertext,
            "shortintertext": _intertext,
        }
    )
    _COMMANDS: ClassVar = frozenset({*HANDLERS, "begin"})


def _behind_star(tex: str, place: int) -> int:
    return place + 1 if tex.startswith("*", place) else place


def _colour(name: str) -> str:
    return name if re.fullmatch(r"#?[A-Za-z0-9]+", name) else "black"
