"""Markdown exports are to GitHub's parser (cmark-gfm) the blocks that the content has."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import pytest

from activities.documents.build import build
from activities.formats.markdown.declaration import MarkdownOptions
from activities.formats.testing import Recorder, render
from activities.model.content import Item
from activities.model.content_links import ContentLinks
from activities.model.job_formats import options_type
from tests.judges.conformance import Conformance, Judge
from tests.judges.documents import CONTENTS, Content
from tests.judges.skeletons import difference, of_document, of_html
from tests.judges.tools import HERE, python_programs, python_version, run

pytestmark = pytest.mark.judges

_FRONT_MATTER: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_ADDRESS: Final = re.compile(r' (?:href|src)="(?!https?://|mailto:|#|data:image/)([^"]*)"')
_ELEMENT: Final = re.compile(r"<([a-z]\w*)")
_ELEMENTS: Final = frozenset(
    {"a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img"}
    | {"input", "kbd", "li", "mark", "ol", "p", "pre", "section", "span", "strong", "sub", "sup"}
    | {"table", "tbody", "td", "th", "thead", "tr", "u", "ul"}
)
_LOOKED_AT: Final = [name for name, each in CONTENTS.items() if "html" in each.formats]


@pytest.fixture
def judge() -> Judge:
    version = python_version("cmarkgfm")
    return Judge("cmark-gfm (cmarkgfm)", version, "the same blocks in GitHub Flavored Markdown")


def shown(texts: Sequence[str], directory: Path) -> list[str]:
    """The HTML of texts."""
    program = python_programs() / "python"
    without = [_FRONT_MATTER.sub("", text) for text in texts]
    done = run([program, HERE / "render_markdown.py"], directory, told=json.dumps(without))
    assert done.returncode == 0, done.stderr
    html: list[str] = json.loads(done.stdout)
    return html


def written(item: Item, content: Content) -> tuple[list[str], str]:
    """The blocks of an item, and its file."""
    options = msgspec.convert(
        {**content.options, "markdown_layout": "file"}, options_type("markdown")
    )
    assert isinstance(options, MarkdownOptions)
    data, _ = render("markdown", [item], options, pictures=content.pictures)
    report = Recorder(links=ContentLinks(frozenset({item.id})))
    report.media = _Media(content)
    return of_document(build(item, options, report)), data.decode()


class _Media:
    def __init__(self, content: Content) -> None:
        self._content = content

    def picture(self, reference: str) -> bytes | None:
        return self._content.pictures.get(reference)


@pytest.mark.parametrize("name", _LOOKED_AT)
def test_each_item_is_the_same_blocks(
    name: str, tmp_path: Path, judge: Judge, conformance: Conformance
) -> None:
    content = CONTENTS[name]
    items = list(content.items())
    expected, texts = zip(*(written(item, content) for item in items), strict=True)
    pages = shown(texts, tmp_path)
    found = {
        item.id: told
        for item, blocks, page in zip(items, expected, pages, strict=True)
        if (told := difference(blocks, of_html(page)))
    }
    conformance.judged(judge, "items of the Markdown files", len(items), found)
    assert found == {}
    assert [_ADDRESS.findall(page) for page in pages] == [[]] * len(pages)
    assert {name for page in pages for name in _ELEMENT.findall(page)} <= _ELEMENTS


def _unescaped(text: str) -> str:
    return text.replace("\\", "")


def _short_fence(text: str) -> str:
    return re.sub(r"^```+(\w*)$", r"~\1", text, flags=re.MULTILINE)


def _unindented(text: str) -> str:
    return re.sub(r"^ +", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        (_unescaped, "the examples of GitHub Flavored Markdown"),
        (_short_fence, "one item"),
        (_unindented, "one item"),
    ],
)
def test_a_planted_fault_is_found(
    damage: Callable[[str], str],
    name: str,
    tmp_path: Path,
    judge: Judge,
    conformance: Conformance,
) -> None:
    [item] = CONTENTS[name].items()
    expected, text = written(item, CONTENTS[name])
    [page] = shown([damage(text)], tmp_path)
    assert difference(expected, of_html(page))
    conformance.planted(judge)
