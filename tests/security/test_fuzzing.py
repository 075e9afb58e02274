"""Generated requests against everything that the API describes.

`FUZZ_EXAMPLES` is how many for each call.
"""

import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from activities.model.jobs import Status
from tests.services.export.api_kit import BOTH, Api, owner_id, token

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))
MANY = 1_000
EVERYTHING = f"{BOTH} export:admin"
"""From here on each run generates others."""
logger = logging.getLogger(__name__)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API without limits on an owner's jobs."""
    settings = {"EXPORT_OWNER_JOBS_IN_FLIGHT": "0", "EXPORT_OWNER_JOBS_PER_HOUR": "0"}
    with Api(tmp_path_factory.mktemp("fuzzed"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def owner() -> str:
    return owner_id()


@pytest.fixture(scope="module")
def jobs(fuzzed: Api, owner: str) -> list[str]:
    """A job in each state but the open ones, whose streams would not end."""
    fuzzed.add_content(owner, 3)
    ended = [fuzzed.add_job(owner, state) for state in (Status.FAILED, Status.CANCELLED)]
    return [*ended, fuzzed.add_file(owner)]


def test_no_request_breaks_the_api(fuzzed: Api, owner: str, jobs: list[str]) -> None:
    description = schemathesis.openapi.from_url(f"{fuzzed.url}/docs/openapi.json")
    operations: list[Any] = [
        found.ok()  # type: ignore[union-attr]
        for found in description.get_all_operations()
    ]
    authorization = f"Bearer {token(owner, EVERYTHING, exp=int(time.time()) + 86_400)}"
    responses: Counter[tuple[str, int]] = Counter()
    for operation in operations:
        _call_again_and_again(operation, jobs, authorization, responses)

    if EXAMPLES >= MANY:
        for (label, status), count in sorted(responses.items()):
            logger.info("%s: %d, %d times", label, status, count)
    assert {label for label, _ in responses} == {operation.label for operation in operations}
    assert {status for _, status in responses} >= {200, 202, 400, 404}
    assert [line for line in fuzzed.log() if line.get("level") == "error"] == []
    with fuzzed.client() as client:
        assert client.get("/health/live").status_code == 200


def _call_again_and_again(
    operation: Any,
    jobs: list[str],
    authorization: str,
    responses: Counter[tuple[str, int]],
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=EXAMPLES < MANY,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def answer_is_as_described(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(list(GenerationMode)))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if "job_id" in case.path_parameters:
            case.path_parameters["job_id"] = data.draw(
                st.sampled_from([*jobs, case.path_parameters["job_id"]])
            )
        case.headers["Authorization"] = authorization
        response = case.call()
        responses[operation.label, response.status_code] += 1
        # Nothing answers at the address of Temporal, which this call is there to say.
        expected = [not_a_server_error] if operation.path == "/health/ready" else []
        case.validate_response(response, checks=CHECKS, excluded_checks=expected)

    answer_is_as_described()
