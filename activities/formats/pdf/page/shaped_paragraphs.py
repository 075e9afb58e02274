"""The paragraphs of the last two pages, which may have to be drawn again."""

from activities.documents.model import Runs
from activities.formats.pdf.page.theme import TextStyle
from activities.formats.pdf.text.paragraph import ShapedParagraph

_Known = dict[tuple[int, int], tuple[Runs, TextStyle, ShapedParagraph]]
"""By identity; runs and style are kept, so that nothing else gets theirs."""


class ShapedParagraphs:
    """Knows paragraphs until two pages later: shaping them takes most of the time of drawing."""

    def __init__(self) -> None:
        self._known: _Known = {}
        self._before: _Known = {}

    def get(self, runs: Runs, style: TextStyle) -> ShapedParagraph | None:
        """The paragraph of these runs in this style, if it is known."""
        key = (id(runs), id(style))
        found = self._known.get(key) or self._before.get(key)
        return found[2] if found else None

    def add(self, runs: Runs, style: TextStyle, shaped: ShapedParagraph) -> None:
        """Know a paragraph."""
        self._known[id(runs), id(style)] = (runs, style, shaped)

    def end_page(self) -> None:
        """Forget what is older than the page that ends."""
        self._before, self._known = self._known, {}

    def forget(self) -> None:
        """Forget everything."""
        self._before, self._known = {}, {}
