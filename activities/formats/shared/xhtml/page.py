"""All items as one page of HTML, with a head, the contents, and what stands around.

Items come with the headings of a page of several; where there is one, its headings move up by a
level when the page is put together.
"""

import re
from collections.abc import Sequence
from typing import BinaryIO, Final, Protocol

import msgspec

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.design.design import Design
from activities.documents.design.tokens import AccentName
from activities.documents.labels import UNKNOWN_LANGUAGE, is_written_from_right, labels
from activities.formats.protocol import Export
from activities.formats.shared.xhtml.dead_links import without_dead_links
from activities.formats.shared.xhtml.label_languages import label_attributes
from activities.formats.shared.xhtml.profiles import PAGE
from activities.formats.shared.xhtml.style_sheet import filled, style_sheet, values
from activities.formats.shared.xhtml.units import Unit, ids_in
from activities.formats.shared.xml_escaping import xml_text
from activities.model.options import PictureOptions
from activities.model.warnings import Report

LEVELS_ABOVE: Final = 1
"""As of `write_unit`, for items of a page."""
_ITEMS_WITH_PARTS_MAX: Final = 8
"""Up to so many items the contents show their parts."""
_PADDING: Final = 1.25
"""Of the body on each side, in em."""
_HEADING: Final = re.compile(rb"(</?h)([3-6])(?=[ >])")


class Sink(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Write some."""


class Setting(msgspec.Struct, frozen=True):
    """Where a page is shown."""

    policy: str
    """What browsers may do for it (Content Security Policy)."""
    end: str = ""
    """What stands behind the items."""


class Page:
    """A page to which items are added, and which is written once all of them are known."""

    def __init__(
        self, export: Export[PictureOptions], report: Report, body: BinaryIO, setting: Setting
    ) -> None:
        """Begin a page, whose items wait in `body`."""
        self._export = export
        self._report = report
        self._body = body
        self._setting = setting
        self._is_single = export.items_total == 1 and export.options.title is None
        self._entries: list[_Entry] = []
        self._written: list[tuple[str, int]] = []
        self._ids = set[str]()

    def add(self, unit: Unit) -> None:
        """Add an item."""
        self._report.check_cancelled()
        xhtml = _article(unit, single=self._is_single)
        if self._is_single:
            xhtml = _HEADING.sub(_raised, xhtml)
        self._ids.update(ids_in(xhtml))
        self._entries.append(_Entry.of(unit))
        self._written.append((unit.item_id, self._body.write(xhtml)))

    @property
    def title(self) -> str:
        """That of the file, or of its one item."""
        if self._is_single and self._entries:
            return self._entries[0].title
        return close_bidi_controls(self._export.title)

    @property
    def item_ids(self) -> list[str]:
        """Those of the items, in order."""
        return [item_id for item_id, _ in self._written]

    def write(self, out: Sink) -> None:
        """Write all of it, with text for links to what is not there."""
        start = _page_start(
            self.title,
            self._entries,
            Design(self._report.theme),
            self._export.options.language,
            self._setting,
            single=self._is_single,
        )
        out.write(start.encode())
        self._body.seek(0)
        for entry, (item_id, size) in zip(self._entries, self._written, strict=True):
            self._report.check_cancelled()
            xhtml = self._body.read(size)
            out.write(without_dead_links(xhtml, self._ids, item_id, entry.title, self._report))
        out.write(f"</main>\n{self._setting.end}</body>\n</html>\n".encode())


class _Entry(msgspec.Struct, frozen=True, gc=False):
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
    def of(cls, unit: Unit) -> "_Entry":
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


def _page_start(
    title: str,
    entries: Sequence[_Entry],
    design: Design,
    language: str | None,
    setting: Setting,
    *,
    single: bool,
) -> str:
    """The page up to its first item.

    Args:
        title: of the file.
        entries: of all items.
        design: of the export.
        language: that of headings which was asked for.
        setting: where it is shown.
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
        f'<meta http-equiv="Content-Security-Policy" content="{setting.policy}"/>\n'
        '<meta name="referrer" content="no-referrer"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        '<meta name="color-scheme" content="light"/>\n'
        f"<title>{shown}</title>\n"
        f"<style>\n{style_sheet(design, [entry.accent for entry in entries])}"
        f"{_layout(design)}</style>\n</head>\n"
        f'<body>\n<a class="skip" href="#content"{of_labels}>{words.skip}</a>\n{heading}'
        f'{_contents(words.contents, of_labels, entries, single=single)}<main id="content">\n'
    )


def _article(unit: Unit, *, single: bool) -> bytes:
    """An item on the page."""
    level = 1 if single else 2
    start = (
        f'<article class="unit {unit.accent}" {unit.attributes}>\n<header class="opener">'
        f'<h{level} id="{unit.id}" class="level-1">'
    )
    parts = b"\n".join([part.xhtml for part in unit.parts])
    return b"%b%b</h%d></header>\n%b</article>\n" % (start.encode(), unit.heading, level, parts)


def _contents(label: str, of_label: str, entries: Sequence[_Entry], *, single: bool) -> str:
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


def _parts(entry: _Entry) -> str:
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
    return filled("activities.formats.shared.xhtml", "page.css", words)


def _raised(found: re.Match[bytes]) -> bytes:
    return b"%b%d" % (found[1], int(found[2]) - 1)
