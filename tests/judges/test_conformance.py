"""CONFORMANCE.md says what the judges of this run said. These tests come after all judges."""

import pytest

from tests.judges.conformance import PAGE, Conformance, Judge, comparable

pytestmark = pytest.mark.judges


def test_the_page_says_what_the_judges_said(
    conformance: Conformance, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--write-conformance"):
        PAGE.write_text(conformance.page())

    assert comparable(PAGE.read_text()) == comparable(conformance.page())


def test_each_judge_has_found_a_planted_fault(conformance: Conformance) -> None:
    assert conformance.without_planted_fault() == set()


def test_only_versions_and_numbers_of_checks_may_differ() -> None:
    def page(judge: Judge, checks: int = 1, findings: tuple[str, ...] = ()) -> list[str]:
        said = Conformance()
        said.judged(judge, "a file", checks, findings)
        return comparable(said.page())

    judge = Judge("A judge", "1.0", "a standard")
    usual = page(judge)
    assert page(Judge("A judge", "1.1", "a standard"), 2_000) == usual
    assert page(judge, findings=("a fault",)) != usual
    assert page(Judge("A judge", "1.0", "another standard")) != usual
