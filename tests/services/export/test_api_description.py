"""The API's description: each answer has an example, and each example is what it stands for."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonschema
import pytest

from tests.services.export.api_kit import Api

DOWNLOAD = "GET /api/export/jobs/{job_id}/download"
UNREADY = "GET /health/ready 503"
"""Names what is away, and is no problem document."""


class Content(NamedTuple):
    """A body that the description shows."""

    place: str
    schema: dict[str, Any]
    examples: list[Any]


@pytest.fixture(scope="module")
def description(api: Api) -> dict[str, Any]:
    with api.client() as client:
        found: dict[str, Any] = client.get("/docs/openapi.json").json()
        return found


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def responses(description: dict[str, Any]) -> Iterator[Content]:
    for place, operation in operations(description):
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                if content["schema"].get("format") != "binary":
                    examples = content.get("examples", {}).values()
                    yield Content(
                        f"{place} {status}",
                        content["schema"],
                        [example["value"] for example in examples],
                    )


def bodies(description: dict[str, Any]) -> Iterator[Content]:
    for place, operation in operations(description):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            examples = [example["value"] for example in content.get("examples", {}).values()]
            yield Content(place, content["schema"], examples)


def complaints(description: dict[str, Any], content: Content) -> list[str]:
    """What is wrong with the examples, by the schema's own account."""
    schema = content.schema | {"components": description["components"]}
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return [
        f"{content.place}: {error.json_path}: {error.message}"
        for example in content.examples
        for error in validator.iter_errors(example)
    ]


def test_each_call_and_each_answer_has_an_example(description: dict[str, Any]) -> None:
    shown = [*responses(description), *bodies(description)]
    assert len(shown) > 80
    assert [content.place for content in shown if not content.examples] == []


def test_each_example_is_what_it_stands_for(description: dict[str, Any]) -> None:
    shown = [*responses(description), *bodies(description)]
    assert [fault for content in shown for fault in complaints(description, content)] == []


def test_a_wrong_example_would_be_noticed(description: dict[str, Any]) -> None:
    good = next(each for each in responses(description) if each.place == "POST /api/export/ 202")
    wrong = good._replace(examples=[good.examples[0] | {"created_at": 7}])
    assert complaints(description, wrong) != []


def test_each_error_is_an_example_of_its_status(description: dict[str, Any]) -> None:
    codes = set()
    for content in responses(description):
        status = int(content.place[-3:])
        if status >= 400 and content.place != UNREADY:
            assert {example["status"] for example in content.examples} == {status}, content.place
            codes |= {example["code"] for example in content.examples}
            assert all(example["detail"] for example in content.examples), content.place
    assert {"content-not-found", "invalid-format", "not-ready", "not-retryable", "busy"} <= codes


def test_that_the_service_is_not_ready_is_described(description: dict[str, Any]) -> None:
    [unready] = [content for content in responses(description) if content.place == UNREADY]
    assert {example["status"] for example in unready.examples} == {"unavailable"}


def test_each_call_is_explained(description: dict[str, Any]) -> None:
    for place, operation in operations(description):
        assert operation["summary"], place
        assert operation["description"], place
