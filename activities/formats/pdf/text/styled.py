"""Paragraphs from left to right, of any styles and fonts.

What a run adds is found word by word and joined as a whole: a line costs by its changes of font
and look, not by its words.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from activities.formats.pdf.text import breaking
from activities.formats.pdf.text.font_file import Shaped
from activities.formats.pdf.text.lines import (
    PLAIN_LOOK,
    ROUNDING,
    Line,
    Look,
    Part,
    Piece,
    dressed,
    extent,
    finished_line,
)
from activities.formats.pdf.text.typeface import Typeface
from activities.formats.pdf.text.words import StyleWords


class _Stretch(msgspec.Struct, frozen=True, gc=False):
    """Fragments of one font and look, from where the stretch before it ends."""

    begin: str
    look: Look
    end: int


class StyledText:
    """Text between two hard breaks, from left to right.

    Words and what stands before each of them take turns: a space, or nothing where a line may
    break without one. It may not break where a word is glued to what comes before.
    """

    def __init__(
        self,
        stretches: list[_Stretch],
        fragments: list[str],
        widths: list[float],
        glued: frozenset[int],
    ) -> None:
        """Take the widths of all fragments, and the numbers of the words that are glued."""
        self._stretches = stretches
        self._fragments = fragments
        self._widths = widths
        self._glued = glued
        self._places = list(accumulate(widths))
        self._starts, self._ends = self._places[::2], self._places[1::2]
        self.width = self._places[-1] if fragments else 0.0

    @property
    def widest(self) -> float:
        """The width of the widest stretch that no line break divides."""
        words = self._widths[1::2]
        for word in sorted(self._glued, reverse=True):
            words[word - 1] += words.pop(word)
        return max(words, default=0.0)

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        starts, ends = self._starts, self._ends
        if not ends:
            return [Line(0)]
        found: list[Line] = []
        first, count, stretch = 0, len(ends), 0
        while first < count:
            fitting = bisect_right(ends, starts[first] + limit + ROUNDING, first)
            last = self._whole(first, fitting)
            while self._stretches[stretch].end <= 2 * first + 1:
                stretch += 1
            found.append(self._line(first, last, stretch))
            first = last
        return found

    def _whole(self, first: int, fitting: int) -> int:
        """Where a line from the first word on ends, at least one word and what is glued to it."""
        last = max(fitting, first + 1)
        if last in self._glued:
            while last in self._glued:
                last -= 1
            if last <= first:
                last = max(fitting, first + 1)
                while last in self._glued:
                    last += 1
        return last

    def _line(self, first: int, last: int, number: int) -> Line:
        origin = self._starts[first]
        place, end = 2 * first + 1, 2 * last
        parts: list[Part] = []
        current = self._stretches[number]
        shown = [current.begin]
        left = x = above = below = 0.0
        while place < end:
            stretch = self._stretches[number]
            if stretch.look != current.look:
                parts.append(_part(shown, left, x, current.look))
                shown, left = [stretch.begin], x
            elif stretch.begin != current.begin:
                shown += (")]TJ", stretch.begin)
            if formula := stretch.look.formula:
                above, below = extent(formula, above, below)
            current = stretch
            stop = min(stretch.end, end)
            shown += self._fragments[place:stop]
            x = self._places[stop - 1] - origin
            place = stop
            number += 1
        parts.append(_part(shown, left, x, current.look))
        return finished_line(x, parts, above, below)


def _part(shown: list[str], left: float, right: float, look: Look) -> Part:
    return Part(dressed(f"{''.join(shown)})]TJ", look), left, right, look)


def _scaled(widths: Sequence[float], scale: float) -> Sequence[float]:
    return widths if scale == 1 else [width * scale for width in widths]


class StyledBuilder:
    """Builds the texts of one paragraph."""

    def __init__(self) -> None:
        self._finished: list[StyledText] = []
        self._clear()

    def _clear(self) -> None:
        self._stretches: list[_Stretch] = []
        self._fragments: list[str] = []
        self._widths: list[float] = []
        self._glued: set[int] = set()
        self._before = ""
        self._typeface: Typeface | None = None
        self._look = PLAIN_LOOK

    def add(self, text: str, words: StyleWords, look: Look) -> None:
        """Add a run without hard breaks, in which every space is the usual one."""
        if not text:
            return
        found = text.split(" ")
        starts_with_space, ends_with_space = not found[0], not found[-1]
        if starts_with_space or ends_with_space or "" in found:
            found = [word for word in found if word]
        if starts_with_space:
            self._add_space(words, look)
        if not found:
            return
        glued = self._is_glued(found[0][0])
        shaped = list(map(words.__getitem__, found))
        if all(shaped):
            self._add_all(shaped, words, look, glued)  # type: ignore[arg-type]
        else:
            self._add_each(found, shaped, words, look, glued)
        self._before = found[-1][-1]
        if ends_with_space:
            self._add_space(words, look)

    def _add_all(self, shaped: list[Shaped], words: StyleWords, look: Look, glued: bool) -> None:
        """Add simple words."""
        typeface = words.typeface
        self._set(typeface, look)
        self._begin_word(glued)
        count = 2 * len(shaped) - 1
        fragments, widths = [typeface.space] * count, [float(typeface.space_width)] * count
        widths[::2], fragments[::2] = zip(*shaped, strict=True)
        self._fragments += fragments
        self._widths += _scaled(widths, look.scale)

    def _add_each(
        self,
        found: list[str],
        shaped: list[Shaped | None],
        words: StyleWords,
        look: Look,
        glued: bool,
    ) -> None:
        """Add words of which some are not simple."""
        for number, (word, known) in enumerate(zip(found, shaped, strict=True)):
            if number:
                self._add_space_between(words, look)
                glued = False
            if known:
                self._add_word(words.typeface, known, look, glued)
                continue
            for part in words.parts(word):
                self._set(part.typeface, look)
                self._begin_word(part.glued or glued)
                self._fragments += part.fragments
                self._widths += _scaled(part.widths, look.scale)
                glued = False

    def add_formula(self, piece: Piece) -> None:
        """Add a formula."""
        glued = bool(self._fragments) and len(self._fragments) % 2 == 0
        self._add_word(piece.typeface, (piece.width, piece.fragment), piece.look, glued)
        self._before = ""

    def _add_word(
        self, typeface: Typeface, shown: tuple[float, str], look: Look, glued: bool
    ) -> None:
        self._set(typeface, look)
        self._begin_word(glued)
        width, fragment = shown
        self._fragments.append(fragment)
        self._widths.append(width * look.scale)

    def _begin_word(self, glued: bool) -> None:
        """Add nothing as what stands before the next word, unless something does already."""
        count = len(self._fragments)
        if count % 2 == 0:
            if glued:
                self._glued.add(count // 2)
            self._fragments.append("")
            self._widths.append(0.0)

    def _add_space(self, words: StyleWords, look: Look) -> None:
        """Add a space, unless there is one."""
        if len(self._fragments) % 2 == 0:
            typeface = words.typeface
            self._set(typeface, look)
            self._fragments.append(typeface.space)
            self._widths.append(typeface.space_width * look.scale)

    def _add_space_between(self, words: StyleWords, look: Look) -> None:
        """Add a space in the font of the word before it, as wide as one of the style's own."""
        width = words.typeface.space_width
        assert self._typeface
        space = self._typeface.space_of(width)
        if space:
            self._fragments.append(space)
            self._widths.append(width * look.scale)
        else:
            self._add_space(words, look)

    def _is_glued(self, character: str) -> bool:
        """Whether no line may break before the next character."""
        if not self._fragments or len(self._fragments) % 2:
            return False
        return not (self._before and breaking.may_break_between(self._before, character))

    def _set(self, typeface: Typeface, look: Look) -> None:
        """Let what follows be of a font and a look."""
        if typeface is not self._typeface or look is not self._look:
            self._end_stretch()
            self._typeface, self._look = typeface, look

    def _end_stretch(self) -> None:
        end, typeface = len(self._fragments), self._typeface
        if typeface and end > (self._stretches[-1].end if self._stretches else 0):
            begin = typeface.begin(self._look.scale)
            self._stretches.append(_Stretch(begin, self._look, end))

    def end_text(self) -> None:
        """Break the line."""
        self._end_stretch()
        if len(self._fragments) % 2:
            # A space at the end.
            self._fragments.pop()
            self._widths.pop()
        self._finished.append(
            StyledText(self._stretches, self._fragments, self._widths, frozenset(self._glued))
        )
        self._clear()

    def texts(self) -> list[StyledText]:
        """All that was added."""
        self.end_text()
        return self._finished
