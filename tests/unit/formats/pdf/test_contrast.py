"""Every text is told from what it stands on, in each look and under each accent."""

from functools import cache
from typing import Final, get_args

import pytest

from activities.documents.design.colours import Colour, contrast
from activities.documents.design.theme_contrast import nearest_shade
from activities.documents.design.tokens import TOKENS, AccentName, LookName
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import Recorder, render
from activities.formats.testing.items import data_url, item, png
from activities.model.content import (
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Section,
)
from activities.model.themes import Theme
from tests.unit.formats.pdf.painted import PaintedText, painted_texts

_LEAST: Final = 4.5
"""WCAG 2.2, 1.4.3."""
_LOOKS: Final = get_args(LookName)
_SUBJECTS: Final = get_args(AccentName)
_KINDS: Final = ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION")
_ROWS = "\n".join(f"| row {n} | {n}.5 |" for n in range(12))
_GUIDE: Final = "\n\n".join(
    [
        "# One\n\nText with a [link](https://example.org), `code`, ==marked== and a note.[^1]",
        f"# Two\n\n| a | b |\n|---|---|\n{_ROWS}\n\n##### Deep\n\n###### Deeper",
        *[
            f"> [!{kind}]\n> Text, [link](https://example.org), `code` and $x^2$.\n>\n"
            "> | a | b |\n> |---|---|\n> | c | 1 |"
            for kind in _KINDS
        ],
        "```python\nprint(1)\n```\n\n$$\nx = 1 \\tag{1}\n$$",
        f"> Quoted\n\n![A field]({data_url(png())})\n\n- [x] done\n\nTerm\n: Meaning",
        "[^1]: The note.",
    ]
)


def _unit(subject: str) -> Item:
    section = Section("First", "What it is about.", ["Name it"], ["Remember it"])
    return item(
        f"content-{subject}",
        title=f"Unit of {subject}",
        outline=Outline("What all of it is about.", [section, Section("Second")]),
        study_guide=_GUIDE,
        faqs=[Faq("Why?", "Because.")],
        flashcards=[Flashcard("Front", "Back", tags=["tag"])],
        reading_guide_questions=[ReadingQuestion("What?", "That.")],
        metadata={"subject": subject, "grade": 9},
        quality_metrics={"overall": 0.9},
    )


@cache
def _painted(look: LookName, subjects: tuple[str, ...] = _SUBJECTS) -> list[PaintedText]:
    options = PdfOptions(look=look, include_quality_metrics=True)
    painted = painted_texts(render("pdf", list(map(_unit, subjects)), options)[0])
    # The numeral behind the title of a unit is a picture of what its label says.
    return [text for text in painted if text.size != TOKENS.type["unit_numeral"].size]


@pytest.mark.parametrize("look", _LOOKS)
def test_every_text_is_told_from_its_ground(look: LookName) -> None:
    texts = _painted(look)
    assert len(texts) > 500
    assert _unclear(texts) == set()


def _unclear(texts: list[PaintedText]) -> set[tuple[Colour, Colour, float]]:
    return {
        (text.colour, text.ground, round(contrast(text.colour, text.ground), 2))
        for text in texts
        if contrast(text.colour, text.ground) < _LEAST
    }


@pytest.mark.parametrize("look", _LOOKS)
@pytest.mark.parametrize("wanted", ["#FF0000", "#FFB000", "#00FF00", "#00FFFF", "#8080FF"])
def test_the_lightest_accents_that_a_theme_may_have_are_read(look: LookName, wanted: str) -> None:
    base = nearest_shade(Colour(wanted))
    options = PdfOptions(look=look, include_quality_metrics=True, answers="key", glossary=True)
    report = Recorder(theme=Theme(accent=base))
    data, _ = render("pdf", [_unit("biology"), _unit("history")], options, report=report)
    numeral = TOKENS.type["unit_numeral"].size
    assert _unclear([text for text in painted_texts(data) if text.size != numeral]) == set()


def test_grounds_are_seen_as_such() -> None:
    grounds = {text.ground for text in _painted("standard")}
    expected = {TOKENS.accents["biology"].tint, TOKENS.neutrals.g50}
    assert grounds >= expected | {
        look.tint for kind, look in TOKENS.callouts.items() if kind != "details"
    }


@pytest.mark.parametrize("look", _LOOKS)
def test_no_text_is_smaller_than_the_design_allows(look: LookName) -> None:
    least = {"large": 13.0, "dyslexia": 10.0}.get(look, TOKENS.sizes.least)
    assert min(text.size for text in _painted(look)) >= least


def test_a_unit_has_the_colour_of_its_subject() -> None:
    texts = _painted("standard", ("biology", "Deutsch"))
    colours = {text.colour for text in texts}
    assert TOKENS.accents["biology"].base in colours
    assert TOKENS.accents["languages"].base in colours
    assert TOKENS.accents["mathematics"].base not in colours
