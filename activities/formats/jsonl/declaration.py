"""JSON lines as the catalog lists them."""

from activities.model.formats import Carries, Format, SizeModel

FORMAT = Format(
    id="jsonl",
    name="JSON lines",
    description="One item a line, for programs that read one after the other, and loading again.",
    media_type="application/x-ndjson",
    extension="jsonl",
    carries=Carries(formatting=True, tables=True, math="source", images=True, reimport=True),
    limits="Text stays as it is written, Markdown or HTML; the file says nothing of itself.",
    opening="Load it into another service with load_content.py, or read it line by line.",
    renderer="activities.formats.jsonl.renderer:RENDERER",
    chunked=True,
    marks_titles=False,
    seconds_per_item=0.0002,
    size=SizeModel(empty=150, per_text_byte=0.96, per_text=37, per_picture_byte=1.34),
)
