"""Paragraphs from left to right, of any styles and fonts.

What a run adds is found word by word and joined as a whole: a line costs by its changes of font
and style, not by its words.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec

from activities.documents.segmentation import BESIDE, may_break_between
from activities.formats.pdf.text.font_file import Shaped
from activities.formats.pdf.text.lines import (
    PLAIN_STYLE,
    ROUNDING,
    CharacterStyle,
    GlyphRun,
    Line,
    StyledSegment,
    extent,
    finished_line,
    with_style,
)
from activities.formats.pdf.text.typeface import Typeface
from activities.formats.pdf.text.words import StyleWords, WordPart


class _Span(msgspec.Struct, frozen=True, gc=False):
    """Fragments of one font and style, from where the span before it ends."""

    begin: str
    style: CharacterStyle
    end: int


class StyledText:
    """Text between two hard breaks, from left to right.

    Words and what stands before each of them take turns: a space, or nothing where a line may
    break without one. It may not break where a word is glued to what comes before.
    """

    def __init__(
        self,
        spans: list[_Span],
        fragments: list[str],
        widths: list[float],
        glued: frozenset[int],
        hyphens: dict[int, tuple[float, str]],
    ) -> None:
        """Take the widths of all fragments, the numbers of the words that are glued, and the
        hyphens that end a line if the next one begins with words of these numbers.
        """
        self._spans = spans
        self._fragments = fragments
        self._widths = widths
        self._glued = glued
        self._hyphens = hyphens
        self._places = list(accumulate(widths))
        self._starts, self._ends = self._places[::2], self._places[1::2]
        self.width = self._places[-1] if fragments else 0.0

    @property
    def widest(self) -> float:
        """The width of the widest text that no line break divides."""
        words = self._widths[1::2]
        for word in sorted(self._glued, reverse=True):
            words[word - 1] += words.pop(word)
        return max(words, default=0.0)

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        if not self._ends:
            return [Line(0)]
        found: list[Line] = []
        first = span = 0
        for last in self._breaks(limit):
            while self._spans[span].end <= 2 * first + 1:
                span += 1
            found.append(self._line(first, last, span))
            first = last
        return found

    def count(self, limit: float) -> int:
        """The number of lines no wider than the limit."""
        return sum(1 for _ in self._breaks(limit)) if self._ends else 1

    def _breaks(self, limit: float) -> Iterator[int]:
        """Behind which words lines end."""
        starts, ends = self._starts, self._ends
        first, count = 0, len(ends)
        while first < count:
            end = starts[first] + limit + ROUNDING
            last = self._whole(first, bisect_right(ends, end, first))
            while last in self._hyphens and ends[last - 1] + self._hyphens[last][0] > end:
                shorter = self._whole(first, last - 1)
                if shorter >= last:
                    break
                last = shorter
            yield last
            first = last

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
        segments: list[StyledSegment] = []
        current = self._spans[number]
        shown = [current.begin]
        left = x = above = below = 0.0
        while place < end:
            span = self._spans[number]
            if span.style != current.style:
                segments.append(_segment(shown, left, x, current.style))
                shown, left = [span.begin], x
            elif span.begin != current.begin:
                shown += (")]TJ", span.begin)
            if shape := span.style.formula or span.style.picture:
                above, below = extent(shape, above, below)
            current = span
            stop = min(span.end, end)
            shown += self._fragments[place:stop]
            x = self._places[stop - 1] - origin
            place = stop
            number += 1
        if last < len(self._ends) and last in self._hyphens:
            width, hyphen = self._hyphens[last]
            shown.append(hyphen)
            x += width
        segments.append(_segment(shown, left, x, current.style))
        return finished_line(x, segments, above, below)


def _segment(shown: list[str], left: float, right: float, style: CharacterStyle) -> StyledSegment:
    return StyledSegment(with_style(f"{''.join(shown)})]TJ", style), left, right, style)


def _scaled(widths: Sequence[float], scale: float) -> Sequence[float]:
    return widths if scale == 1 else [width * scale for width in widths]


class StyledBuilder:
    """Builds the texts of one paragraph."""

    def __init__(self) -> None:
        self._finished: list[StyledText] = []
        self._clear()

    def _clear(self) -> None:
        self._spans: list[_Span] = []
        self._fragments: list[str] = []
        self._widths: list[float] = []
        self._glued: set[int] = set()
        self._hyphens: dict[int, tuple[float, str]] = {}
        self._before = ""
        self._typeface: Typeface | None = None
        self._style = PLAIN_STYLE

    def add(self, text: str, words: StyleWords, style: CharacterStyle) -> None:
        """Add a run without hard breaks, in which every space is the usual one."""
        if not text:
            return
        found = text.split(" ")
        starts_with_space, ends_with_space = not found[0], not found[-1]
        if starts_with_space or ends_with_space or "" in found:
            found = [word for word in found if word]
        if starts_with_space:
            self._add_space(words, style)
        if not found:
            return
        glued = self._is_glued(found[0])
        shaped = list(map(words.__getitem__, found))
        if all(shaped):
            self._add_all(shaped, words, style, glued)  # type: ignore[arg-type]
        else:
            self._add_each(found, shaped, words, style, glued)
        self._before = (self._before if glued and len(found) == 1 else "") + found[-1][-BESIDE:]
        if ends_with_space:
            self._add_space(words, style)

    def _add_all(
        self, shaped: list[Shaped], words: StyleWords, style: CharacterStyle, glued: bool
    ) -> None:
        """Add words that are all simple, with the spaces between them."""
        typeface = words.typeface
        self._set(typeface, style)
        self._begin_word(glued)
        count = 2 * len(shaped) - 1
        fragments, widths = [typeface.space] * count, [float(typeface.space_width)] * count
        widths[::2], fragments[::2] = zip(*shaped, strict=True)
        self._fragments += fragments
        self._widths += _scaled(widths, style.scale)

    def _add_each(
        self,
        found: list[str],
        shaped: list[Shaped | None],
        words: StyleWords,
        style: CharacterStyle,
        glued: bool,
    ) -> None:
        """Add words of which some are not simple."""
        for number, (word, known) in enumerate(zip(found, shaped, strict=True)):
            if number:
                self._add_space_between(words, style)
                glued = False
            if known:
                self._add_word(words.typeface, known, style, glued)
                continue
            for part in words.parts(word):
                self._set(part.typeface, style)
                self._begin_word(part.glued or glued)
                if part.soft:
                    self._add_hyphens(part, style)
                self._fragments += part.fragments
                self._widths += _scaled(part.widths, style.scale)
                glued = False

    def _add_hyphens(self, part: WordPart, style: CharacterStyle) -> None:
        """Note the hyphens of a part whose fragments are to be added."""
        if part.typeface.hyphen:
            width, hyphen = part.typeface.hyphen
            first = len(self._fragments) // 2 + 1
            shown = width * style.scale, hyphen
            self._hyphens |= {first + number: shown for number in part.soft}

    def add_shape(self, run: GlyphRun) -> None:
        """Add a formula, a picture or room as a word of its own."""
        glued = bool(self._fragments) and len(self._fragments) % 2 == 0
        # A run is as wide as it is shown, a word as it would be at full size.
        width = run.width / run.style.scale
        self._add_word(run.typeface, (width, run.fragment), run.style, glued)
        self._before = ""

    def _add_word(
        self, typeface: Typeface, shown: tuple[float, str], style: CharacterStyle, glued: bool
    ) -> None:
        self._set(typeface, style)
        self._begin_word(glued)
        width, fragment = shown
        self._fragments.append(fragment)
        self._widths.append(width * style.scale)

    def _begin_word(self, glued: bool) -> None:
        """Add nothing as what stands before the next word, unless something does already."""
        count = len(self._fragments)
        if count % 2 == 0:
            if glued:
                self._glued.add(count // 2)
            self._fragments.append("")
            self._widths.append(0.0)

    def _add_space(self, words: StyleWords, style: CharacterStyle) -> None:
        """Add a space, unless there is one."""
        if len(self._fragments) % 2 == 0:
            typeface = words.typeface
            self._set(typeface, style)
            self._fragments.append(typeface.space)
            self._widths.append(typeface.space_width * style.scale)

    def _add_space_between(self, words: StyleWords, style: CharacterStyle) -> None:
        """Add a space in the font of the word before it, as wide as one of the style's own."""
        width = words.typeface.space_width
        assert self._typeface
        space = self._typeface.space_of(width)
        if space:
            self._fragments.append(space)
            self._widths.append(width * style.scale)
        else:
            self._add_space(words, style)

    def _is_glued(self, word: str) -> bool:
        """Whether no line may break before the next word, or part of one."""
        if not self._fragments or len(self._fragments) % 2:
            return False
        return not (self._before and may_break_between(self._before, word))

    def _set(self, typeface: Typeface, style: CharacterStyle) -> None:
        """Let what follows be of a font and a style."""
        if typeface is not self._typeface or style is not self._style:
            self._end_span()
            self._typeface, self._style = typeface, style

    def _end_span(self) -> None:
        end, typeface = len(self._fragments), self._typeface
        if typeface and end > (self._spans[-1].end if self._spans else 0):
            begin = typeface.begin(self._style.scale)
            self._spans.append(_Span(begin, self._style, end))

    def end_text(self) -> None:
        """End the text at a hard break."""
        self._end_span()
        if len(self._fragments) % 2:
            # A space at the end.
            self._fragments.pop()
            self._widths.pop()
        self._finished.append(
            StyledText(
                self._spans, self._fragments, self._widths, frozenset(self._glued), self._hyphens
            )
        )
        self._clear()

    def texts(self) -> list[StyledText]:
        """The texts of all that was added, one for each hard break and one more."""
        self.end_text()
        return self._finished
