"""The numbers of what is counted in a unit: pictures and formulas."""

from activities.documents.model import Image, MathBlock


class UnitNumbering:
    """Counts in the order of drawing; what is drawn again keeps its number."""

    def __init__(self, unit: int | None) -> None:
        """Take the unit's number, if units have numbers."""
        self._before = f"{unit}." if unit else ""
        self._figures: dict[int, int] = {}
        self._formulas: dict[int, int] = {}

    def figure(self, image: Image) -> str:
        """The number of a picture, such as 2.1."""
        return self._number(self._figures, image)

    def formula(self, block: MathBlock) -> str:
        """The number of a displayed formula that has one."""
        return self._number(self._formulas, block)

    def _number(self, known: dict[int, int], block: Image | MathBlock) -> str:
        # By identity, since the same formula may come twice; a unit holds all of its blocks.
        return f"{self._before}{known.setdefault(id(block), len(known) + 1)}"
