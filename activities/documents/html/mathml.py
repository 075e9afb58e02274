"""MathML as TeX (MathML Core, 3 and 4)."""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from activities.documents.html.attributes import Attributes

_DEPTH_MAX: Final = 60
"""Elements in each other; what is deeper is a part of what is around it."""

_SPECIAL: Final = str.maketrans(
    {
        "\\": r"\backslash ",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\wedge ",
        "~": r"\sim ",
        "\u00a0": " ",
        # Function application, invisible times, separator and plus.
        **dict.fromkeys("\u2061\u2062\u2063\u2064\u200b", ""),
    }
)
_IN_TEXT: Final = str.maketrans(
    {"\\": "", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_"}
)
_OPERATORS: Final[MappingProxyType[str, str]] = MappingProxyType(
    {
        "∑": r"\sum",
        "∏": r"\prod",
        "∐": r"\coprod",
        "∫": r"\int",
        "∬": r"\iint",
        "∭": r"\iiint",
        "∮": r"\oint",
        "⋃": r"\bigcup",
        "⋂": r"\bigcap",
        "⋁": r"\bigvee",
        "⋀": r"\bigwedge",
        "⟨": r"\langle",
        "⟩": r"\rangle",
        "〈": r"\langle",
        "〉": r"\rangle",
        "‖": r"\|",
        "∥": r"\|",
        "′": "'",
        "−": "-",
    }
)
_WITH_LIMITS: Final = frozenset(
    [
        r"\sum",
        r"\prod",
        r"\coprod",
        r"\bigcup",
        r"\bigcap",
        r"\bigvee",
        r"\bigwedge",
        r"\lim",
        r"\max",
        r"\min",
        r"\sup",
        r"\inf",
        r"\limsup",
        r"\liminf",
        r"\det",
        r"\gcd",
        r"\Pr",
    ]
)
_FUNCTIONS: Final = frozenset(
    [
        "arccos",
        "arcsin",
        "arctan",
        "arg",
        "cos",
        "cosh",
        "cot",
        "coth",
        "csc",
        "deg",
        "det",
        "dim",
        "exp",
        "gcd",
        "hom",
        "inf",
        "ker",
        "lg",
        "lim",
        "liminf",
        "limsup",
        "ln",
        "log",
        "max",
        "min",
        "Pr",
        "sec",
        "sin",
        "sinh",
        "sup",
        "tan",
        "tanh",
    ]
)
_OVER: Final[MappingProxyType[str, str]] = MappingProxyType(
    {
        "¯": r"\overline",
        "‾": r"\overline",
        "-": r"\overline",
        "^": r"\hat",
        r"\wedge": r"\hat",
        "ˆ": r"\hat",
        "ˇ": r"\check",
        "˘": r"\breve",
        r"\sim": r"\tilde",
        "˜": r"\tilde",
        "→": r"\vec",
        "⃗": r"\vec",
        "˙": r"\dot",
        ".": r"\dot",
        "¨": r"\ddot",
        "⏞": r"\overbrace",
    }
)
_UNDER: Final[MappingProxyType[str, str]] = MappingProxyType(
    {r"\_": r"\underline", "¯": r"\underline", "̲": r"\underline", "⏟": r"\underbrace"}
)
_VARIANTS: Final[MappingProxyType[str, str]] = MappingProxyType(
    {
        "bold": r"\mathbf",
        "bold-italic": r"\boldsymbol",
        "double-struck": r"\mathbb",
        "fraktur": r"\mathfrak",
        "script": r"\mathcal",
        "sans-serif": r"\mathsf",
        "monospace": r"\mathtt",
        "normal": r"\mathrm",
    }
)
_OPENING: Final = frozenset({"(", "[", r"\{", "|", r"\|", r"\langle", "⌊", "⌈"})
_CLOSING: Final = frozenset({")", "]", r"\}", "|", r"\|", r"\rangle", "⌋", "⌉"})


class _Node(msgspec.Struct, gc=False):
    """An element that is open, with what is in it as TeX."""

    name: str
    attributes: Attributes
    children: list[str]
    texts: list[str]


class MathmlReader:
    """Takes what is in a `math` element; whatever it does not know is passed over."""

    def __init__(self) -> None:
        self._open = [_Node("math", {}, [], [])]
        self._beyond = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """Open an element."""
        if len(self._open) > _DEPTH_MAX:
            self._beyond += 1
        else:
            self._open.append(_Node(name, attributes, [], []))

    def end(self, name: str) -> None:
        """Close an element."""
        if self._beyond:
            self._beyond -= 1
        elif len(self._open) > 1 and any(node.name == name for node in self._open[1:]):
            while self._open[-1].name != name:
                self._close()
            self._close()

    def text(self, data: str) -> None:
        """Take text."""
        node = self._open[-1]
        if node.name in _ROWS and data.strip():
            # Browsers show it, though it should be in an element of its own.
            token = "mtext" if len(data.split()) > 1 or len(data.strip()) > 1 else "mi"
            node.children.append(_token(_Node(token, {}, [], [data])))
        else:
            node.texts.append(data)

    def tex(self) -> str:
        """All of it."""
        while len(self._open) > 1:
            self._close()
        return " ".join(filter(None, self._open[0].children)).strip()

    def _close(self) -> None:
        node = self._open.pop()
        convert = _token if node.name in _TOKENS else _ELEMENTS.get(node.name, _row)
        tex = convert(node)
        if tex or node.name in {"none", "mrow", "mprescripts", "mtd", "mi", "mo", "mn"}:
            # An empty one has its place among the arguments of what is around it.
            self._open[-1].children.append(tex)


_ROWS: Final = frozenset({"math", "mrow", "mstyle", "mpadded", "mtd", "msqrt", "menclose"})
_TOKENS: Final = frozenset({"mi", "mn", "mo", "mtext", "ms"})


def _token(node: _Node) -> str:
    text = " ".join("".join(node.texts).split())
    if node.name in {"mtext", "ms"}:
        text = "".join(node.texts).replace("\u00a0", " ")
        return rf"\text{{{text.translate(_IN_TEXT)}}}" if text.strip() else r"\ " if text else ""
    tex = text.translate(_SPECIAL).strip()
    if node.name == "mo":
        return _OPERATORS.get(tex, rf"\{tex}" if tex in _FUNCTIONS else tex)
    if node.name == "mn":
        return tex
    variant = node.attributes.get("mathvariant", "")
    if tex in _FUNCTIONS:
        return rf"\{tex}"
    if variant in _VARIANTS and tex:
        return f"{_VARIANTS[variant]}{{{tex}}}"
    if len(text) > 1 and text.isalpha():
        return rf"\mathrm{{{tex}}}"
    return _OPERATORS.get(tex, tex)


def _row(node: _Node) -> str:
    children = node.children
    if len(children) > 2 and children[0] in _OPENING and children[-1] in _CLOSING:
        inner = " ".join(filter(None, children[1:-1]))
        return rf"\left{children[0]} {inner} \right{children[-1]}"
    return " ".join(filter(None, children))


def _argument(node: _Node, place: int) -> str:
    return node.children[place] if place < len(node.children) else ""


def _base(node: _Node) -> str:
    base = _argument(node, 0)
    is_simple = len(base) == 1 or (base.startswith("\\") and base[1:].isalpha())
    return base if is_simple else f"{{{base}}}"


def _fraction(node: _Node) -> str:
    top, bottom = _argument(node, 0), _argument(node, 1)
    if node.attributes.get("linethickness", "").strip() in {"0", "0px", "0pt", "0em"}:
        return rf"\begin{{matrix}} {top} \\ {bottom} \end{{matrix}}"
    return rf"\frac{{{top}}}{{{bottom}}}"


def _scripts(node: _Node) -> str:
    scripts = [_argument(node, place) for place in range(1, 3)]
    if node.name in {"msup", "mover"}:
        scripts = ["", scripts[0]]
    lower, upper = (
        f"{mark}{{{tex}}}" if tex else "" for mark, tex in zip("_^", scripts, strict=True)
    )
    if upper == "^{'}":
        return f"{_base(node)}'{lower}"
    return f"{_base(node)}{lower}{upper}"


def _limits(node: _Node) -> str:
    base = _argument(node, 0)
    if base in _WITH_LIMITS:
        return _scripts(node)
    over = _argument(node, 2 if node.name == "munderover" else 1) if node.name != "munder" else ""
    under = _argument(node, 1) if node.name != "mover" else ""
    tex = base
    if over:
        accent = _OVER.get(over)
        tex = f"{accent}{{{tex}}}" if accent else rf"\overset{{{over}}}{{{tex}}}"
    if under:
        accent = _UNDER.get(under)
        tex = f"{accent}{{{tex}}}" if accent else rf"\underset{{{under}}}{{{tex}}}"
    return tex


def _multiscripts(node: _Node) -> str:
    before: list[str] = []
    after: list[str] = []
    into = after
    for child in node.children[1:]:
        if child == _PRESCRIPTS:
            into = before
        else:
            into.append(child)
    return ("{}" + _pairs(before) if before else "") + _base(node) + _pairs(after)


def _pairs(scripts: Sequence[str]) -> str:
    marks = "_^" * (len(scripts) // 2 + 1)
    return "".join(f"{mark}{{{tex}}}" for mark, tex in zip(marks, scripts, strict=False) if tex)


def _fenced(node: _Node) -> str:
    opening = node.attributes.get("open", "(").strip().translate(_SPECIAL) or "."
    closing = node.attributes.get("close", ")").strip().translate(_SPECIAL) or "."
    separators = node.attributes.get("separators", ",").split() or [""]
    tex = ""
    for place, child in enumerate(node.children):
        if place:
            tex += separators[min(place - 1, len(separators) - 1)].translate(_SPECIAL)[:4] + " "
        tex += child
    left, right = _OPERATORS.get(opening, opening), _OPERATORS.get(closing, closing)
    return rf"\left{left} {tex} \right{right}"


def _table(node: _Node) -> str:
    return rf"\begin{{matrix}} {_BREAK.join(node.children)} \end{{matrix}}"


def _enclosed(node: _Node) -> str:
    notations = set(node.attributes.get("notation", "").split())
    tex = _row(node)
    if notations & {"updiagonalstrike", "downdiagonalstrike"}:
        return rf"\cancel{{{tex}}}"
    if "box" in notations or "roundedbox" in notations:
        return rf"\boxed{{{tex}}}"
    return tex


_BREAK: Final = r" \\ "
_PRESCRIPTS: Final = "\0prescripts"

_ELEMENTS: Final[MappingProxyType[str, Callable[[_Node], str]]] = MappingProxyType(
    {
        "mfrac": _fraction,
        "msqrt": lambda node: rf"\sqrt{{{_row(node)}}}",
        "mroot": lambda node: rf"\sqrt[{_argument(node, 1)}]{{{_argument(node, 0)}}}",
        "msub": _scripts,
        "msup": _scripts,
        "msubsup": _scripts,
        "munder": _limits,
        "mover": _limits,
        "munderover": _limits,
        "mmultiscripts": _multiscripts,
        "mprescripts": lambda _node: _PRESCRIPTS,
        "none": lambda _node: "",
        "mfenced": _fenced,
        "mtable": _table,
        "mtr": lambda node: " & ".join(node.children),
        "mlabeledtr": lambda node: " & ".join(node.children[1:]),
        "menclose": _enclosed,
        "mphantom": lambda node: rf"\phantom{{{_row(node)}}}",
        "mspace": lambda _node: r"\ ",
        "maction": lambda node: _argument(node, 0),
    }
)
