"""HTML as the catalog lists it, and the options of its own."""

from activities.model.book_options import ThemeName
from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import PictureOptions


class HtmlOptions(PictureOptions, frozen=True):
    """What a request may ask of a web page."""

    theme: ThemeName = None


FORMAT = Format(
    id="html",
    name="Web page (HTML)",
    description="One page for browsers and phones, which needs no network.",
    media_type="text/html; charset=utf-8",
    extension="html",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="The fonts are those of the device; formulas need a browser of 2023 or newer.",
    opening="Open it by a double click, or put it on any web server.",
    renderer="activities.formats.html.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.01,
    options=HtmlOptions,
    size=SizeModel(empty=10_700, per_text_byte=1.56, per_text=198, per_picture_byte=1.34),
)
