"""DOCX as the catalog lists it."""

from activities.model.book_options import BookOptions
from activities.model.formats import Carries, Format, PageModel, SizeModel

FORMAT = Format(
    id="docx",
    name="Word (DOCX)",
    description="An editable document with real styles, lists and tables.",
    media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    extension="docx",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="Page numbers in the contents appear once Word has updated its fields.",
    opening="Open it in Word, LibreOffice or Google Docs; in Word, Ctrl+A and F9 fill in page "
    "numbers.",
    renderer="activities.formats.docx.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.01,
    options=BookOptions,
    size=SizeModel(empty=16_700, per_text_byte=0.89, per_text=20, per_picture_byte=1),
    pages=PageModel(),
)
