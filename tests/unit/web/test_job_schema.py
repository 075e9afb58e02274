"""The job as JSON."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.model.jobs import Job, Phase, Problem, Status
from tests.unit.web.jobs import NOW, completed, job
from web.schemas.job import JobResponse, job_response, progress_of
from web.services.presigned_urls import PresignedUrls

URLS = PresignedUrls([b"k" * 32], timedelta(hours=24))
BASE = "https://example.org"

_PHASES = [Phase.FETCHING, Phase.RENDERING, Phase.ASSEMBLING, Phase.PUBLISHING]


def shown(record: Job) -> JobResponse:
    return job_response(record, URLS.to_file(record, BASE, NOW))


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=20
    )
)
def test_percent_never_falls_while_a_job_goes_on(steps: list[tuple[int, int, int]]) -> None:
    fetched = rendered = phase = 0
    percents = [progress_of(job()).percent]
    for more_fetched, more_rendered, more_phase in steps:
        fetched = min(fetched + more_fetched, 10)
        rendered = min(rendered + more_rendered, 10)
        phase = min(phase + more_phase, 3)
        running = job(
            status=Status.PROCESSING,
            phase=_PHASES[phase],
            items_fetched=fetched,
            items_rendered=rendered,
        )
        percents.append(progress_of(running).percent)
    percents.append(progress_of(completed()).percent)

    assert percents == sorted(percents)
    assert percents[0] == 0
    assert all(percent < 100 for percent in percents[:-1])
    assert percents[-1] == 100


def test_job_whose_file_is_lost_is_completed_and_has_no_download() -> None:
    lost = shown(completed(file_lost_at=NOW))

    assert (lost.status, lost.progress.percent) == (Status.COMPLETED, 100)
    assert lost.download_url is None
    assert lost.error is not None
    assert lost.error.code == "file-lost"
    assert shown(completed(file_lost_at=NOW, status=Status.EXPIRED)).error is None


@pytest.mark.parametrize(
    ("changes", "percent", "phase", "done"),
    [
        ({}, 0, "queued", 0),
        (
            {"status": Status.PROCESSING, "phase": Phase.FETCHING, "items_fetched": 5},
            5,
            "fetching",
            0,
        ),
        (
            {
                "status": Status.PROCESSING,
                "phase": Phase.RENDERING,
                "items_fetched": 10,
                "items_rendered": 4,
            },
            42,
            "rendering",
            4,
        ),
        (
            {"status": Status.PROCESSING, "phase": Phase.FETCHING, "items_fetched": 10},
            10,
            "rendering",
            0,
        ),
        (
            {
                "status": Status.PROCESSING,
                "phase": Phase.FETCHING,
                "items_fetched": 5,
                "items_rendered": 1,
            },
            13,
            "rendering",
            1,
        ),
        ({"status": Status.PROCESSING, "phase": Phase.ASSEMBLING}, 90, "assembling", 0),
        ({"status": Status.PROCESSING, "phase": Phase.PUBLISHING}, 95, "publishing", 0),
        ({"status": Status.FAILED, "phase": Phase.ENDED}, 0, "failed", 0),
        ({"status": Status.CANCELLED, "phase": Phase.ENDED}, 0, "cancelled", 0),
        ({"status": Status.EXPIRED, "phase": Phase.ENDED}, 100, "expired", 10),
    ],
)
def test_progress(changes: dict[str, object], percent: float, phase: str, done: int) -> None:
    progress = progress_of(job(**changes))

    assert (progress.percent, progress.phase, progress.items_done) == (percent, phase, done)
    assert progress.items_total == 10


def test_a_link_is_absolute_and_ends_after_its_time() -> None:
    response = shown(completed())

    assert response.download_url is not None
    parts = urlsplit(response.download_url)
    assert f"{parts.scheme}://{parts.netloc}" == BASE
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert int(query["expires"]) == int((NOW + timedelta(hours=24)).timestamp())
    assert response.download_url_expires_at == NOW + timedelta(hours=24)
    last = NOW + timedelta(hours=24)
    for moment, valid in ((NOW, True), (last - timedelta(seconds=1), True), (last, False)):
        assert URLS.allows(completed(), **query, now=moment) is valid


def test_a_link_ends_with_its_file() -> None:
    ends = NOW + timedelta(hours=2)

    assert shown(completed(expires_at=ends)).download_url_expires_at == ends


@pytest.mark.parametrize(
    "changes",
    [
        {"job_id": "00000000-0000-4000-8000-000000000002"},
        {"owner_id": "somebody"},
        {"sha256": "cd" * 32},
        {"sha256": None},
    ],
)
def test_a_link_is_for_one_file_of_one_owner(changes: dict[str, object]) -> None:
    url = shown(completed()).download_url
    assert url is not None
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    assert not URLS.allows(completed(**changes), **query, now=NOW)


def test_there_is_no_link_without_a_file() -> None:
    without = [
        job(),
        job(status=Status.PROCESSING, phase=Phase.RENDERING),
        job(status=Status.FAILED, error=Problem("t", "Title", "Detail", "render-failed")),
        completed(status=Status.EXPIRED),
        completed(expires_at=NOW),
    ]

    for each in without:
        response = shown(each)
        assert (response.download_url, response.download_url_expires_at) == (None, None)
