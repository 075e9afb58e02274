"""What somebody sees who has not signed in: what this is, and the ways in that there are."""

from typing import NamedTuple

from litestar.response import Template

from web.auth.oidc import Oidc
from web.http.app_state import held
from web.http.problems import AnyRequest
from web.pages.page import page
from web.pages.words import N_


class Picture(NamedTuple):
    """A picture with what it shows and what is said below it."""

    asset: str
    alt: str
    words: str


_PICTURES = (
    Picture(
        "landing-choose.webp",
        N_("The page on which lessons are chosen, on a screen and on a phone."),
        N_("1. Choose lessons, or a whole course."),
    ),
    Picture(
        "landing-files.webp",
        N_("Pages of a PDF: a cover, the contents, and a lesson with pictures and formulas."),
        N_("2. Say what becomes of them: a handout, cards to cut out, a worksheet with answers."),
    ),
    Picture(
        "landing-phone.webp",
        N_("An e-book on two phones, one of them dark."),
        N_("3. Take the file with you: on paper, on a phone, into another learning platform."),
    ),
)


def landing_page(request: AnyRequest) -> Template:
    """The first page, for somebody who has not signed in."""
    return page(
        request,
        "landing.html",
        pictures=_PICTURES,
        provider=held(request.app.state, Oidc).name,
        next="",
        token_form=False,
    )
