"""The logo of a theme as a picture: only here is it decoded."""

import msgspec

from activities.documents.design.theme_logo import LOGO_HEIGHT, LOGO_WIDTH
from activities.documents.images import ImageError, read_image
from activities.documents.model import Image
from activities.model.themes import Theme
from activities.model.warnings import ExportWarning, Report

_CSS_PIXELS_PER_POINT = 96 / 72


def logo_of(theme: Theme, report: Report) -> Image | None:
    """The logo in the size in which it fits its place; None if there is none to show.

    One that cannot be read is left out, and the report is told.
    """
    if not theme.logo:
        return None
    try:
        image = read_image(theme.logo, theme.header_text)
    except ImageError:
        report.warn(
            ExportWarning(
                "theme-logo-unreadable",
                "The logo of the theme is left out, because it cannot be read.",
            )
        )
        return None
    width = min(LOGO_WIDTH, LOGO_HEIGHT * image.width / image.height)
    return msgspec.structs.replace(image, display_width=width * _CSS_PIXELS_PER_POINT)
