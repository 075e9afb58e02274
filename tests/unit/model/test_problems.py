"""Each type of problem is known once: one code, one title, one sentence, one piece of advice."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from activities.model.problems import (
    INTERNAL,
    PROBLEM_TYPES,
    HttpProblemType,
    ProblemType,
    problem,
    problem_type,
)
from workflows.contracts import ErrorType

ROOT = Path(__file__).parents[3]
JOB_CODES = {value for name, value in vars(ErrorType).items() if name.isupper()}


def _sources() -> Iterator[tuple[Path, str]]:
    for room in ("workflows", "activities", "web"):
        for path in (ROOT / room).rglob("*.py"):
            if path.relative_to(ROOT).as_posix() != "activities/model/problems.py":
                yield path, path.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", sorted(PROBLEM_TYPES.keys() | JOB_CODES))
def test_every_code_has_a_title_a_sentence_and_advice(code: str) -> None:
    kind = PROBLEM_TYPES[code]
    assert (kind.code, kind.type) == (code, f"urn:export:problem:{code}")
    assert kind.title
    assert not kind.title.endswith(".")
    assert kind.detail.endswith(".")
    assert kind.advice.endswith(".")


def test_no_two_types_share_a_title() -> None:
    titles = [kind.title for kind in PROBLEM_TYPES.values()]
    assert len(set(titles)) == len(titles)


def test_every_type_has_the_status_of_an_error_or_is_told_by_jobs_alone() -> None:
    for kind in PROBLEM_TYPES.values():
        if isinstance(kind, HttpProblemType):
            assert 400 <= kind.status < 600
        else:
            assert kind.code in JOB_CODES


def test_titles_and_sentences_stand_in_one_place() -> None:
    words = {
        each for kind in PROBLEM_TYPES.values() for each in (kind.title, kind.detail, kind.type)
    }
    # The workflow, which can import no table of ours, says this one too.
    words -= {INTERNAL.detail}
    found = [
        (path.name, each)
        for path, text in _sources()
        for each in words
        if f'"{each}"' in text or f"'{each}'" in text
    ]
    assert found == []


def test_every_type_that_the_api_and_the_pages_name_is_in_the_table() -> None:
    # `ProblemError` takes only types; what is written out as text is found by its form.
    written = {
        code for _, text in _sources() for code in re.findall(r"urn:export:problem:([a-z-]+)", text)
    }
    assert written <= PROBLEM_TYPES.keys()


def test_a_job_tells_of_its_problem_in_the_words_of_the_type() -> None:
    kind: ProblemType = problem_type(ErrorType.TIMED_OUT)
    told = problem(ErrorType.TIMED_OUT)
    assert (told.type, told.title, told.detail) == (kind.type, kind.title, kind.detail)
    assert problem(ErrorType.TIMED_OUT, "A step took too long.").detail == "A step took too long."


def test_a_code_that_nobody_knows_is_our_own_error() -> None:
    assert problem("no-such-code", "It failed.").code == INTERNAL.code
