"""Links to items that are not in the file after all, as another chunk had to leave them out."""

import re
from collections.abc import Collection

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.model import Run
from activities.model.warnings import Report

_MAYBE = b"#p"
_LINK = re.compile(rb'<a href="(?:[\w.]*)#(p[0-9a-f]{16})">(.*?)</a>', re.DOTALL)


def without_dead_links(
    xhtml: bytes, known: Collection[str], item_id: str, title: str, report: Report
) -> bytes:
    """The XHTML of an item with text for the links that lead nowhere, of which the report is told.

    Args:
        xhtml: what `XhtmlWriter` wrote.
        known: the ids to which links may lead.
        item_id: the item that it is of.
        title: the item's title.
        report: is told.
    """
    if _MAYBE not in xhtml:
        return xhtml
    warnings = ConversionWarnings(item_id)

    def living(found: re.Match[bytes]) -> bytes:
        if found[1].decode() in known:
            return found[0]
        warnings.add("link-target-missing")
        return found[2]

    alive = _LINK.sub(living, xhtml)
    if alive != xhtml:
        warnings.flush(report, (Run(title),))
    return alive
