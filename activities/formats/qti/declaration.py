"""QTI packages as the catalog lists them, and the option of their own."""

from typing import Annotated, Literal

from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import PictureOptions, described


class QtiOptions(PictureOptions, frozen=True):
    """The options of a package."""

    qti_version: Annotated[
        Literal["2.1", "3.0"],
        described(
            "Version of QTI",
            "The version of the standard. Most platforms import 2.1; some that do not know 3.0 "
            "import nothing of it and say nothing.",
            "Most platforms take 2.1.",
            {"2.1": "QTI 2.1", "3.0": "QTI 3.0"},
        ),
    ] = "2.1"


FORMAT = Format(
    id="qti",
    name="Questions as QTI",
    description="A package of open questions for Canvas, TAO and other platforms that give tests.",
    media_type="application/zip",
    extension="zip",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="Questions and cards alone, as open questions that people grade.",
    opening="Canvas: Settings > Import Course Content > QTI .zip file; elsewhere where the "
    "platform imports QTI packages.",
    renderer="activities.formats.qti.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.01,
    options=QtiOptions,
    parts=("faqs", "flashcards", "reading_guide_questions"),
    size=SizeModel(empty=670, per_text_byte=0.36, per_text=105, per_picture_byte=1),
)
