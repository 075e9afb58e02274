"""Words are shaped: a font for each script in them, their width, and what draws them.

What is known of a word is kept, up to a limit, for one document.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import msgspec

from activities.formats.pdf import breaking
from activities.formats.pdf.fontbook import FontBook, Style, is_invisible, script_of
from activities.formats.pdf.lines import Box, Look, Piece
from activities.formats.pdf.typeface import Shaped, Typeface

_WORDS_KEPT = 10_000
"""Of one style and look, in one document."""
_KEPT_LENGTH = 40
"""Longer words hardly come again."""
_PICTURES = range(0x1F000, 0x1FB00)
_PICTURE_SELECTOR = "\ufe0f"

_Home = tuple[Typeface, str]
"""The typeface that draws a character, and its script; nothing for one that goes with any."""


class Atom(msgspec.Struct, frozen=True, gc=False):
    """Shaped text of one font, from left to right."""

    typeface: Typeface
    width: int
    fragment: str
    glued: bool
    """Whether no line may break before it."""


class StyleWords(dict[str, Shaped | None]):
    """Words of one style from left to right; None for those that are not simple text.

    Simple text is of the style's own font, and no line breaks within it.
    """

    def __init__(self, fonts: FontBook, style: Style, itemizer: "Itemizer") -> None:
        super().__init__()
        self.typeface = fonts.main(style)
        self._characters = fonts.simple(style)
        self._itemizer = itemizer
        self._atoms: dict[str, tuple[Atom, ...]] = {}

    def may_hold(self, text: str) -> bool:
        """Whether a text has no character that is not simple; spaces tell nothing."""
        return text.isascii() or self._characters.issuperset(text)

    def __missing__(self, word: str) -> Shaped | None:
        if len(self) >= _WORDS_KEPT:
            self.clear()
        simple = self._characters.issuperset(word) and len(breaking.units(word)) == 1
        shaped = self.typeface.shape(word) if simple else None
        if len(word) <= _KEPT_LENGTH:
            self[word] = shaped
        return shaped

    def atoms(self, word: str) -> Sequence[Atom]:
        """Any word: of other fonts, or one within which lines may break."""
        known = self._atoms.get(word)
        if known is not None:
            return known
        units = breaking.units(word)
        if len(units) == 1:
            return self._unit(word)
        atoms = tuple([atom for unit in units for atom in self._unit(unit)])
        self._keep(word, atoms)
        return atoms

    def _unit(self, unit: str) -> tuple[Atom, ...]:
        known = self._atoms.get(unit)
        if known is None:
            shaped = self._itemizer.shape(unit, right_to_left=False)
            known = tuple(
                [
                    Atom(typeface, width, fragment, glued=number > 0)
                    for number, (typeface, (width, fragment)) in enumerate(shaped)
                ]
            )
            self._keep(unit, known)
        return known

    def _keep(self, text: str, atoms: tuple[Atom, ...]) -> None:
        if len(text) <= _KEPT_LENGTH:
            if len(self._atoms) >= _WORDS_KEPT:
                self._atoms.clear()
            self._atoms[text] = atoms


class Units(dict[str, Box]):
    """Text of one style, look and level, in units that no line break divides, as boxes."""

    def __init__(self, itemizer: "Itemizer", look: Look, level: int) -> None:
        super().__init__()
        self._itemizer = itemizer
        self._look = look
        self._level = level
        self._spaced: dict[str, tuple[Box, ...]] = {}
        self.space = self.spaces(1)

    def __missing__(self, unit: str) -> Box:
        look, level = self._look, self._level
        shaped = self._itemizer.shape(unit, right_to_left=level % 2 == 1)
        pieces = tuple(
            [
                Piece(typeface, fragment, width * look.scale, level, look)
                for typeface, (width, fragment) in shaped
            ]
        )
        box = Box(sum([piece.width for piece in pieces]), None, pieces)
        if len(unit) <= _KEPT_LENGTH:
            if len(self) >= _WORDS_KEPT:
                self.clear()
            self[unit] = box
        return box

    def after_space(self, word: str) -> tuple[Box, ...]:
        """The boxes of a word that follows a space of its own kind."""
        boxes = self._spaced.get(word)
        if boxes is None:
            first, *others = breaking.units(word)
            box = self[first]
            spaced = Box(box.width, self.space, box.pieces)
            boxes = (spaced, *[self[unit] for unit in others])
            if len(word) <= _KEPT_LENGTH:
                if len(self._spaced) >= _WORDS_KEPT:
                    self._spaced.clear()
                self._spaced[word] = boxes
        return boxes

    def spaces(self, count: int) -> Piece:
        """So many spaces."""
        typeface = self._itemizer.main
        width = typeface.space_width * count * self._look.scale
        return Piece(typeface, typeface.space * count, width, self._level, self._look)


class _Homes(dict[str, _Home | None]):
    """The homes of characters; None for those that take a closer look."""

    def __init__(self, fonts: FontBook, style: Style) -> None:
        super().__init__()
        self._fonts = fonts
        self._style = style

    def __missing__(self, character: str) -> _Home | None:
        home = None
        script = _script(character)
        if script and not is_invisible(character) and ord(character) not in _PICTURES:
            typeface = self._fonts.choose(self._style, character)
            home = (typeface, script) if typeface else None
        self[character] = home
        return home


class Itemizer:
    """Divides text of one style into stretches of one font and script."""

    def __init__(self, fonts: FontBook, style: Style) -> None:
        self._fonts = fonts
        self._style = style
        self.main = fonts.main(style)
        self._simple = fonts.simple(style)
        self._homes = _Homes(fonts, style)

    def shape(self, text: str, *, right_to_left: bool) -> Sequence[tuple[Typeface, Shaped]]:
        """Shape text of one direction, each stretch for itself."""
        if not right_to_left and self._simple.issuperset(text):
            return [(self.main, self.main.shape(text))]
        typeface = self._only_typeface(text)
        if typeface:
            return [(typeface, typeface.shape(text, right_to_left))]
        placed = [self._placed(cluster) for cluster in breaking.clusters(text)]
        found = []
        for (typeface, _), group in groupby(placed, itemgetter(0, 1)):
            clusters = [cluster for _, _, cluster in group]
            stretch = "".join(clusters)
            if typeface:
                found.append((typeface, typeface.shape(stretch, right_to_left)))
            else:
                other, shown = self._fonts.replacement(self._style)
                found.append((other, other.shape_instead(shown * len(clusters), stretch)))
        return found

    def _placed(self, cluster: str) -> tuple[Typeface | None, str, str]:
        first = cluster[0]
        picture = _PICTURE_SELECTOR in cluster or ord(first) in _PICTURES
        typeface = self._fonts.choose(self._style, first, picture)
        if typeface and len(cluster) > 1:
            typeface = self._fonts.choose_for_marks(self._style, cluster, typeface)
        return typeface, _script(first), cluster

    def _only_typeface(self, text: str) -> Typeface | None:
        """What draws all of a text of one script, None if that takes a closer look."""
        homes = set(map(self._homes.__getitem__, text))
        home = homes.pop() if len(homes) == 1 else None
        return home[0] if home else None


def _script(character: str) -> str:
    """The character's script, or nothing when it goes with any."""
    script = script_of(character)
    return "" if script in {"Zyyy", "Zinh"} else script
