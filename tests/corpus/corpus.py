"""The pages and example texts that every format has to show whole."""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from activities.formats.testing.items import data_url, item, png
from activities.model.content import Faq, Item

_HERE = Path(__file__).parent
_INLINE = re.compile(r"(?<=[(\"])data:(\w+)(?=[)\" ])")
_REFERENCE = re.compile(
    r"(?:src=\"|!\[[^\]]*\]\()((?:https://media\.example|@@PLUGINFILE@@|/api/attachments)[^\")\s]+)"
)


class Page(NamedTuple):
    """A page of a platform."""

    name: str
    """`kind/name`."""
    title: str
    language: str
    is_html: bool
    text: str

    @property
    def pictures(self) -> dict[str, bytes]:
        """What its pictures refer to."""
        return {address: _picture(address) for address in _REFERENCE.findall(self.text)}

    @property
    def picture_count(self) -> int:
        """How many pictures it shows."""
        return len(_INLINE.findall(self.text)) + len(_REFERENCE.findall(self.text))

    @property
    def item(self) -> Item:
        """The page as the study guide of an item."""
        text = _INLINE.sub(lambda found: data_url(_picture(found[1])), self.text)
        return item(
            self.name,
            title=self.title,
            language=self.language,
            study_guide=text,
            text_format="html" if self.is_html else "markdown",
        )


def _picture(name: str) -> bytes:
    """A picture of its own for each name."""
    digest = hashlib.sha256(name.encode()).digest()
    return png(40 + digest[0] % 40, 30 + digest[1] % 30, f"#{digest[2:5].hex()}")


@cache
def pages() -> tuple[Page, ...]:
    """All pages, in the order of their names."""
    return tuple(_read(path) for path in sorted((_HERE / "pages").glob("*/*.*.*")))


def _read(path: Path) -> Page:
    name, language, ending = path.name.split(".")
    title, _, text = path.read_text().partition("\n\n")
    return Page(f"{path.parent.name}/{name}", title, language, ending == "html", text)


class Example(NamedTuple):
    """A text of the Markdown specification, and the HTML that it says is meant."""

    number: int
    markdown: str
    html: str


@cache
def examples() -> tuple[Example, ...]:
    """The examples of GitHub Flavored Markdown, those of CommonMark among them."""
    found = json.loads((_HERE / "gfm_examples.json").read_text())["examples"]
    return tuple(Example(each["number"], each["markdown"], each["html"]) for each in found)


def examples_item(some: tuple[Example, ...]) -> Item:
    """The examples as answers of one item, after questions that name them."""
    return item(
        "content-examples",
        faqs=[Faq(mark(example.number), example.markdown) for example in some],
    )


def mark(number: int) -> str:
    """A word that no text has."""
    return f"qqexample{number:04}qq"


def in_examples(text: str, some: tuple[Example, ...]) -> Iterator[tuple[Example, str]]:
    """Each example, and what stands between its mark and the next."""
    _, *parts = re.split(r"qqexample(\d{4})qq", text)
    by_number = dict(zip(map(int, parts[::2]), parts[1::2], strict=True))
    for example in some:
        yield example, by_number.get(example.number, "")
