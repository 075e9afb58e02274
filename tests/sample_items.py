"""Items of content for the tests of formats: those of the test kit, and larger ones."""

from typing import Final

from activities.formats.testing.items import (
    data_url,
    hostile_item,
    item,
    png,
    world_items,
)
from activities.model.content import Faq, Flashcard, Item

LIMIT_NAMES: Final = (
    r"\lim",
    r"\limsup",
    r"\liminf",
    r"\max",
    r"\det",
    r"\argmax",
    r"\operatorname*{span}",
)
"""Operators that have what they run over below them, in every format that sets formulas."""


def texts_item() -> Item:
    """Content in which every character counts."""
    every_plane = "".join(chr(plane * 0x10000 + 0xFA1) for plane in range(17))
    return item(
        "content-texts",
        title="  spaces around\tand within  ",
        study_guide="line\r\nline\rline\n\n\ttab \u00a0\u2028\u2029\ufeff e\u0301 " + every_plane,
        faqs=[Faq("", ""), Faq(" ", "\n")],
        metadata={"": "", "nothing": None, "list": [1, 1.0, "1", True, None], "large": 2**53 + 1},
        quality_metrics={"small": 5e-324, "large": 1.7976931348623157e308, "zero": -0.0},
    )


def large_item() -> Item:
    """Everything that does not fit: words, lines, tables, lists and numbers of things."""
    word = "Donaudampfschifffahrtsgesellschaft" * 5
    address = "https://example.org/" + "a-long-path/" * 40
    columns = [f"column {number}" for number in range(24)]
    cells = [columns, ["---"] * 24, *([f"{row}.{n}" for n in range(24)] for row in range(9))]
    wide = "\n".join("| " + " | ".join(row) + " |" for row in cells)
    long = "| number | square |\n|---:|---:|\n" + "\n".join(
        f"| {number} | {number**2} |" for number in range(120)
    )
    nested = "\n".join("   " * depth + f"1. level {depth + 1}" for depth in range(12))
    code = "```python\n" + "value = " + " + ".join(map(str, range(90))) + "\n```"
    formulas = "\n\n".join(
        f"$$\n{formula}\n$$"
        for formula in (
            r"\sum_{i=1}^{n} \frac{1}{i^2} = \frac{\pi^2}{6}",
            r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
            r"\sqrt[3]{x^{y^{z}}} \not= \overline{AB} \undefined{oops}",
        )
    )
    notes = " ".join(f"claim[^{number}]" for number in range(30))
    footnotes = "\n".join(f"[^{number}]: source {number}" for number in range(30))
    picture = f"![A tall picture]({data_url(png(40, 900))})"
    texts = (word, f"<{address}>", wide, long, nested, code, formulas, notes, footnotes, picture)
    return item(
        "content-large",
        title="A title that is longer than any line has room for, " * 5,
        study_guide="\n\n".join(texts),
        flashcards=[
            Flashcard(f"Card {number}", "2024-01-02" if number % 2 else "00123")
            for number in range(60)
        ],
    )


def long_item() -> Item:
    """A book: some 400 pages of everything that fills pages."""
    chapters = []
    for chapter in range(1, 86):
        chapters.append(f"# Chapter {chapter}")
        for section in range(1, 5):
            sentence = f"Sentence {section} of chapter {chapter} goes on for *a while* yet. "
            rows = "\n".join(f"| {chapter}.{n} | {sentence}|" for n in range(8))
            chapters += [
                f"## Section {chapter}.{section}",
                *[sentence * (count % 5 + 3) for count in range(6)],
                "\n".join(f"- point {n}: {sentence}" for n in range(6)),
                f"| Number | Meaning |\n|---|---|\n{rows}",
                "```\n" + "\n".join(f"line_{n} = {chapter * n}" for n in range(12)) + "\n```",
                "Euler wrote $e^{i\\pi} + 1 = 0$ in a line, and 光合作用 has no spaces.",
            ]
    return item(
        "content-long",
        title="A very long course",
        study_guide="\n\n".join(chapters),
        flashcards=[Flashcard(f"Front {n}", f"The back of card {n}. " * 6) for n in range(200)],
    )


def difficult_items() -> list[Item]:
    """The gallery: what each format has to get through."""
    return [*world_items(), hostile_item(), texts_item(), large_item()]
