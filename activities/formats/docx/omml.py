"""TeX formulas as Office Math (ECMA-376 part 1, 22.1), by way of presentation MathML."""

import re
from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from xml.etree.ElementTree import Element

from activities.documents.tex import (
    BARS,
    BRACES,
    CLOSING,
    COMBINING_ACCENTS,
    EITHER_SIDE,
    FENCES,
    INTEGRALS,
    LARGE_OPERATORS,
    OPENING,
    PUNCTUATION,
    RELATIONS,
    CachedFormulas,
    UnreadableFormulaError,
    convert_tex,
    is_limit_name,
    lines_of,
    text_of,
)
from activities.formats.shared.ooxml import xml_attribute, xml_text

_LEAVES = frozenset({"mo", "mi"})
_MAY_OPEN, _MAY_CLOSE = OPENING | EITHER_SIDE, CLOSING | EITHER_SIDE
_ENDS_OPERAND = RELATIONS | PUNCTUATION | frozenset("+−±")
_STYLES = MappingProxyType({"normal": "p", "bold": "b", "italic": "i", "bold-italic": "bi"})
_SPACES = ((0.9, "\u2003"), (0.4, "\u2002"), (0.25, "\u2005"), (0.1, "\u2009"))
"""From this width in em on, this space."""
_WIDTH = re.compile(r"([0-9.]+)em")


@CachedFormulas
def office_math(tex: str, *, displayed: bool) -> str | None:
    """An `m:oMath` element, or None when the formula cannot be read."""
    content = convert_tex(tex, lambda mathml: _sequence(list(mathml)), displayed=displayed)
    return f"<m:oMath>{content}</m:oMath>" if content else None


def _sequence(elements: Sequence[Element]) -> str:
    """Elements beside each other, and below each other where there are line breaks."""
    lines = lines_of(elements)
    if len(lines) == 1:
        return _line(elements)
    return _equations(map(_line, lines))


def _equations(lines: Iterable[str]) -> str:
    return _tag("eqArr", *(_argument("e", line) for line in lines))


def _line(elements: Sequence[Element]) -> str:
    # LibreOffice looks for what stands on both sides of an operator, and takes it from outside
    # of the line when the line has none, as in Ca²⁺ + 2.
    pieces = [_NOTHING] if elements and _is_relation(elements[0]) else []
    position = 0
    while position < len(elements):
        element, following = elements[position], elements[position + 1 :]
        position += 1
        if (
            element.tag == "mo"
            and not following
            and text_of(element) not in FENCES | LARGE_OPERATORS
        ):
            pieces.append(_words(element))
        elif _base_text(element) in LARGE_OPERATORS:
            operand = _operand(following)
            position += len(operand)
            pieces.append(_nary(element, operand))
        elif length := _bracketed_length(element, following):
            position += length
            pieces.append(_bracketed(element, following[:length]))
        elif _is_enclosed(element, following):
            position += 2
            pieces.append(_delimited(text_of(element), text_of(following[1]), [following[0]]))
        else:
            pieces.append(_element(element))
            if _is_function(element) and following and not _opens(following[0]):
                pieces.append(_run(_SPACES[-1][1]))
    return "".join(pieces)


def _operand(following: Sequence[Element]) -> Sequence[Element]:
    """The operand of a large operator: all up to a relation or sign that is not in brackets."""
    depth = 0
    for count, element in enumerate(following):
        text = _base_text(element)
        depth += (text in OPENING) - (text in CLOSING)
        if count and depth <= 0 and element.tag in _LEAVES and text in _ENDS_OPERAND:
            return following[:count]
    return following


def _is_relation(element: Element) -> bool:
    return element.tag in _LEAVES and text_of(element) in RELATIONS


def _is_enclosed(element: Element, following: Sequence[Element]) -> bool:
    """True if brackets that grow enclose one matrix or binomial coefficient."""
    return (
        element.tag == "mo"
        and len(following) > 1
        and (following[0].tag == "mtable" or following[0].get("linethickness") == "0")
        and text_of(element) in _MAY_OPEN
        and text_of(following[1]) in _MAY_CLOSE
    )


def _bracketed_length(element: Element, following: Sequence[Element]) -> int:
    """The number of elements up to the closing bracket, if that one has scripts; otherwise 0."""
    if element.tag != "mo" or text_of(element) not in OPENING:
        return 0
    depth = 1
    for count, other in enumerate(following, 1):
        text = _base_text(other)
        depth += (text in OPENING) - (text in CLOSING)
        if not depth:
            return count if other.tag in _SCRIPTED else 0
    return 0


