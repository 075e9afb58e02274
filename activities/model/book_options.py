"""The options of documents that are set as a book: covers, looks, themes, worksheets and keys."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from activities.model.options import PageOptions, RenderOptions, described

THEME_NAME: Final = r"^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$"
"""What the name of a theme is like, which is the name of its file as well."""
Look = Literal["standard", "compact", "large", "dyslexia", "ink"]
Points = Literal["none", "blank", "suggest"]

ThemeName = Annotated[
    Annotated[str, Meta(pattern=THEME_NAME, max_length=64)] | None,
    described(
        "Theme",
        "The name of a theme of the service, with its colours, logo and lines; null is that "
        "of the caller's tenant, if there is one, and `default` the service's own.",
        "Colours, logo and lines of a school; left empty, your own school's.",
    ),
]
"""An option of the formats that have a look."""


def takes_theme(options: type[RenderOptions]) -> bool:
    """Whether files of a format with these options have a look that themes change."""
    return "theme" in options.__struct_fields__


class BookOptions(PageOptions, frozen=True):
    """The options of formats whose pages follow the design."""

    look: Annotated[
        Look,
        described(
            "Look",
            "How pages are set: `standard`; `compact` without the side column, for less paper; "
            "`large` print; `dyslexia` for readers with dyslexia, in wider lines on a tinted "
            "page; `ink` without filled areas.",
            "For paper, eyes or printers that need another.",
            {
                "standard": "Standard",
                "compact": "Compact, for less paper",
                "large": "Large print",
                "dyslexia": "For readers with dyslexia",
                "ink": "Saving ink",
            },
        ),
    ] = "standard"
    theme: ThemeName = None
    cover: Annotated[
        bool | None,
        described(
            "Cover",
            "Whether the file begins with a cover; null: it does with two items or more.",
            choices={"": "With two items or more", "true": "Always", "false": "Never"},
        ),
    ] = None
    facing: Annotated[
        bool,
        described(
            "Facing pages",
            "Whether pages are for printing on both sides: their margins are mirrored, and "
            "chapters begin on the right.",
            "For printing on both sides and binding.",
        ),
    ] = False
    glossary: Annotated[
        bool,
        described(
            "Glossary",
            "Whether the file ends with a glossary, of flashcards whose front is a term.",
            "Made of flashcards whose front is a term.",
        ),
    ] = False
    points: Annotated[
        Points,
        described(
            "Points in worksheets",
            "What stands beside the questions of worksheets, which there are when answers are not "
            "below their questions: nothing, an empty box for points, or a box with a suggestion.",
            choices={
                "none": "None",
                "blank": "An empty box",
                "suggest": "A suggestion",
            },
        ),
    ] = "blank"
