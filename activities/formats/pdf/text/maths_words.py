"""Words in formulas, of any script: shaped as other text is, as a part of a formula."""

from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter

from activities.documents.direction import is_right_to_left
from activities.documents.formulas.tex import UnreadableFormulaError
from activities.formats.pdf.text import bidi
from activities.formats.pdf.text.faces import FontStyle
from activities.formats.pdf.text.fontbook import FontBook
from activities.formats.pdf.text.formula import Formula, FormulaBuilder, Glyph
from activities.formats.pdf.text.joined_glyphs import width_of
from activities.formats.pdf.text.typeface import Typeface
from activities.formats.pdf.text.words import Itemizer

_WORDS_CACHED = 2048


@lru_cache(maxsize=_WORDS_CACHED)
def words_formula(text: str, style: FontStyle) -> Formula:
    """The words in the size of the surrounding text.

    Raises:
        UnreadableFormulaError: no font of the set has all of their characters.
    """
    line = FormulaBuilder()
    if text.isascii() or not bidi.has_right_to_left(text):
        _add(line, text, style, right_to_left=False)
        return line.formula()
    base = is_right_to_left(text, otherwise=False)
    levels = bidi.embedding_levels(text, base)
    runs = [
        (level, "".join(character for _, character in group))
        for level, group in groupby(zip(levels, text, strict=True), itemgetter(0))
    ]
    for level, run in bidi.visual_order(runs, [level for level, _ in runs]):
        _add(line, run, style, right_to_left=level % 2 == 1)
    return line.formula()


def _add(line: FormulaBuilder, text: str, style: FontStyle, *, right_to_left: bool) -> None:
    """Add text of one direction at the end of a line."""
    book, itemizer = _itemizer(style)
    stretches = itemizer.stretches(text)
    for typeface, clusters in reversed(stretches) if right_to_left else stretches:
        name = book.name_in_set(typeface) if typeface else None
        if typeface is None or name is None:
            raise UnreadableFormulaError
        line.place(_shaped(typeface, name, "".join(clusters), right_to_left), line.width)


def _shaped(typeface: Typeface, name: str, text: str, right_to_left: bool) -> Formula:
    shaped = FormulaBuilder()
    for cluster in typeface.file.clusters(text, right_to_left):
        ink, size = typeface.file.bounds(cluster.placed), typeface.size
        glyph = Glyph(name, cluster.placed, cluster.text, 0.0, 0.0, size)
        width = width_of(cluster.placed) * size
        word = Formula(width, ink.top * size, -ink.bottom * size, (glyph,))
        shaped.place(word, shaped.width)
    return shaped.formula()


@cache
def _itemizer(style: FontStyle) -> tuple[FontBook, Itemizer]:
    """Chooses fonts for the words of a style, for all documents."""
    book = FontBook(lambda _character: None)
    return book, Itemizer(book, style)
