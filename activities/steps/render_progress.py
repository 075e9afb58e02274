"""How far a render is, as its child tells."""

from collections.abc import Callable


class RenderProgress:
    """The progress of one attempt."""

    def __init__(self) -> None:
        self.items_done = 0
        """The items that were done when somebody looked."""
        self.item_id = ""
        """The item that the renderer was at then; empty for none."""
        self._look: Callable[[], tuple[int, str]] | None = None

    def follow(self, look: Callable[[], tuple[int, str]] | None) -> None:
        """Take progress from here; None: it stays as it is."""
        self._look = look

    def look(self) -> None:
        """See how far the render is now."""
        if look := self._look:
            self.update(*look())

    def update(self, items_done: int, item_id: str) -> None:
        """Take what the child tells."""
        self.items_done = items_done
        self.item_id = item_id
