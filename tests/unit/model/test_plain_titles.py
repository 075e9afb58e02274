"""Titles without their Markdown, as the exports themselves show them."""

import json
import time
from pathlib import Path

import pytest

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.labels import labels
from activities.documents.markdown import MarkdownReader
from activities.documents.plain import plain_runs
from activities.model.plain_titles import plain_title

DEMO = Path(__file__).parents[3] / "scripts" / "demo"
TITLES = [
    "Plain",
    "**Bold** and *slanted*",
    "***Both***",
    "__Bold__ and _slanted_ words",
    "snake_case_stays_as_it_is",
    "5 * 3 * 2 = 30",
    "`a_b` and `**not bold**`",
    r"\*not slanted\* and \_neither\_",
    "~~gone~~",
    "What is <del>gone</del> and <s>over</s>",
    "AT&amp;T &copy; 2024",
    "1 < 2 & 3 > 2",
    "A <b>bold</b> title about List<String>",
    "Solving $x^2 = 4$",
    "The **ÜBER** 🚀 *course*",
    "طبيعة **الضوء**",
]


def rendered(title: str) -> str:
    return plain_runs(MarkdownReader(ConversionWarnings("item"), labels("en")).runs(title))


@pytest.mark.parametrize("title", TITLES)
def test_a_title_reads_as_in_the_file(title: str) -> None:
    assert plain_title(title) == rendered(title)


def test_every_title_of_the_demo_content_reads_as_in_the_file() -> None:
    titles = [
        json.loads(line)["title"]
        for file in sorted(DEMO.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    assert len(titles) > 100
    assert [plain_title(title) for title in titles] == [rendered(title) for title in titles]


def test_links_and_pictures_leave_their_words() -> None:
    assert plain_title("See [the sea](https://example.org/a_b) now") == "See the sea now"
    assert plain_title("![A leaf](data:image/png;base64,AAAA) grows") == "A leaf grows"


@pytest.mark.parametrize("title", ["", "  ", "\0", "\u2028"])
def test_a_title_of_nothing_gets_a_name(title: str) -> None:
    assert plain_title(title) == "Untitled"


@pytest.mark.parametrize("piece", ["[", "*", "`", "_a", "*a", "[a](", "\\", "~~", "![", "&"])
def test_no_title_takes_long(piece: str) -> None:
    began = time.process_time()
    plain_title(piece * 40_000)
    assert time.process_time() - began < 2
