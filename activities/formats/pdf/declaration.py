"""PDF as the catalog lists it, and the options of its own."""

from typing import Annotated, Literal

from activities.model.book_options import BookOptions
from activities.model.formats import Carries, Format, PageModel, SizeModel
from activities.model.options import described


class PdfOptions(BookOptions, frozen=True):
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
    paper_tint: Annotated[
        Literal["cream", "none"],
        described(
            "Tint of the page",
            "The ground of pages in the look `dyslexia`: cream, or none, for coloured paper.",
            "In the look for readers with dyslexia; none for coloured paper.",
            {"cream": "Cream", "none": "None, for coloured paper"},
        ),
    ] = "cream"
    tagged: Annotated[
        bool,
        described(
            "For screen readers",
            "Whether a PDF tells screen readers and other programs what its parts are. "
            "Without that it is a quarter smaller, and for print alone.",
            "Without, a PDF is a quarter smaller, and for print alone.",
        ),
    ] = True
    pdf_standard: Annotated[
        Literal["ua-1", "ua-2", "a-2a"],
        described(
            "Standard of the PDF",
            "Which standard a PDF with tags keeps to and says so: PDF/UA-1 (ISO 14289-1), PDF/UA-2 "
            "(ISO 14289-2, of PDF 2.0), or PDF/A-2a for archives (ISO 19005-2), which is PDF/UA-1, "
            "too. What content lacks for it, such as its language, is told in `warnings`.",
            "For screen readers, or for archives that ask for PDF/A.",
            {
                "ua-1": "PDF/UA-1, for every reader",
                "ua-2": "PDF/UA-2, of PDF 2.0",
                "a-2a": "PDF/A-2a, for archives",
            },
        ),
    ] = "ua-1"


FORMAT = Format(
    id="pdf",
    name="PDF",
    description="Pages for printing and sharing, with contents and bookmarks.",
    media_type="application/pdf",
    extension="pdf",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="Not meant for editing.",
    opening="Open it in any PDF reader or browser, and print it.",
    renderer="activities.formats.pdf.renderer:RENDERER",
    chunked=False,
    seconds_per_item=0.03,
    options=PdfOptions,
    size=SizeModel(empty=25_100, per_text_byte=6.75, per_picture_byte=1),
    pages=PageModel(),
)
