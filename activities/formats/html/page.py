"""What stands around the items of a page: its head, the contents, and how it begins and ends."""

from collections.abc import Sequence
from typing import Final

import msgspec

from activities.documents.design.design import Design
from activities.documents.design.tokens import AccentName
from activities.documents.labels import UNKNOWN_LANGUAGE, is_written_from_right, labels
from activities.formats.shared.xhtml.label_languages import label_attributes
from activities.formats.shared.xhtml.profiles import PAGE
from activities.formats.shared.xhtml.style_sheet import filled, style_sheet, values
from activities.formats.shared.xhtml.units import Unit
from activities.formats.shared.xml_escaping import xml_text

_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
_ITEMS_WITH_PARTS_MAX: Final = 8
"""Up to so many items the contents show their parts."""
_PADDING: Final = 1.25
"""Of the body on each side, in em."""
PAGE_END: Final = b"</main>\n</body>\n</html>\n"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An item, as the contents and the head know it."""

    id: str
    title: str
    language: str
    accent: AccentName
    attributes: str
    label_attributes: str
    parts: tuple[tuple[str, str], ...]
    """The id and label of each part."""

    @classmethod
    def of(cls, unit: Unit) -> "Entry":
        """The entry of an item."""
        parts = tuple((part.id, part.label) for part in unit.parts)
        return cls(
            unit.id,
            unit.title,
            unit.language,
            unit.accent,
            unit.attributes,
            unit.label_attributes,
            parts,
        )


def page_start(
    title: str, entries: Sequence[Entry], design: Design, language: str | None, *, single: bool
) -> str:
    """The page up to its first item.

    Args:
        title: of the file.
        entries: of all items.
        design: of the export.
        language: that of headings which was asked for.
        single: whether the title of the one item is that of the page.
    """
    shown = xml_text(title)
    page_language = language or (entries[0].language if entries else UNKNOWN_LANGUAGE)
    words = labels(page_language)
    of_labels = label_attributes(words, page_language, PAGE)
    direction = "rtl" if is_written_from_right(page_language) else "ltr"
    heading = "" if single else f'<header class="file"><h1 class="level-1">{shown}</h1></header>\n'
    return (
        f'<!DOCTYPE html>\n<html lang="{page_language}" dir="{direction}">\n<head>\n'
        '<meta charset="utf-8"/>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>\n'
        '<meta name="referrer" content="no-referrer"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        '<meta name="color-scheme" content="light"/>\n'
        f"<title>{shown}</title>\n"
        f"<style>\n{style_sheet(design, [entry.accent for entry in entries])}"
        f"{_layout(design)}</style>\n</head>\n"
        f'<body>\n<a class="skip" href="#content"{of_labels}>{words.skip}</a>\n{heading}'
        f'{_contents(words.contents, of_labels, entries, single=single)}<main id="content">\n'
    )


def article(unit: Unit, *, single: bool) -> bytes:
    """An item on the page."""
    level = 1 if single else 2
    start = (
        f'<article class="unit {unit.accent}" {unit.attributes}>\n<header class="opener">'
        f'<h{level} id="{unit.id}" class="level-1">'
    )
    parts = b"\n".join([part.xhtml for part in unit.parts])
    return b"%b%b</h%d></header>\n%b</article>\n" % (start.encode(), unit.heading, level, parts)


def _contents(label: str, of_label: str, entries: Sequence[Entry], *, single: bool) -> str:
    with_parts = len(entries) <= _ITEMS_WITH_PARTS_MAX
    lists = [_parts(entry) if with_parts else "" for entry in entries]
    if single:
        listed = lists[0] if entries and len(entries[0].parts) > 1 else ""
    else:
        listed = "".join(
            f'<li {entry.attributes}><a href="#{entry.id}">{xml_text(entry.title)}</a>'
            f"{parts}</li>\n"
            for entry, parts in zip(entries, lists, strict=True)
        )
        listed = f"<ol>\n{listed}</ol>" if listed else ""
    if not listed:
        return ""
    return (
        '<nav class="contents" aria-labelledby="contents">'
        f'<h2 id="contents"{of_label}>{label}</h2>\n{listed}</nav>\n'
    )


def _parts(entry: Entry) -> str:
    listed = "".join(
        f'<li{entry.label_attributes}><a href="#{part}">{xml_text(label)}</a></li>'
        for part, label in entry.parts
    )
    return f"<ul>{listed}</ul>" if listed else ""


def _layout(design: Design) -> str:
    """The column of text, on a phone as wide as the screen."""
    tokens = design.tokens
    paper, body = tokens.papers["a4"], tokens.type["body"]
    accent = design.accent("default")
    words = values(design) | {
        "base": accent.base,
        "dark": accent.dark,
        "column": f"{round(paper.text / body.size + 2 * _PADDING, 1):g}em",
        "print": f"{body.size:g}pt",
        "margin": f"{paper.end:g}pt",
    }
    return filled("activities.formats.html", "layout.css", words)
