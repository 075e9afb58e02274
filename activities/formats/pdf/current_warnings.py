"""The warnings of the item whose text is set."""

from typing import Any

from activities.documents.conversion_warnings import ConversionWarnings
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.missing_glyphs import named_character, script_in_words


class CurrentWarnings:
    """The warnings of the item that is being drawn.

    Does not know the rendering: what knows each other stays in memory when it is not used any more,
    with all of its words, until the garbage collector comes by.
    """

    def __init__(self) -> None:
        self.of_item = ConversionWarnings("")
        self._missing = set[tuple[str, str]]()
        """Items and the characters that were told of, which back matter shapes again."""

    def state(self) -> tuple[str, Any]:
        """Where what is drawn stands."""
        return self.of_item.part, self.of_item.heading

    def restore(self, state: tuple[str, Any]) -> None:
        """Let what is drawn stand there again."""
        self.of_item.part, self.of_item.heading = state

    def add_formula(self, tex: str) -> None:
        """Tell of a formula that cannot be read."""
        self.of_item.add_once("formula-as-source", tex)

    def add_small_formula(self, formula: Formula) -> None:
        """Tell of a formula that is small."""
        self.of_item.add_once("formula-too-large", formula)

    def add_glyph(self, character: str) -> None:
        """Tell of a character that no font has, once for each item."""
        item_id = self.of_item.item_id
        if (item_id, character) in self._missing:
            return
        if item_id:
            # What is of no item is told of by the front matter alone.
            self._missing.add((item_id, character))
        what, example = script_in_words(character), named_character(character)
        self.of_item.add("script-missing", what=what, example=example)
