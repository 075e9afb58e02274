"""Counts what was left out or changed while one item became a document, part by part."""

from collections import Counter
from types import MappingProxyType

from activities.model.warnings import ExportWarning, Report

_DETAILS = MappingProxyType(
    {
        "control-characters-removed": "Control characters removed: {}.",
        "formula-unreadable": "Formulas shown as their TeX source, because it cannot be read: {}.",
        "image-not-embedded": "Images replaced by their description, because they are not "
        "part of the text (data: URL): {}.",
        "image-not-placed": "Images in headings, tables or one-line texts replaced by their "
        "description: {}.",
        "image-too-large": "Images replaced by their description, because they are too large: {}.",
        "image-unreadable": "Images replaced by their description, because they are no readable "
        "PNG, JPEG, GIF or WebP: {}.",
        "link-changed": "Links without what could deceive in their address: user and password, "
        "marks of direction, all of a mail but its recipients and subject: {}.",
        "link-removed": "Links reduced to their text, because they are not http, https or "
        "mailto: {}.",
        "link-unusable": "Links reduced to their text, because the format cannot hold their "
        "address: {}.",
        "shown-as-source": "Texts of which a table or the rest is shown as its source, because the "
        "item has more tables and marks than an item may have: {}.",
        "nesting-too-deep": "Texts with lists or quotations nested too deeply, shown with their "
        "list and quotation marks as text: {}.",
    }
)


class ConversionWarnings:
    """Counts by part and code; `flush` makes one warning of each."""

    def __init__(self, item_id: str) -> None:
        self.part = ""
        """The part that is being read; empty for the item itself."""
        self._item_id = item_id
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, code: str, count: int = 1) -> None:
        """Note that `code` happened `count` times in the current part."""
        self._counts[self.part, code] += count

    def flush(self, report: Report) -> None:
        """Hand everything over, in the order in which it was first noted."""
        for (part, code), count in self._counts.items():
            detail = _DETAILS[code].format(count)
            report.warn(ExportWarning(code, detail, item_id=self._item_id, part=part))
        self._counts.clear()
