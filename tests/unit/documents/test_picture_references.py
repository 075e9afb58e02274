"""What is fetched before a text is read holds all that its readers ask for."""

import time

import pytest

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.labels import labels
from activities.documents.markdown import MarkdownReader
from activities.documents.picture_references import keys_of, references


class Asked:
    """Implements `Media` without a picture, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.references: list[str] = []

    def picture(self, reference: str) -> bytes | None:
        self.references.append(reference)
        return None


TEXTS = {
    "![a](x.png)": {"x.png"},
    "![a]( <x y.png> 'title')": {"x y.png"},
    "![a](/api/attachments.redirect?id=12&b=1)": {"/api/attachments.redirect?id=12&b=1"},
    "![a](@@PLUGINFILE@@/pic%20one.png)": {"@@PLUGINFILE@@/pic%20one.png"},
    "![a](@@PLUGINFILE@@/größe.png =100x)": {"@@PLUGINFILE@@/größe.png"},
    "![a](https://x.org/a_(b).png)": {"https://x.org/a_(b).png"},
    "![a [b [c]] d](x.png)": {"x.png"},
    "![`]` a](x.png)": {"x.png"},
    "[![a](x.png)](https://x.org)": {"x.png"},
    "![a](x&amp;y.png)": {"x&y.png"},
    "![a](x\\)y.png)": {"x)y.png"},
    "![a][Label]\n\n[label]: x.png 'title'": {"x.png"},
    "![label][]\n\n> [label]: <x y.png>": {"x y.png"},
    "![label]\n\n[LABEL]:\n  x.png": {"x.png"},
    "| a |\n|---|\n| ![x](cell.png) |": {"cell.png"},
    "![a](x.png) ![b](x.png)": {"x.png"},
    "<img alt='a > b' src='x.png'> <IMG SRC=\"/y.png?a=1&amp;b=2\"/> <img src=z.png>": {
        "x.png",
        "/y.png?a=1&b=2",
        "z.png",
    },
    "![a](data:image/png;base64,AAAA) ![](#x) [a](link.png) ![a]() a![": set(),
    "<img data-src='lazy.png'>": set(),
    "![a](x.png) `[b]` [c](d.png) and `![e](f.png)`[^g]\n\n[^g]: The": {"x.png"},
    "- a ` b\n- ![a](x.png) ` c": {"x.png"},
    "\\`![a](x.png)`": {"x.png"},
}


@pytest.mark.parametrize("text", TEXTS)
def test_references_are_as_the_author_wrote_them(text: str) -> None:
    found = set(references(text))
    assert found == TEXTS[text]
    asked = Asked()
    MarkdownReader(ConversionWarnings("content-1"), labels("en"), asked).blocks(text, 3)
    known = {key for reference in found for key in keys_of(reference)}
    assert {each for each in asked.references if not each.startswith("#")} - {""} <= known


HOSTILE = {
    "images": "![" * 100_000,
    "closed": "![](a" * 50_000,
    "open brackets": "[" * 100_000 + "]" * 100_000,
    "parentheses": "![](" + "(" * 100_000,
    "pairs": "![](" + "()" * 100_000,
    "tags": "<img " * 50_000,
    "sources": "<img " + "src=" * 50_000,
    "quotes": "<img src='" * 30_000,
    "spaces": "<img src" + " " * 100_000,
    "definitions": "![a]" + "[a]: " * 50_000,
    "escapes": "![" + "\\[" * 100_000,
    "backticks": "`![](a`" * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_is_looked_through_in_a_moment(name: str) -> None:
    started = time.process_time()
    for _ in references(HOSTILE[name]):
        pass
    assert time.process_time() - started < 2
