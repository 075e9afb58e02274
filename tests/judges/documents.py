"""Exports for validators of files: everything that a file can hold, each kind in one of its own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from activities.formats.testing import render
from activities.formats.testing.items import (
    arabic_item,
    chinese_item,
    data_url,
    full_item,
    greek_item,
    hindi_item,
    hostile_item,
    item,
    png,
)
from activities.model.content import Faq, Item, ReadingQuestion
from activities.model.job_formats import options_type
from scripts.benchmarks.corpus import corpus
from scripts.dev.environment import CHECKOUT
from tests.corpus.corpus import examples, examples_item, pages
from tests.sample_items import large_item, texts_item

_FORMULAS: Final = (
    r"a^2 + b^2 = c^2",
    r"\sum_{i=1}^{n} \frac{1}{i^2} < \frac{\pi^2}{6}",
    r"\int_0^\infty e^{-x^2}\,\mathrm{d}x = \frac{\sqrt{\pi}}{2}",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}^{-1}",
    r"\begin{cases} x & x \ge 0 \\ -x & x < 0 \end{cases}",
    r"\lim_{x \to 0} \frac{\sin x}{x} = 1",
    r"\ce{2H2 + O2 -> 2H2O}",
    r"\sqrt[3]{x^{y^{z}}} \not= \overline{AB} \undefined{oops}",
)


class Content(msgspec.Struct, frozen=True):
    """What one file is made of."""

    items: Callable[[], Iterable[Item]]
    options: Mapping[str, Any] = {}
    pictures: Mapping[str, bytes] = {}
    formats: tuple[str, ...] = ("docx", "epub", "html", "imscc", "json", "pdf", "scorm", "xlsx")
    """Those that it makes a difference to."""


def _demo() -> list[Item]:
    files = sorted((CHECKOUT / "scripts" / "demo").glob("*.jsonl"))
    lines = chain.from_iterable(file.read_bytes().splitlines() for file in files)
    return [msgspec.json.decode(line, type=Item) for line in lines]


def _formulas() -> list[Item]:
    shown = "\n\n".join(f"$$\n{formula}\n$$\n\nand in a line ${formula}$." for formula in _FORMULAS)
    answers = [Faq(f"What is ${formula}$?", f"It is ${formula}$.") for formula in _FORMULAS]
    return [item("content-formulas", title="Formulas", study_guide=shown, faqs=answers)]


def _pictures() -> list[Item]:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><circle r="9"/></svg>'
    plain, drawn = data_url(png(60, 40)), data_url(svg, "image/svg+xml")
    text = (
        f"![A field]({plain})\n\nA word ![in a line]({plain}) and another.\n\n"
        f"| Picture | Words |\n|---|---|\n| ![A drawing]({drawn}) | of a circle |\n\n"
        f"- ![]({plain})\n\n[![Linked]({plain})](https://example.org)\n\n"
        f'![Captioned]({plain} "A caption")\n\n![Missing](https://media.example/none.png)\n\n'
        "![By reference](https://media.example/a.png)"
    )
    return [item("content-pictures", title="Pictures", study_guide=text)]


def _html() -> list[Item]:
    text = (
        "<h1>Leaves</h1><p>An <b>important</b> <i>paragraph</i> with H<sub>2</sub>O, "
        '<a href="https://example.org">a link</a>, <kbd>Ctrl</kbd> and <mark>a mark</mark>.</p>'
        "<table><caption>Yields</caption><thead><tr><th>Stage<th colspan=2>Yield</thead>"
        "<tr><td rowspan=2>one<td>2<td>3<tr><td>4<td>5</table>"
        "<ol start=3><li>three<ul><li>within</ul><li>four</ol><dl><dt>word<dd>meaning</dl>"
        f'<figure><img src="{data_url(png())}" alt="A field"><figcaption>A field</figcaption>'
        "</figure><details><summary>More</summary><p>Hidden at first</p></details>"
        "<blockquote><p>said</blockquote><pre><code>x = 1</code></pre><hr><p>end"
    )
    return [item("content-html", title="HTML", study_guide=text, text_format="html")]


def _school() -> list[Item]:
    """Questions with lines and squares, terms, metadata and footnotes, in both directions."""
    asked = [
        ReadingQuestion("Draw a cell.", None),
        ReadingQuestion("Why?", "See [there](#light).[^n]\n\n1. One\n2. Two\n\n[^n]: A note."),
    ]
    lesson = item("content-school", title="School", reading_guide_questions=asked)
    return [lesson, full_item(), arabic_item(), hindi_item()]


_SCHOOL: Final = {
    "answers": "key",
    "glossary": True,
    "include_quality_metrics": True,
    "points": "suggest",
}

CONTENTS: Final = MappingProxyType(
    {
        "the demo content": Content(_demo, {"include_quality_metrics": True}),
        "40 items in five languages": Content(lambda: corpus(40)),
        "one item": Content(lambda: [full_item()]),
        "cards to cut out": Content(lambda: corpus(3), {"cards": "cutout"}, formats=("pdf",)),
        "a learner's edition": Content(lambda: corpus(3), {"include_answers": False}),
        "Letter paper": Content(lambda: corpus(2), {"paper": "letter"}, formats=("pdf", "docx")),
        "Arabic": Content(lambda: [arabic_item()], {"language": "ar"}),
        "Chinese": Content(lambda: [chinese_item()]),
        "Hindi": Content(lambda: [hindi_item()]),
        "Greek with emoji": Content(lambda: [greek_item()]),
        "formulas": Content(_formulas),
        "pictures": Content(_pictures, {}, {"https://media.example/a.png": png(30, 30)}),
        "HTML": Content(_html),
        "an attacker's item": Content(lambda: [hostile_item()]),
        "every plane of Unicode": Content(lambda: [texts_item()]),
        "what is too large for a page": Content(lambda: [large_item()]),
        "the examples of GitHub Flavored Markdown": Content(lambda: [examples_item(examples())]),
        "worksheets, a key and a glossary": Content(_school, _SCHOOL, formats=("docx",)),
        "worksheets, a key and a glossary in Arabic": Content(
            lambda: _school()[2:3], {**_SCHOOL, "language": "ar", "cover": True}, formats=("docx",)
        ),
        **{
            f"the look {look}": Content(_school, {**_SCHOOL, "look": look}, formats=("docx",))
            for look in ("compact", "large", "dyslexia", "ink")
        },
        "the pages of tests/corpus": Content(
            lambda: [page.item for page in pages()],
            {},
            {address: data for page in pages() for address, data in page.pictures.items()},
        ),
    }
)
"""By what CONFORMANCE.md calls it."""


class Files:
    """Exports of the contents, as files in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made: dict[str, dict[str, Path]] = {}

    def of(self, format_id: str, options: Mapping[str, Any] | None = None) -> dict[str, Path]:
        """A file for each content, by the content's name, with these options beside its own."""
        options = options or {}
        kind = f"{format_id} {sorted(options.items())}"
        if kind not in self._made:
            directory = self._directory / str(len(self._made))
            directory.mkdir()
            self._made[kind] = {
                name: _written(directory / f"{number:02}.{format_id}", content, options)
                for number, (name, content) in enumerate(CONTENTS.items())
                if format_id in content.formats
            }
        return self._made[kind]


def _written(path: Path, content: Content, options: Mapping[str, Any]) -> Path:
    format_id = path.suffix.removeprefix(".")
    wanted = {**content.options, **options}
    path.write_bytes(made(format_id, list(content.items()), wanted, content.pictures))
    return path


def made(
    format_id: str,
    items: Sequence[Item],
    options: Mapping[str, Any],
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """An export with these options; those that the format does not know are left out."""
    known = msgspec.convert(options, options_type(format_id))
    return render(format_id, items, known, pictures=pictures)[0]