def _bracketed(opening: Element, following: Sequence[Element]) -> str:
    """The bracketed expression as the base of the scripts at its closing bracket, as in (a + b)².

    TeX hangs them on the bracket alone, on which LibreOffice makes no sense of them.
    """
    *inner, closing = following
    base = _delimited(text_of(opening), _base_text(closing), inner)
    scripts = zip(_SCRIPTS[closing.tag], list(closing)[1:], strict=True)
    parts = (_part(place, argument) for place, argument in scripts)
    return _tag(_SCRIPTED[closing.tag], _tag("e", base), *parts)


def _is_function(element: Element) -> bool:
    return len(_base_text(element)) > 1


def _opens(element: Element) -> bool:
    return text_of(element) in _MAY_OPEN or text_of(element) in {"", "\u2061"}


def _base(element: Element) -> Element:
    """An operator or name, without what stands above and below it."""
    return element[0] if element.tag in _SCRIPTS and len(element) else element


def _base_text(element: Element) -> str:
    """The text of an operator or name; none for anything else."""
    base = _base(element)
    return text_of(base) if base.tag in _LEAVES else ""


def _tag(name: str, *content: str) -> str:
    return f"<m:{name}>{''.join(content)}</m:{name}>"


def _value(name: str, value: str) -> str:
    return f'<m:{name} m:val="{xml_attribute(value)}"/>'


def _run(text: str, style: str = "") -> str:
    properties = _tag("rPr", style) if style else ""
    return f'<m:r>{properties}<m:t xml:space="preserve">{xml_text(text)}</m:t></m:r>'


_NOTHING = _run("\u200b", "<m:nor/>")
"""Takes the place of what an operator or structure needs, but a formula has left empty."""


def _element(element: Element) -> str:
    return _ELEMENTS[element.tag](element)


def _children(element: Element, count: int) -> list[Element]:
    children = list(element)
    if len(children) != count:
        raise UnreadableFormulaError(element.tag)
    return children


def _argument(name: str, content: str) -> str:
    """An argument of a structure; Word would show a dotted box for one that is empty."""
    return _tag(name, content or _NOTHING)


def _part(name: str, element: Element) -> str:
    """An argument of one element."""
    return _argument(name, _line([element]))


def _identifier(element: Element) -> str:
    text = text_of(element)
    variant = element.get("mathvariant", "normal" if len(text) > 1 else "italic")
    style = _STYLES.get(variant, "i")
    # The reader puts an empty one before the relation that starts a cell.
    return _run(text, "" if style == "i" else _value("sty", style)) if text else _NOTHING


def _operator(element: Element) -> str:
    text = text_of(element)
    if text in EITHER_SIDE:
        return _words(element)
    return _run(text, _value("sty", "p") if len(text) > 1 else "") if text else ""


def _words(element: Element) -> str:
    return _run(text_of(element), "<m:nor/>")


def _space(element: Element) -> str:
    width = _WIDTH.fullmatch(element.get("width", ""))
    size = float(width[1]) if width else 0.0
    return next((_run(space) for least, space in _SPACES if size >= least), "")


def _group(element: Element) -> str:
    children = list(element)
    if len(children) > 1 and children[0].get("form") == "prefix":
        closing = children[-1] if children[-1].get("form") == "postfix" else None
        inner = children[1:-1] if closing is not None else children[1:]
        end = text_of(closing) if closing is not None else ""
        return _delimited(text_of(children[0]), end, inner)
    return _sequence(children)


def _delimited(start: str, end: str, inner: Sequence[Element]) -> str:
    properties = _tag("dPr", _value("begChr", start), _value("endChr", end))
    return _tag("d", properties, _argument("e", _sequence(inner)))


def _fraction(element: Element) -> str:
    upper, lower = _children(element, 2)
    kind = _tag("fPr", _value("type", "noBar")) if element.get("linethickness") == "0" else ""
    return _tag("f", kind, _part("num", upper), _part("den", lower))


def _square_root(element: Element) -> str:
    hidden = _tag("radPr", _value("degHide", "1"))
    return _tag("rad", hidden, "<m:deg/>", _argument("e", _sequence(list(element))))


def _root(element: Element) -> str:
    radicand, degree = _children(element, 2)
    return _tag("rad", _part("deg", degree), _part("e", radicand))


def _nary(element: Element, operand: Sequence[Element]) -> str:
    operator = _base_text(element)
    arguments = dict.fromkeys(("sub", "sup"), "")
    if element.tag in _SCRIPTS:
        places = _SCRIPTS[element.tag]
        for place, argument in zip(places, _children(element, 1 + len(places))[1:], strict=True):
            arguments[place] = _part(place, argument)
    at_side = operator in INTEGRALS or element.tag in {"msub", "msup", "msubsup"}
    properties = _tag(
        "naryPr",
        _value("chr", operator),
        _value("limLoc", "subSup" if at_side else "undOvr"),
        *(_value(f"{place}Hide", "1") for place, xml in arguments.items() if not xml),
    )
    scripts = [xml or f"<m:{place}/>" for place, xml in arguments.items()]
    return _tag("nary", properties, *scripts, _argument("e", _line(operand)))


