"""EPUB as the catalog lists it."""

from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import PictureOptions

FORMAT = Format(
    id="epub",
    name="E-book (EPUB)",
    description="A book for e-readers and phones, whose text fits any screen.",
    media_type="application/epub+zip",
    extension="epub",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="Formulas need a reader that shows MathML, as Apple Books and Thorium do; others show "
    "them as plain letters.",
    renderer="activities.formats.epub.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.01,
    options=PictureOptions,
    size=SizeModel(empty=6_000, per_text_byte=0.5, per_text=20, per_picture_byte=1),
)
"""`mimetype` names EPUB 3.3 (https://www.w3.org/TR/epub-33/) as every version before."""
