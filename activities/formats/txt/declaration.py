"""Plain text as the catalog lists it."""

from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import DocumentOptions, Hyphenate


class TxtOptions(DocumentOptions, frozen=True):
    """What a request may ask of plain text."""

    hyphenate: Hyphenate = False


FORMAT = Format(
    id="txt",
    name="Plain text",
    description="Plain text for reading anywhere.",
    media_type="text/plain; charset=utf-8",
    extension="txt",
    carries=Carries(formatting=False, tables=True, math="source", images=False),
    limits="Images become their description; styles become plain text.",
    opening="Open it in any editor.",
    renderer="activities.formats.txt.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.006,
    options=TxtOptions,
    size=SizeModel(empty=110, per_text_byte=1.2, per_text=18),
)
