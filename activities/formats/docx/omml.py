"""TeX formulas as Office Math (ECMA-376 part 1, 22.1), by way of presentation MathML."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from types import MappingProxyType
from xml.etree.ElementTree import Element

from activities.documents.formulas.line_breaks import (
    BRACKET_RANKS,
    RELATION_RANK,
    SIGN_RANK,
    Piece,
    broken,
    estimated_width,
)
from activities.documents.formulas.tex import (
    BARS,
    BINARY_OPERATORS,
    BRACES,
    CLOSING,
    COMBINING_ACCENTS,
    EITHER_SIDE,
    FENCES,
    INTEGRALS,
    LARGE_OPERATORS,
    NAMED_SIGNS,
    OPENING,
    PUNCTUATION,
    RELATIONS,
    CachedFormulas,
    UnreadableFormulaError,
    convert_tex,
    is_limit_name,
    length_of,
    lines_of,
    text_of,
)
from activities.formats.shared.xml_escaping import xml_attribute, xml_text

_LEAVES = frozenset({"mo", "mi"})
_MAY_OPEN, _MAY_CLOSE = OPENING | EITHER_SIDE, CLOSING | EITHER_SIDE
_ENDS_OPERAND = RELATIONS | PUNCTUATION | frozenset("+−±")
_STYLES = MappingProxyType(
    {
        "normal": ("", "p"),
        "bold": ("", "b"),
        "italic": ("", "i"),
        "bold-italic": ("", "bi"),
        "script": ("script", "p"),
        "fraktur": ("fraktur", "p"),
        "double-struck": ("double-struck", "p"),
        "sans-serif": ("sans-serif", "p"),
        "sans-serif-italic": ("sans-serif", "i"),
        "monospace": ("monospace", "p"),
    }
)
"""Script and style for each variant of MathML."""
_WORD_STYLES = MappingProxyType(
    {
        "bold": "<w:b/>",
        "italic": "<w:i/>",
        "bold-italic": "<w:b/><w:i/>",
        "monospace": '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New"/>',
        "sans-serif": '<w:rFonts w:ascii="Arial" w:hAnsi="Arial"/>',
    }
)
_STRIKES = MappingProxyType(
    {
        "horizontalstrike": "strikeH",
        "updiagonalstrike": "strikeBLTR",
        "downdiagonalstrike": "strikeTLBR",
    }
)
"""In the order of the schema."""
_LINE_WIDTH = 42.0
"""What stands on a line of a page of A4, in em of the formulas."""
_INDENT = "\u2003\u2003"
_SPACES = ((0.9, "\u2003"), (0.4, "\u2002"), (0.25, "\u2005"), (0.1, "\u2009"))
"""From this width in em on, this space."""
_WORD_SPACE = 0.4
"""The width in em of what parts one from another, rather than letters."""


@CachedFormulas
def office_math(tex: str, *, displayed: bool) -> str | None:
    """An `m:oMath` element, or None when the formula cannot be read."""
    write = _displayed if displayed else _inline
    content = convert_tex(tex, write, displayed=displayed)
    return f"<m:oMath>{content}</m:oMath>" if content else None


def _inline(mathml: Element) -> str:
    return _sequence(list(mathml))


def _displayed(mathml: Element) -> str:
    """A formula that is broken into lines where it is wider than one.

    Word breaks them by itself, but LibreOffice lets them run off the page. A matrix of one column
    is the one thing that both show as lines of one formula.
    """
    elements = list(mathml)
    while len(elements) == 1 and elements[0].tag == "mrow" and not _is_fenced(list(elements[0])):
        elements = list(elements[0])
    pieces = list(_pieces(elements))
    if len(lines_of(elements)) > 1 or sum(piece.width for piece in pieces) <= _LINE_WIDTH:
        return _sequence(elements)
    lines = broken(pieces, _LINE_WIDTH, 2.0)
    if len(lines) == 1:
        return _sequence(elements)
    rows = (
        _tag(
            "mr",
            _argument(
                "e", (_words_run(_INDENT, "") if first else "") + _line(elements[first:last])
            ),
        )
        for first, last in lines
    )
    return _tag("m", _tag("mPr", _tag("mcs", _column("left"))), *rows)


def _pieces(elements: Sequence[Element]) -> Iterable[Piece]:
    """The elements of a row as what a line may be broken between."""
    depth = 0
    before = ""
    for element in elements:
        text = _base_text(element)
        depth -= text in CLOSING
        rank = None
        if before and before not in RELATIONS | BINARY_OPERATORS | OPENING | PUNCTUATION:
            if text in RELATIONS:
                rank = RELATION_RANK + depth * BRACKET_RANKS
            elif text in BINARY_OPERATORS:
                rank = SIGN_RANK + depth * BRACKET_RANKS
        yield Piece(estimated_width(element), rank)
        depth += text in OPENING
        before = text or element.tag


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
            if element.tag == "mo" and text_of(element) in NAMED_SIGNS and position > 1:
                pieces.append(_run(_SPACES[-1][1]))
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


_RULE_SIGNS = ("", "|", "‖")
"""So many rules beside each other."""
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
    if len(element):
        return _sequence(list(element))
    variant = element.get("mathvariant", "normal" if len(text) > 1 else "italic")
    script, style = _STYLES.get(variant, ("", "i"))
    properties = _value("scr", script) if script else ""
    if style != "i" or script:
        properties += _value("sty", style)
    # The reader puts an empty one before the relation that starts a cell.
    return _run(text, properties) if text else _NOTHING


def _operator(element: Element) -> str:
    text = text_of(element)
    if not text and len(element):
        return _sequence(list(element))
    if text in EITHER_SIDE:
        return _words(element)
    variant = element.get("mathvariant", "")
    if variant in _STYLES:
        return _identifier(element)
    return _run(text, _value("sty", "p") if len(text) > 1 else "") if text else ""


def _words(element: Element) -> str:
    return _words_run(text_of(element), element.get("mathvariant", ""))


def _words_run(text: str, variant: str) -> str:
    """Words as other text of the document, in their own spacing."""
    style = _WORD_STYLES.get(variant, "")
    properties = f"<w:rPr>{style}</w:rPr>" if style else ""
    content = f'<m:t xml:space="preserve">{xml_text(text)}</m:t>'
    return f"<m:r><m:rPr><m:nor/></m:rPr>{properties}{content}</m:r>" if text else ""


def _space(element: Element) -> str:
    size = length_of(element.get("width", ""))
    space = next((space for least, space in _SPACES if size >= least), "")
    # Wide ones as words, since LibreOffice passes over spaces among signs.
    return _words_run(space, "") if size >= _WORD_SPACE else _run(space) if space else ""


def _group(element: Element) -> str:
    children = list(element)
    if _is_fenced(children):
        closing = children[-1] if children[-1].get("form") == "postfix" else None
        inner = children[1:-1] if closing is not None else children[1:]
        end = text_of(closing) if closing is not None else ""
        return _delimited(text_of(children[0]), end, inner)
    return _sequence(children)


def _is_fenced(elements: Sequence[Element]) -> bool:
    """Whether elements stand between brackets that grow with them."""
    return len(elements) > 1 and elements[0].get("form") == "prefix"


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
    if element.get("columnlines") or element.get("rowlines"):
        return _ruled_table(element, rows, len(widest))
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
    padded = (row + [_argument("e", "")] * (len(widest) - len(row)) for row in cells)
    return _tag("m", properties, *(_tag("mr", *row) for row in padded))


def _ruled_table(element: Element, rows: Sequence[Sequence[Element]], count: int) -> str:
    """A matrix with rules, which Office Math does not know.

    Upright ones are the separators of a delimiter, which grow with the matrices between them, the
    others bars at the cells: both are what Word and LibreOffice draw.
    """
    rules = [int(gap) for gap in element.get("columnlines", "").split()]
    bars = Counter[tuple[int, int]]()
    for rule in element.get("rowlines", "").split():
        gap, first, last = map(int, rule.split(":"))
        columns = range(max(first, 0), count if last < 0 else min(last + 1, count))
        bars.update((gap, column) for column in columns)
    inner = sorted({gap for gap in rules if 0 < gap < count})
    groups = []
    for start, end in pairwise([0, *inner, count]):
        alignments = [
            rows[0][column].get("columnalign", "center") if column < len(rows[0]) else "center"
            for column in range(start, end)
        ]
        lines = (
            _tag("mr", *(_ruled_cell(row, place, column, bars) for column in range(start, end)))
            for place, row in enumerate(rows)
        )
        properties = _tag("mPr", _value("plcHide", "1"), _tag("mcs", *map(_column, alignments)))
        groups.append(_tag("e", _tag("m", properties, *lines)))
    if not rules:
        return groups[0].removeprefix("<m:e>").removesuffix("</m:e>")
    fences = [_RULE_SIGNS[min(rules.count(gap), 2)] for gap in (0, count)]
    between = _RULE_SIGNS[min(max((rules.count(gap) for gap in inner), default=1), 2)]
    delimiters = _tag(
        "dPr", _value("begChr", fences[0]), _value("sepChr", between), _value("endChr", fences[1])
    )
    return _tag("d", delimiters, *groups)


def _ruled_cell(
    row: Sequence[Element], place: int, column: int, bars: Counter[tuple[int, int]]
) -> str:
    content = _sequence(list(row[column])) if column < len(row) else ""
    positions = ["bot"] * bars[place + 1, column] + (["top"] * bars[0, column] if not place else [])
    for position in positions:
        content = _tag("bar", _tag("barPr", _value("pos", position)), _argument("e", content))
    return _argument("e", content)


def _column(alignment: str) -> str:
    return _tag("mc", _tag("mcPr", _value("count", "1"), _value("mcJc", alignment)))


def _box(element: Element) -> str:
    """A frame, or what strikes out: a frame without its sides."""
    notation = element.get("notation", "").split()
    strikes = [_value(name, "1") for strike, name in _STRIKES.items() if strike in notation]
    sides = [_value(f"hide{side}", "1") for side in ("Top", "Bot", "Left", "Right")]
    properties = _tag("borderBoxPr", *sides, *strikes) if strikes else ""
    return _tag("borderBox", properties, _argument("e", _sequence(list(element))))


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
