"""Pictures that content refers to and does not hold."""

from typing import Protocol


class Media(Protocol):
    """The pictures that were frozen with the content of an export."""

    def picture(self, reference: str) -> bytes | None:
        """The file that content refers to so, as it is written there; None: it was not to be had.

        Equal references give equal bytes, however often an export is rendered.
        """
