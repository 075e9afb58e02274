"""The glossary: the terms of all units by the alphabet, with what they mean beside them."""

from itertools import groupby
from typing import Final

from activities.formats.docx.dead_links import DeadLinks
from activities.formats.docx.fragment import CONTENTS_BOOKMARK, Term
from activities.formats.docx.merged import MergedPackage, Unit
from activities.formats.docx.page import Page
from activities.formats.docx.runs import plain_run
from activities.formats.docx.tables import TABLE_END, row, table_start

_TERMS: Final = 0.3
"""A share of the width: that of terms, where there is no side column for them."""


def glossary_widths(page: Page, *, from_right: bool) -> tuple[int, int]:
    """Those of terms, in the side column where there is one, and of their meanings, in twips."""
    # LibreOffice indents tables at the left even when they begin at the right.
    if page.hang and not from_right:
        return page.hang, page.text_width
    terms = int(page.text_width * _TERMS)
    return terms, page.text_width - terms


def glossary(merged: MergedPackage, page: Page, unit_label: str, *, from_right: bool) -> bytes:
    """A table for each letter.

    Args:
        merged: has the terms of all units.
        page: on which they stand.
        unit_label: names the unit of a term by its number; empty: there is one unit.
        from_right: on which side the terms are.
    """
    entries = [
        (term.order, number, term)
        for number, unit in enumerate(merged.units, 1)
        for term in unit.terms
    ]
    entries.sort(key=lambda entry: entry[:2])
    widths = glossary_widths(page, from_right=from_right)
    start = table_start(
        widths,
        style="GlossaryTable",
        look="column",
        indent=0 if from_right else -page.hang,
        right_to_left=from_right,
    )
    written: list[str] = []
    direction = "<w:bidi/>" if from_right else ""
    for letter, under in groupby(entries, key=lambda entry: entry[2].letter):
        style = f'<w:pPr><w:pStyle w:val="GlossaryLetter"/>{direction}</w:pPr>'
        written += [f"<w:p>{style}{plain_run(letter)}</w:p>", start]
        for _, number, term in under:
            unit = merged.units[number - 1]
            name, meaning = _cells(term, unit, merged)
            if unit_label:
                name += _reference(unit_label.format(number), unit)
            written.append(row((name, meaning), widths))
        written.append(TABLE_END)
    return "".join(written).encode()


def _cells(term: Term, unit: Unit, merged: MergedPackage) -> list[str]:
    # That a link leads nowhere is told of the card.
    dead = DeadLinks(merged.bookmarks, unit.item_id)
    return [dead.removed(xml).decode() for xml in (term.name, term.meaning)]


def _reference(label: str, unit: Unit) -> str:
    """The name of a term's unit, which leads there."""
    direction = "<w:bidi/>" if unit.right_to_left else ""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="GlossaryUnit"/>{direction}</w:pPr>'
        f'<w:hyperlink w:anchor="{CONTENTS_BOOKMARK}{unit.bookmark}" w:history="1">'
        f"{plain_run(label)}</w:hyperlink></w:p>"
    )
