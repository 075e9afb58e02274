"""JSON as the catalog lists it."""

from activities.model.formats import Carries, Format, SizeModel

FORMAT = Format(
    id="json",
    name="JSON",
    description="Structured data with full metadata, for programs and for loading again.",
    media_type="application/json",
    extension="json",
    carries=Carries(formatting=True, tables=True, math="source", images=True, reimport=True),
    limits="Text stays as it is written, Markdown or HTML; nothing is lost.",
    opening="Load it into another service with load_content.py, or read it with any program.",
    renderer="activities.formats.json.renderer:RENDERER",
    chunked=True,
    marks_titles=False,
    seconds_per_item=0.0002,
    size=SizeModel(empty=420, per_text_byte=1.0, per_text=34, per_picture_byte=1.34),
)
