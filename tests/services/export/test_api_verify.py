"""Checking files through the API: however large they are, they cost no memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.export.api_kit import Api, owner_id, problem

MEGABYTE = 1024 * 1024
MOST = 48 * MEGABYTE
PATH = "/api/export/verify"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = {"EXPORT_MAX_FILE_BYTES": str(MOST)}
    with Api(tmp_path_factory.mktemp("verify"), settings) as made:
        yield made


@pytest.mark.parametrize("told", [True, False], ids=["with length", "chunked"])
def test_a_file_that_is_larger_than_files_may_be_is_refused(api: Api, told: bool) -> None:
    body = bytes(MOST + 1)
    pieces = (body[start : start + MEGABYTE] for start in range(0, len(body), MEGABYTE))
    with api.client(owner_id()) as client:
        response = client.post(
            PATH, content=body if told else pieces, headers={"Content-Type": "application/pdf"}
        )
    problem(response, 413, "body-too-large")


def test_a_file_of_the_largest_size_is_read_in_constant_memory(api: Api) -> None:
    assert api.process is not None
    status = Path(f"/proc/{api.process.pid}/status")
    if not status.exists():
        pytest.skip("needs /proc")

    def peak() -> int:
        [line] = [each for each in status.read_text().splitlines() if each.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024

    with api.client(owner_id()) as client:
        client.post(PATH, content=b"a", headers={"Content-Type": "application/pdf"})
        before = peak()
        pieces = (bytes(MEGABYTE) for _ in range(MOST // MEGABYTE))
        response = client.post(PATH, content=pieces, headers={"Content-Type": "application/pdf"})
    assert (response.status_code, response.json()["authentic"]) == (200, False)
    assert peak() - before < MOST / 4


def test_a_receipt_that_is_larger_than_one_can_be_is_refused(api: Api) -> None:
    body = b'{"signature":"' + b"a" * 4 * MEGABYTE + b'"}'
    with api.client() as client:
        response = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    problem(response, 413, "body-too-large")
