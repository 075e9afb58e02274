"""EPUB as the catalog lists it, and the options of its own."""

from activities.model.book_options import ThemeName
from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import PictureOptions


class EpubOptions(PictureOptions, frozen=True):
    """What a request may ask of an e-book."""

    theme: ThemeName = None


FORMAT = Format(
    id="epub",
    name="E-book (EPUB)",
    description="A book for e-readers and phones, whose text fits any screen.",
    media_type="application/epub+zip",
    extension="epub",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="Formulas need a reader that shows MathML, as Apple Books and Thorium do; others show "
    "them as plain letters.",
    opening="Open it on the phone or e-reader: in Books on Apple's, in Thorium or Calibre "
    "elsewhere; a Kindle takes it by Send to Kindle.",
    renderer="activities.formats.epub.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.01,
    options=EpubOptions,
    size=SizeModel(empty=4_480, per_text_byte=1.49, per_text=45, per_picture_byte=1),
)
"""`mimetype` names EPUB 3.3 (https://www.w3.org/TR/epub-33/) as every version before."""
