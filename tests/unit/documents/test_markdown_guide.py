"""docs/markdown.md shows what is read: each of its examples becomes what it says."""

import re
from pathlib import Path

import pytest

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.labels import labels
from activities.documents.markdown import MarkdownReader
from tests.unit.documents.notation import shown, shown_runs

GUIDE = (Path(__file__).parents[3] / "docs" / "markdown.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```markdown\n(.*?)\n```\n\n```read\n(.*?)\n```\n", GUIDE, re.DOTALL)


@pytest.mark.parametrize(("written", "becomes"), EXAMPLES)
def test_examples_become_what_the_guide_says(written: str, becomes: str) -> None:
    assert shown(written) == becomes


def test_every_example_is_looked_at() -> None:
    assert len(EXAMPLES) == GUIDE.count("```markdown\n") == GUIDE.count("```read\n")
    assert len(EXAMPLES) == 10


@pytest.mark.parametrize("text", ["[[wiki links]]", ":emoji:", "{attributes}", "%%x%%", "~x~"])
def test_what_the_guide_says_is_text_is_text(text: str) -> None:
    assert shown(text) == text
    reader = MarkdownReader(ConversionWarnings("content-1"), labels("en"))
    assert shown_runs(reader.runs(text)) == text
