"""XLSX as the catalog lists it, and the options of its own."""

from activities.model.book_options import ThemeName
from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import DocumentOptions


class XlsxOptions(DocumentOptions, frozen=True):
    """What a request may ask of a workbook."""

    theme: ThemeName = None


FORMAT = Format(
    id="xlsx",
    name="Excel (XLSX)",
    description="A workbook with an overview and one sheet a part, to sort and filter.",
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    extension="xlsx",
    carries=Carries(formatting=False, tables=False, math="source", images=False),
    limits="Cells hold plain text of at most 32,767 characters, longer text is split, and images "
    "become their description.",
    opening="Open it in Excel, LibreOffice or Google Sheets.",
    renderer="activities.formats.xlsx.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.01,
    options=XlsxOptions,
    size=SizeModel(empty=12_100, per_text_byte=0.48, per_text=39),
)
