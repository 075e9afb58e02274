"""The catalog of formats: the built-in ones and those that installed packages add."""

from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import cast

from activities.model.formats import Carries, Format, Variant

ENTRY_POINT_GROUP = "export_service.formats"
_CONTENT_OPTIONS = (
    "include_metadata",
    "include_quality_metrics",
    "on_item_error",
    "parts",
    "include_answers",
    "title",
)
_DOCUMENT_OPTIONS = (*_CONTENT_OPTIONS, "language")
_BUILT_IN = (
    Format(
        id="json",
        name="JSON",
        description="Structured data with full metadata, for programs and for loading again.",
        media_type="application/json",
        extension="json",
        carries=Carries(formatting=True, tables=True, math="source", images=True, reimport=True),
        limits="Text stays Markdown; nothing is lost.",
        renderer="activities.formats.json.renderer:RENDERER",
        chunked=True,
        seconds_per_item=0.0002,
        options=_CONTENT_OPTIONS,
    ),
    Format(
        id="csv",
        name="CSV",
        description="One row a record with fixed columns, for spreadsheets and analysis.",
        media_type="text/csv; charset=utf-8",
        extension="csv",
        carries=Carries(formatting=False, tables=False, math="source", images=False),
        limits="Plain text only: styles, tables and images become text or are left out.",
        renderer="activities.formats.csv.renderer:RENDERER",
        chunked=True,
        seconds_per_item=0.006,
        options=(*_CONTENT_OPTIONS, "csv_bom", "csv_layout", "csv_formulas"),
        variants=(Variant("csv_layout", "files", "application/zip", "zip"),),
    ),
    Format(
        id="pdf",
        name="PDF",
        description="Pages for printing and sharing, with contents and bookmarks.",
        media_type="application/pdf",
        extension="pdf",
        carries=Carries(formatting=True, tables=True, math="native", images=True),
        limits="Not meant for editing.",
        renderer="activities.formats.pdf.renderer:RENDERER",
        chunked=False,
        seconds_per_item=0.03,
        options=(*_DOCUMENT_OPTIONS, "paper", "cards", "tagged"),
    ),
    Format(
        id="docx",
        name="Word (DOCX)",
        description="An editable document with real styles, lists and tables.",
        media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        extension="docx",
        carries=Carries(formatting=True, tables=True, math="native", images=True),
        limits="Page numbers in the contents appear once Word has updated its fields.",
        renderer="activities.formats.docx.renderer:RENDERER",
        chunked=True,
        seconds_per_item=0.01,
        options=(*_DOCUMENT_OPTIONS, "paper"),
    ),
    Format(
        id="xlsx",
        name="Excel (XLSX)",
        description="A workbook with an overview and one sheet a part, to sort and filter.",
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        extension="xlsx",
        carries=Carries(formatting=False, tables=False, math="source", images=False),
        limits="Cells hold plain text of at most 32,767 characters; longer text is split.",
        renderer="activities.formats.xlsx.renderer:RENDERER",
        chunked=True,
        seconds_per_item=0.01,
        options=_CONTENT_OPTIONS,
    ),
    Format(
        id="txt",
        name="Plain text",
        description="Plain text for reading anywhere.",
        media_type="text/plain; charset=utf-8",
        extension="txt",
        carries=Carries(formatting=False, tables=True, math="source", images=False),
        limits="Images become their description; styles become plain text.",
        renderer="activities.formats.txt.renderer:RENDERER",
        chunked=True,
        seconds_per_item=0.006,
        options=_DOCUMENT_OPTIONS,
    ),
)


@cache
def formats() -> MappingProxyType[str, Format]:
    """All formats by id, built-in ones first.

    Raises:
        ValueError: two packages give a format of the same id, or one an extension with a dot.
    """
    found = {entry.id: entry for entry in _BUILT_IN}
    for entry_point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda e: e.name):
        added = cast("Format", entry_point.load())
        if added.id in found:
            raise ValueError(f"format {added.id!r} is given twice (by {entry_point.value})")
        extensions = [added.extension, *(variant.extension for variant in added.variants)]
        if any("." in extension for extension in extensions):
            raise ValueError(f"format {added.id!r} has an extension with a dot")
        found[added.id] = added
    return MappingProxyType(found)
