"""Common Cartridges as the catalog lists them, and the option of their own."""

from typing import Annotated, Literal

from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import PictureOptions, described


class ImsccOptions(PictureOptions, frozen=True):
    """The options of a cartridge."""

    lms_answers: Annotated[
        Literal["none", "feedback"],
        described(
            "Answers of quizzes",
            "Whether the questions of quizzes and of the question bank have their answers as "
            "feedback. Who sees feedback, and when, is for the learning management system to say.",
            "As feedback, which some systems show to learners.",
            {"none": "Not in the file", "feedback": "As feedback"},
        ),
    ] = "none"


FORMAT = Format(
    id="imscc",
    name="Course for an LMS (Common Cartridge)",
    description="Pages and quizzes to import into Canvas, Moodle, Blackboard and the like.",
    media_type="application/octet-stream",
    extension="imscc",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="Questions are open ones, which teachers grade; a second import adds the course again.",
    opening="Canvas: Settings > Import Course Content; Moodle: Course reuse > Restore; Blackboard: "
    "Import Content.",
    renderer="activities.formats.imscc.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.015,
    options=ImsccOptions,
    size=SizeModel(empty=1_900, per_text_byte=1.2, per_text=19, per_picture_byte=1),
)
