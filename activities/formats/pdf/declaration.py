"""PDF as the catalog lists it, and the options of its own."""

from typing import Annotated, Literal

from activities.model.formats import Carries, Format, PageModel, SizeModel
from activities.model.options import PageOptions, described


class PdfOptions(PageOptions, frozen=True):
    """What a request may ask of a PDF."""

    cards: Annotated[
        Literal["list", "cutout"],
        described(
            "Flashcards",
            "How flashcards are printed: one below the other, or on pages to cut "
            "out, with the backs behind the fronts.",
            "Cards to cut out are printed on both sides, turned over the long edge.",
            {"list": "One below the other", "cutout": "Sheets to cut out"},
        ),
    ] = "list"
    tagged: Annotated[
        bool,
        described(
            "For screen readers",
            "Whether a PDF tells screen readers and other programs what its parts are. "
            "Without that it is a quarter smaller, and for print alone.",
            "Without, a PDF is a quarter smaller, and for print alone.",
        ),
    ] = True


FORMAT = Format(
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
    options=PdfOptions,
    size=SizeModel(empty=19_300, per_text_byte=4.6, per_picture_byte=1),
    pages=PageModel(),
)
