"""Links to items that are not in the file after all, as another chunk had to leave them out."""

import re
from collections.abc import Collection

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.model import Run
from activities.model.warnings import Report

_BOOKMARK = re.compile(rb'<w:bookmarkStart w:id="[^"]*" w:name="(_A\w+)"/>')
_LINK = re.compile(rb'<w:hyperlink w:anchor="(_A\w+)" w:history="1">(.*?)</w:hyperlink>', re.DOTALL)
_STYLE = b'<w:rStyle w:val="Hyperlink"/>'


def bookmarks_in(xml: bytes) -> list[bytes]:
    """The names of the bookmarks in a piece of a file to which links of content lead."""
    return _BOOKMARK.findall(xml)


class DeadLinks:
    """Makes those of one item text."""

    def __init__(self, bookmarks: Collection[bytes], item_id: str) -> None:
        """Know all bookmarks of the file."""
        self._bookmarks = bookmarks
        self._warnings = ConversionWarnings(item_id)

    def removed(self, xml: bytes) -> bytes:
        """A piece of the item with text for the links that lead nowhere."""
        return _LINK.sub(self._living, xml)

    def _living(self, found: re.Match[bytes]) -> bytes:
        if found[1] in self._bookmarks:
            return found[0]
        self._warnings.add("link-target-missing")
        return found[2].replace(_STYLE, b"").replace(b"<w:rPr></w:rPr>", b"")

    def warn(self, report: Report, title: str) -> None:
        """Tell how many there were."""
        self._warnings.flush(report, (Run(title),))