def _subscript(element: Element) -> str:
    base, below = _children(element, 2)
    if is_limit_name(_base(base)):
        return _tag("limLow", _part("e", base), _part("lim", below))
    return _tag("sSub", _part("e", base), _part("sub", below))


def _superscript(element: Element) -> str:
    base, above = _children(element, 2)
    return _tag("sSup", _part("e", base), _part("sup", above))


def _both_scripts(element: Element) -> str:
    base, below, above = _children(element, 3)
    return _tag("sSubSup", _part("e", base), _part("sub", below), _part("sup", above))


def _over(element: Element) -> str:
    base, above = _children(element, 2)
    mark = text_of(above) if above.tag == "mo" else ""
    if mark in COMBINING_ACCENTS:
        accent = _value("chr", COMBINING_ACCENTS[mark])
        return _tag("acc", _tag("accPr", accent), _part("e", base))
    if mark in BARS:
        return _tag("bar", _tag("barPr", _value("pos", "top")), _part("e", base))
    if mark in BRACES:
        properties = (_value("chr", mark), _value("pos", "top"), _value("vertJc", "bot"))
        return _tag("groupChr", _tag("groupChrPr", *properties), _part("e", base))
    return _tag("limUpp", _part("e", base), _part("lim", above))


def _under(element: Element) -> str:
    base, below = _children(element, 2)
    mark = text_of(below) if below.tag == "mo" else ""
    if mark in BARS:
        return _tag("bar", _tag("barPr", _value("pos", "bot")), _part("e", base))
    if mark in BRACES:
        return _tag("groupChr", _tag("groupChrPr", _value("chr", mark)), _part("e", base))
    return _tag("limLow", _part("e", base), _part("lim", below))


def _under_and_over(element: Element) -> str:
    base, below, above = _children(element, 3)
    lower = _tag("limLow", _part("e", base), _part("lim", below))
    return _tag("limUpp", _argument("e", lower), _part("lim", above))


def _table(element: Element) -> str:
    rows = [list(row) for row in element]
    widest = max(rows, key=len)
    alignments = [cell.get("columnalign", "center") for cell in widest]
    jointed = element.get("columnspacing", "").startswith("0em")
    properties = _tag(
        "mPr",
        _value("plcHide", "1"),
        # The columns of aligned equations meet at their relations.
        _value("cGpRule", "3") + _value("cGp", "1") if jointed else "",
        _tag("mcs", *map(_column, alignments)),
    )
    cells = ([_argument("e", _sequence(list(cell))) for cell in row] for row in rows)
    padded = (row + ["<m:e/>"] * (len(widest) - len(row)) for row in cells)
    return _tag("m", properties, *(_tag("mr", *row) for row in padded))


def _column(alignment: str) -> str:
    return _tag("mc", _tag("mcPr", _value("count", "1"), _value("mcJc", alignment)))


def _box(element: Element) -> str:
    return _tag("borderBox", _argument("e", _sequence(list(element))))


def _phantom(element: Element) -> str:
    hidden = _tag("phantPr", _value("show", "0"))
    return _tag("phant", hidden, _argument("e", _sequence(list(element))))


_SCRIPTS = MappingProxyType(
    {
        "msub": ("sub",),
        "msup": ("sup",),
        "msubsup": ("sub", "sup"),
        "munder": ("sub",),
        "mover": ("sup",),
        "munderover": ("sub", "sup"),
    }
)
"""The kinds of scripts that follow the base of each of these elements."""

_SCRIPTED = MappingProxyType({"msub": "sSub", "msup": "sSup", "msubsup": "sSubSup"})
"""The structures for scripts beside a base."""

_ELEMENTS: MappingProxyType[str, Callable[[Element], str]] = MappingProxyType(
    {
        "menclose": _box,
        "mfrac": _fraction,
        "mi": _identifier,
        "mn": _operator,
        "mo": _operator,
        "mover": _over,
        "mpadded": _group,
        "mphantom": _phantom,
        "mroot": _root,
        "mrow": _group,
        "mspace": _space,
        "msqrt": _square_root,
        "mstyle": _group,
        "msub": _subscript,
        "msubsup": _both_scripts,
        "msup": _superscript,
        "mtable": _table,
        "mtext": _words,
        "munder": _under,
        "munderover": _under_and_over,
    }
)
