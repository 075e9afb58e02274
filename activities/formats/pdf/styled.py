"""Paragraphs of several styles whose words all are simple text.

What a run adds is found word by word and joined as a whole: lines cost by their styles, not by
their words.
"""

from bisect import bisect_right
from itertools import accumulate

import msgspec

from activities.formats.pdf import breaking
from activities.formats.pdf.lines import ROUNDING, Line, Look, Part, dressed, finished_line
from activities.formats.pdf.words import SimpleWords


class _Stretch(msgspec.Struct, frozen=True, gc=False):
    """What one run adds: fragments from where the stretch before it ends."""

    begin: str
    look: Look
    end: int


class StyledText:
    """Words of several styles between two hard breaks, from left to right.

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
        self._glued = glued
        self._places = list(accumulate(widths))
        self._starts, self._ends = self._places[::2], self._places[1::2]
        self.width = self._places[-1] if fragments else 0.0
        self.widest = self._widest(widths[1::2])

    def _widest(self, words: list[float]) -> float:
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
        left = x = 0.0
        while place < end:
            stretch = self._stretches[number]
            if stretch.look != current.look:
                parts.append(_part(shown, left, x, current.look))
                shown, left = [stretch.begin], x
            elif stretch.begin != current.begin:
                shown += (")]TJ", stretch.begin)
            current = stretch
            stop = min(stretch.end, end)
            shown += self._fragments[place:stop]
            x = self._places[stop - 1] - origin
            place = stop
            number += 1
        parts.append(_part(shown, left, x, current.look))
        return finished_line(x, parts)


def _part(shown: list[str], left: float, right: float, look: Look) -> Part:
    return Part(dressed(f"{''.join(shown)})]TJ", look), left, right, look)


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

    def add(self, text: str, words: SimpleWords, look: Look) -> bool:
        """Add a run without hard breaks; false when it is not simple text."""
        found = text.split(" ")
        starts_with_space, ends_with_space = not found[0], not found[-1]
        if starts_with_space or ends_with_space or "" in found:
            found = [word for word in found if word]
        typeface = words.typeface
        space = (typeface.space_width, typeface.space)
        added = self._joined(found, words, space)
        if added is None:
            return False
        if len(self._fragments) % 2 == 0:
            self._add_joint(found, space, starts_with_space)
            self._widths[-1] *= look.scale
        elif not found:
            return True
        if found:
            fragments, widths = added
            self._fragments += fragments
            self._widths += [width * look.scale for width in widths]
            self._before = found[-1][-1]
            if ends_with_space:
                self._fragments.append(space[1])
                self._widths.append(space[0] * look.scale)
        begin = f"/{typeface.resource} {look.scale:g} Tf[("
        self._stretches.append(_Stretch(begin, look, len(self._fragments)))
        return True

    def _add_joint(
        self, found: list[str], space: tuple[float, str], starts_with_space: bool
    ) -> None:
        """Add what stands before the first word of a run."""
        if starts_with_space:
            self._widths.append(space[0])
            self._fragments.append(space[1])
            return
        if self._fragments and not breaking.may_break_between(self._before, found[0][0]):
            self._glued.add(len(self._fragments) // 2)
        self._widths.append(0.0)
        self._fragments.append("")

    def _joined(
        self, found: list[str], words: SimpleWords, space: tuple[float, str]
    ) -> tuple[list[str], list[float]] | None:
        """The words and what is between them, None when not all of them are simple."""
        shaped = [words[word] for word in found]
        if None in shaped:
            return self._joined_units(found, words, space)
        count = max(2 * len(shaped) - 1, 0)
        fragments, widths = [space[1]] * count, [space[0]] * count
        fragments[::2] = [fragment for _, fragment in shaped]  # type: ignore[misc]
        widths[::2] = [width for width, _ in shaped]  # type: ignore[misc]
        return fragments, widths

    def _joined_units(
        self, found: list[str], words: SimpleWords, space: tuple[float, str]
    ) -> tuple[list[str], list[float]] | None:
        """The same of words within which lines may break, such as those with hyphens."""
        fragments: list[str] = []
        widths: list[float] = []
        for word in found:
            joint = space
            for unit in breaking.units(word):
                shaped = words[unit]
                if shaped is None:
                    return None
                fragments += (joint[1], shaped[1])
                widths += (joint[0], shaped[0])
                joint = (0.0, "")
        return fragments[1:], widths[1:]

    def end_text(self) -> None:
        """Break the line."""
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
