"""Markdown as the catalog lists it, and the option of its own."""

from typing import Annotated, Literal

from activities.model.formats import Carries, Format, SizeModel, Variant
from activities.model.options import PictureOptions, described


class MarkdownOptions(PictureOptions, frozen=True):
    """What a request may ask of Markdown."""

    markdown_layout: Annotated[
        Literal["folder", "file"],
        described(
            "Files of Markdown",
            "How Markdown is arranged: a `folder` in a zip, with a note for each part and pictures "
            "beside them; or one `file` with all of it, pictures included.",
            "A folder for Obsidian and GitHub; one file to paste and convert.",
            {"folder": "A folder of notes, zipped", "file": "One file"},
        ),
    ] = "folder"


FORMAT = Format(
    id="markdown",
    name="Markdown",
    description="Notes for Obsidian, GitHub and every program that reads Markdown.",
    media_type="application/zip",
    extension="zip",
    carries=Carries(formatting=True, tables=True, math="source", images=True),
    limits="Fonts, colours and sizes are those of the program; definitions and lists counted in "
    "letters are written out.",
    opening="Unpack it into an Obsidian vault or a repository; README.md leads to all items.",
    renderer="activities.formats.markdown.renderer:RENDERER",
    chunked=True,
    seconds_per_item=0.01,
    options=MarkdownOptions,
    variants=(Variant("markdown_layout", "file", "text/markdown; charset=utf-8", "md"),),
    size=SizeModel(empty=650, per_text_byte=0.93, per_text=23, per_picture_byte=1),
)
"""The dialect is GitHub Flavored Markdown (https://github.github.com/gfm/)."""
