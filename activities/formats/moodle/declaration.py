"""Question banks for Moodle as the catalog lists them, and the option of their own."""

from typing import Annotated, Literal

from activities.model.formats import Carries, Format, SizeModel, Variant
from activities.model.options import PictureOptions, described


class MoodleOptions(PictureOptions, frozen=True):
    """The options of a question bank."""

    moodle_layout: Annotated[
        Literal["xml", "gift"],
        described(
            "Kind of question bank",
            "How questions are written: as Moodle XML, with pictures; or as GIFT, a text that "
            "people can edit, in which descriptions stand for pictures.",
            "GIFT has no pictures.",
            {"xml": "Moodle XML", "gift": "GIFT"},
        ),
    ] = "xml"


FORMAT = Format(
    id="moodle",
    name="Questions for Moodle",
    description="A question bank to import into Moodle: essays that teachers grade, and cards to "
    "match.",
    media_type="application/xml",
    extension="xml",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="Questions and cards alone; what is matched on cards is plain text. A second import "
    "adds all of them again.",
    opening="Moodle: Question bank > Import > Moodle XML format, or GIFT format.",
    renderer="activities.formats.moodle.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.01,
    options=MoodleOptions,
    parts=("faqs", "flashcards", "reading_guide_questions"),
    variants=(Variant("moodle_layout", "gift", "text/plain; charset=utf-8", "txt"),),
    size=SizeModel(empty=490, per_text_byte=0.85, per_text=85, per_picture_byte=1.34),
)
