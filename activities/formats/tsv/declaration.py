"""TSV as the catalog lists it, and the option of its own."""

from typing import Annotated, Literal

from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import DocumentOptions, described


class TsvOptions(DocumentOptions, frozen=True):
    """The options of a TSV file."""

    tsv_layout: Annotated[
        Literal["plain", "anki"],
        described(
            "Lines of TSV",
            "What a line holds: front and back as plain text, for Quizlet, Brainscape and the "
            "like; or a note as Anki imports it from text, with a key by which a second import "
            "updates it, HTML and tags.",
            "A deck for Anki with pictures is a format of its own.",
            {"plain": "Front and back", "anki": "Notes for Anki's import of text"},
        ),
    ] = "plain"


FORMAT = Format(
    id="tsv",
    name="Cards as text (TSV)",
    description="Flashcards, one a line, to paste into Quizlet and other apps that learn cards.",
    media_type="text/tab-separated-values; charset=utf-8",
    extension="tsv",
    carries=Carries(formatting=False, tables=False, math="source", images=False),
    limits="Cards alone, as plain text; the other parts are left out.",
    opening="Quizlet: Create > Import, paste, with Tab between term and definition. Anki: File > "
    "Import.",
    renderer="activities.formats.tsv.renderer:RENDERER",
    chunked=True,
    marks_titles=False,
    seconds_per_item=0.005,
    options=TsvOptions,
    parts=("flashcards",),
    size=SizeModel(empty=0, per_text_byte=0.81, per_text=3),
)
