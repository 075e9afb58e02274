"""docs/html.md shows what is read: each of its examples becomes what it says."""

import re
from pathlib import Path

import pytest

from tests.unit.documents.html.reading import read_html, read_markdown
from tests.unit.documents.notation import shown_blocks

GUIDE = (Path(__file__).parents[4] / "docs" / "html.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(html|markdown)\n(.*?)\n```\n\n```read\n(.*?)\n```\n", GUIDE, re.DOTALL)
READERS = {"html": read_html, "markdown": read_markdown}


@pytest.mark.parametrize(("language", "written", "becomes"), EXAMPLES)
def test_examples_become_what_the_guide_says(language: str, written: str, becomes: str) -> None:
    blocks, _ = READERS[language](written)
    assert shown_blocks(blocks) == becomes


def test_every_example_is_looked_at() -> None:
    written = GUIDE.count("```html\n") + GUIDE.count("```markdown\n")
    assert len(EXAMPLES) == written == GUIDE.count("```read\n") == 7


def test_what_the_guide_says_is_told_is_told() -> None:
    [(_, hidden, _)] = [example for example in EXAMPLES if "<script>" in example[1]]
    _, codes = read_html(hidden)
    assert codes == ["embedded-as-link", "hidden-removed", "html-removed"]
