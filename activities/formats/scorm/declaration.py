"""SCORM as the catalog lists it, and the options of its own."""

from activities.model.book_options import ThemeName
from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import PictureOptions


class ScormOptions(PictureOptions, frozen=True):
    """What a request may ask of an activity."""

    theme: ThemeName = None


FORMAT = Format(
    id="scorm",
    name="Activity for an LMS (SCORM 1.2)",
    description="One page to read in a learning management system, which notes who has read it.",
    media_type="application/zip",
    extension="zip",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="It tells who began and who reached the end; it grades nothing and keeps no answers.",
    opening="Add it as a SCORM package to a course: in Moodle by Add an activity > SCORM package.",
    renderer="activities.formats.scorm.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.01,
    options=ScormOptions,
    size=SizeModel(empty=4_770, per_text_byte=0.64, per_text=3, per_picture_byte=1),
)
