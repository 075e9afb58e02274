"""Anki decks as the catalog lists them, and the option of their own."""

from typing import Annotated, Literal

from activities.model.formats import Carries, Format, SizeModel
from activities.model.options import PictureOptions, described


class AnkiOptions(PictureOptions, frozen=True):
    """The options of a deck."""

    anki_include: Annotated[
        Literal["cards", "all"],
        described(
            "Cards of the deck",
            "What becomes cards: flashcards alone, or FAQs and reading questions that have an "
            "answer, too, in decks of their own below each item's.",
            "FAQs and answered questions make decks of their own.",
            {"cards": "Flashcards", "all": "Flashcards, FAQs and answered questions"},
        ),
    ] = "cards"


FORMAT = Format(
    id="anki",
    name="Anki deck",
    description="Cards to learn with Anki on any device; importing it again brings what is new.",
    media_type="application/octet-stream",
    extension="apkg",
    carries=Carries(formatting=True, tables=True, math="native", images=True),
    limits="Cards alone: outlines and study guides are left out.",
    opening="Open it with Anki, or File > Import; on a phone share it with AnkiDroid or "
    "AnkiMobile. A newer file updates the cards.",
    renderer="activities.formats.anki.renderer:RENDERER",
    chunked=False,
    seconds_per_item=0.01,
    options=AnkiOptions,
    parts=("faqs", "flashcards", "reading_guide_questions"),
    size=SizeModel(empty=2_630, per_text_byte=0.145, per_text=31, per_picture_byte=1),
)
