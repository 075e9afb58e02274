"""Downloading over HTTP: with a token, with a signed link, whole, in ranges, and never wrongly."""

import base64
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from activities.jobs.lifecycle import JobLifecycle
from activities.model.jobs import Status
from activities.storage.keys import file_key
from scripts.dev.ports import free_ports
from tests.services.export.api_kit import URL_SECRET, Api, owner_id, problem

DATA = bytes(range(256)) * 40
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def job(api: Api) -> tuple[str, str]:
    owner = owner_id()
    return owner, api.add_file(owner, DATA, name="Übung 1.txt")


def get(api: Api, job: tuple[str, str], method: str = "GET", **headers: str) -> httpx.Response:
    owner, job_id = job
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with api.client(owner) as client:
        return client.request(method, f"/api/export/jobs/{job_id}/download", headers=names)


def link_of(api: Api, owner: str, job_id: str) -> str:
    with api.client(owner) as client:
        response = client.get(f"/api/export/jobs/{job_id}")
        assert response.status_code == 200, response.text
        return str(response.json()["download_url"])


def test_a_download_is_the_file_with_all_that_a_client_needs(
    api: Api, job: tuple[str, str]
) -> None:
    response = get(api, job)

    assert response.status_code == 200
    assert response.content == DATA
    headers = response.headers
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["content-length"] == str(len(DATA))
    assert headers["etag"] == f'"{SHA256}"'
    assert headers["accept-ranges"] == "bytes"
    digest = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
    assert headers["repr-digest"] == f"sha-256=:{digest}:"
    assert headers["content-disposition"] == (
        "attachment; filename=\"Ubung 1.txt\"; filename*=UTF-8''%C3%9Cbung%201.txt"
    )
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "content-encoding" not in headers


def test_head_answers_like_get_without_the_bytes(api: Api, job: tuple[str, str]) -> None:
    whole, head = get(api, job), get(api, job, "HEAD")

    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-length", "etag", "content-type", "content-disposition", "repr-digest"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("given", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=10000-", 10_000, 10_240),
        ("bytes=-5", 10_235, 10_240),
        ("bytes=-99999", 0, 10_240),
        ("bytes=10239-99999999", 10_239, 10_240),
        ("Bytes=0-9", 0, 10),
    ],
)
def test_one_range_is_sent_alone(
    api: Api, job: tuple[str, str], given: str, start: int, stop: int
) -> None:
    response = get(api, job, Range=given)

    assert response.status_code == 206
    assert response.content == DATA[start:stop]
    assert response.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(DATA)}"
    assert response.headers["content-length"] == str(stop - start)
    assert response.headers["etag"] == f'"{SHA256}"'


@pytest.mark.parametrize(
    "given", ["bytes=0-1,5-6", "bytes=5-2", "bytes=a-b", "bytes=-", "lines=1-2", "bytes", ""]
)
def test_a_range_that_cannot_be_one_gets_the_whole_file(
    api: Api, job: tuple[str, str], given: str
) -> None:
    response = get(api, job, Range=given)

    assert response.status_code == 200
    assert response.content == DATA


@pytest.mark.parametrize("given", ['"other"', "W/{etag}", '"a", "b"', "nonsense"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_another_file_than_the_one_asked_for_is_not_sent(
    api: Api, job: tuple[str, str], given: str, method: str
) -> None:
    etag = get(api, job).headers["etag"]
    with api.client(job[0]) as client:
        url = f"/api/export/jobs/{job[1]}/download"
        response = client.request(method, url, headers={"If-Match": given.format(etag=etag)})
        assert response.status_code == 412
        assert response.headers["etag"] == etag
        if method == "GET":
            problem(response, 412, "precondition-failed")
        for same in ("*", etag, f'"other", {etag}'):
            assert client.request(method, url, headers={"If-Match": same}).status_code == 200


@pytest.mark.parametrize("given", ["bytes=10240-", "bytes=99999-100000", "bytes=-0"])
def test_a_range_beyond_the_file_is_told_its_size(
    api: Api, job: tuple[str, str], given: str
) -> None:
    response = get(api, job, Range=given)

    problem(response, 416, "range-not-satisfiable")
    assert response.headers["content-range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize("given", ["bytes=0-9", "bytes=99999-100000"])
def test_head_is_of_the_whole_file_whatever_range_it_asks_for(
    api: Api, job: tuple[str, str], given: str
) -> None:
    response = get(api, job, "HEAD", Range=given)

    assert response.status_code == 200
    assert response.headers["content-length"] == str(len(DATA))
    assert "content-range" not in response.headers


def test_a_broken_download_goes_on_where_it_stopped(api: Api, job: tuple[str, str]) -> None:
    first = get(api, job, Range="bytes=0-4999")
    rest = get(api, job, Range="bytes=5000-", If_Range=first.headers["etag"])
    changed = get(api, job, Range="bytes=5000-", If_Range='"other"')
    dated = get(api, job, Range="bytes=5000-", If_Range="Wed, 21 Oct 2015 07:28:00 GMT")

    assert first.content + rest.content == DATA
    assert (changed.status_code, changed.content) == (200, DATA)
    assert (dated.status_code, dated.content) == (200, DATA)


@pytest.mark.parametrize("given", [f'"{SHA256}"', f'"a", W/"{SHA256}"', "*"])
def test_who_has_the_bytes_already_is_not_sent_them(
    api: Api, job: tuple[str, str], given: str
) -> None:
    response = get(api, job, If_None_Match=given)

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == f'"{SHA256}"'


def test_a_link_needs_no_token(api: Api, job: tuple[str, str]) -> None:
    url = link_of(api, *job)

    assert httpx.get(url).content == DATA
    assert httpx.get(url, headers={"Range": "bytes=0-3"}).content == DATA[:4]
    assert httpx.head(url).status_code == 200
    # Somebody else's token beside it changes nothing.
    with api.client(owner_id()) as stranger:
        assert stranger.get(url).content == DATA


def test_every_change_to_a_link_is_answered_alike(api: Api, job: tuple[str, str]) -> None:
    owner, job_id = job
    url = link_of(api, owner, job_id)
    other = api.add_file(owner, b"other")
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    expires, signature = query["expires"], query["signature"]
    changed = [
        signature[:i] + ("0" if c != "0" else "1") + signature[i + 1 :]
        for i, c in enumerate(signature)
    ]
    attempts = [
        *[{"expires": expires, "signature": text} for text in changed],
        {"expires": expires, "signature": signature.upper()},
        {"expires": expires, "signature": signature + "0"},
        {"expires": expires, "signature": ""},
        {"expires": expires},
        {"signature": signature},
        {"expires": str(int(expires) + 1), "signature": signature},
        {"expires": f"0{expires}", "signature": signature},
        {"expires": f" {expires}", "signature": signature},
        {"expires": f"{expires}.0", "signature": signature},
        {"expires": "9" * 40, "signature": signature},
        {"expires": "١٢٣", "signature": signature},
        {"expires": expires, "signature": "é\x00"},
    ]
    path = f"{api.url}/api/export/jobs/{{}}/download"
    with httpx.Client() as client:
        responses = [client.get(path.format(job_id), params=attempt) for attempt in attempts]
        documents = [problem(response, 404, "not-found") for response in responses]
        foreign = problem(client.get(path.format(other), params=query), 404, "not-found")
        missing = "00000000-0000-4000-8000-000000000000"
        unknown = problem(client.get(path.format(missing), params=query), 404, "not-found")

    for document in (foreign, unknown, *documents):
        document.pop("instance")
    assert all(document == unknown for document in (foreign, *documents))


def test_a_link_ends(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path, {"EXPORT_LINK_TTL_SECONDS": "1"}) as api:
        url = link_of(api, owner, api.add_file(owner, DATA))
        # An expiry in whole seconds may be almost there already: only the end is certain.
        time.sleep(1.1)
        late = httpx.get(url)

    problem(late, 404, "not-found")


def test_a_link_does_not_outlive_the_file(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA, retention=timedelta(hours=1))
    with api.client(owner) as client:
        job = client.get(f"/api/export/jobs/{job_id}").json()

    link_ends, file_ends = (
        datetime.fromisoformat(job[name]) for name in ("download_url_expires_at", "expires_at")
    )
    assert timedelta(0) <= file_ends - link_ends < timedelta(seconds=1)


def test_links_of_a_replaced_key_stay_valid_until_it_is_removed(tmp_path: Path, owner: str) -> None:
    old, new = URL_SECRET, URL_SECRET[::-1]
    with Api(tmp_path, {"EXPORT_URL_SECRETS": old}) as api:
        job_id = api.add_file(owner, DATA)
        signed_by_old = urlsplit(link_of(api, owner, job_id))
    target = f"{signed_by_old.path}?{signed_by_old.query}"
    with Api(tmp_path, {"EXPORT_URL_SECRETS": f"{new}, {old}"}) as api:
        signed_by_new = urlsplit(link_of(api, owner, job_id))
        both = httpx.get(api.url + target).status_code
    with Api(tmp_path, {"EXPORT_URL_SECRETS": new}) as api:
        removed = httpx.get(api.url + target).status_code
        current = httpx.get(f"{api.url}{signed_by_new.path}?{signed_by_new.query}").status_code

    assert (both, removed, current) == (200, 404, 200)


@pytest.mark.parametrize(
    "status", [Status.PENDING, Status.PROCESSING, Status.FAILED, Status.CANCELLED]
)
def test_a_job_without_a_file_has_none_to_download(api: Api, owner: str, status: Status) -> None:
    job_id = api.add_job(owner, status)

    document = problem(get(api, (owner, job_id)), 409, "not-ready")

    assert status.value in document["detail"]


def test_an_expired_file_is_gone_by_token_and_by_link(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    url = link_of(api, owner, job_id)
    api.in_database(
        lambda database: JobLifecycle(database).expire(
            [job_id], datetime.now(UTC) + timedelta(days=8)
        )
    )

    problem(get(api, (owner, job_id)), 410, "expired")
    problem(httpx.get(url), 410, "expired")
    with api.client(owner) as client:
        job = client.get(f"/api/export/jobs/{job_id}").json()
    assert (job["status"], job["download_url"]) == ("expired", None)


def test_a_file_past_its_time_is_gone_before_retention_comes(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA, retention=timedelta(seconds=-1))

    problem(get(api, (owner, job_id)), 410, "expired")


def test_a_file_outlives_the_package_of_its_format(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA, format_id="no-longer-installed")

    response = get(api, (owner, job_id))

    assert (response.status_code, response.content) == (200, DATA)


def file_of(api: Api, job_id: str) -> Path:
    """The job's file on the disk."""
    if api.settings.storage_url:
        pytest.skip("changes a file on the disk")
    return Path(api.settings.temp_path) / file_key(job_id, "txt")


def log_of(api: Api, job_id: str, level: str) -> list[dict[str, Any]]:
    return [line for line in api.log() if line.get("job_id") == job_id and line["level"] == level]


def counted(api: Api, reason: str) -> float:
    """How often the process has told of a problem."""
    text = httpx.get(f"{api.url}/metrics").text
    name = f'export_errors_total{{reason="{reason}"}} '
    return sum(float(line.removeprefix(name)) for line in text.splitlines() if name in line)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda file: file.unlink(),
    "missing with its directory": lambda file: shutil.rmtree(file.parent),
    "empty": lambda file: file.write_bytes(b""),
    "cut": lambda file: file.write_bytes(DATA[:100]),
    "longer": lambda file: file.write_bytes(DATA + b"!"),
    "altered": lambda file: file.write_bytes(DATA[:-1] + b"!"),
    "altered at its beginning": lambda file: file.write_bytes(b"!" + DATA[1:]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_not_what_its_record_says_is_not_sent(
    api: Api, owner: str, damage: str
) -> None:
    job_id = api.add_file(owner, DATA)
    url = link_of(api, owner, job_id)
    DAMAGES[damage](file_of(api, job_id))
    before = counted(api, "file-lost")

    first_response = get(api, (owner, job_id))
    first = problem(first_response, 410, "file-lost")

    assert "Export the same content again" in first["detail"]
    assert counted(api, "file-lost") == before + 1
    # From then on, however it is asked for.
    for headers in ({}, {"Range": "bytes=0-3"}, {"Range": "bytes=20000-"}, {"If_None_Match": "*"}):
        problem(get(api, (owner, job_id), **headers), 410, "file-lost")
    assert get(api, (owner, job_id), "HEAD").status_code == 410
    problem(httpx.get(url), 410, "file-lost")
    # The log tells of it once, however often it is asked for.
    [found] = log_of(api, job_id, "error")
    assert (found["message"], found["code"], found["owner"]) == ("file lost", "file-lost", owner)
    assert found["request_id"] == first_response.headers["x-request-id"]


@pytest.mark.parametrize("damage", ["missing", "cut"])
@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Range": "bytes=0-3"}),
        ("GET", {"Range": "bytes=20000-"}),
        ("GET", {"If_None_Match": "*"}),
    ],
)
def test_a_lost_file_is_found_by_whatever_asks_for_it_first(
    api: Api, owner: str, damage: str, method: str, headers: dict[str, str]
) -> None:
    job_id = api.add_file(owner, DATA)
    DAMAGES[damage](file_of(api, job_id))

    assert get(api, (owner, job_id), method, **headers).status_code == 410

    with api.client(owner) as client:
        assert client.get(f"/api/export/jobs/{job_id}").json()["error"]["code"] == "file-lost"


def test_a_job_whose_file_is_lost_says_so(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    file_of(api, job_id).write_bytes(b"")
    get(api, (owner, job_id))

    with api.client(owner) as client:
        job = client.get(f"/api/export/jobs/{job_id}").json()
        [listed] = client.get("/api/export/jobs").json()["items"]

    assert job["status"] == "completed"
    assert (job["download_url"], job["download_url_expires_at"]) == (None, None)
    assert job["error"]["code"] == "file-lost"
    assert listed == job


BIG = bytes(range(256)) * 16 * 1024


def test_a_large_file_that_was_altered_breaks_off_before_its_end(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, BIG)
    file_of(api, job_id).write_bytes(BIG[:2_000_000] + b"!" + BIG[2_000_001:])
    before = counted(api, "file-lost")
    received = bytearray()

    with (
        api.client(owner) as client,
        client.stream("GET", f"/api/export/jobs/{job_id}/download") as response,
    ):
        chunks = response.iter_raw()
        with pytest.raises(httpx.RemoteProtocolError):
            received.extend(byte for chunk in chunks for byte in chunk)

    assert response.status_code == 200
    assert len(received) < len(BIG)
    assert counted(api, "file-lost") == before + 1
    assert [line["damage"] for line in log_of(api, job_id, "error")] == ["hash"]
    problem(get(api, (owner, job_id)), 410, "file-lost")
    assert get(api, (owner, job_id), "HEAD").status_code == 410


def test_a_file_that_is_altered_once_it_was_sent_is_not_sent_again(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    assert get(api, (owner, job_id)).content == DATA
    file_of(api, job_id).write_bytes(b"!" + DATA[1:])

    problem(get(api, (owner, job_id)), 410, "file-lost")


def test_an_expired_file_is_expired_and_not_lost(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    file_of(api, job_id).unlink()
    get(api, (owner, job_id))
    api.in_database(
        lambda database: JobLifecycle(database).expire(
            [job_id], datetime.now(UTC) + timedelta(days=8)
        )
    )

    problem(get(api, (owner, job_id)), 410, "expired")
    with api.client(owner) as client:
        job = client.get(f"/api/export/jobs/{job_id}").json()
    assert (job["status"], job["error"]) == ("expired", None)


@pytest.mark.parametrize("how", ["gone", "not mounted", "not readable"])
def test_storage_that_is_away_is_not_a_lost_file(tmp_path: Path, owner: str, how: str) -> None:
    with Api(tmp_path) as api:
        job_id = api.add_file(owner, DATA)
        file_of(api, job_id)
        root = Path(api.settings.temp_path)
        aside = root.with_name("aside")
        if how == "not readable":
            if os.geteuid() == 0:
                pytest.skip("root may read everywhere")
            root.chmod(0)
        else:
            root.rename(aside)
        if how == "not mounted":
            root.mkdir()
        for method, headers in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-3"})):
            response = get(api, (owner, job_id), method, **headers)
            assert response.status_code == 503
            assert response.headers["retry-after"]
        problem(get(api, (owner, job_id)), 503, "storage-unavailable")
        with api.client(owner) as client:
            assert client.get(f"/api/export/jobs/{job_id}").json()["download_url"]
            body = {"content_ids": api.add_content(owner, 1), "format": "txt"}
            if how == "gone":
                problem(client.post("/api/export/", json=body), 503, "storage-unavailable")
        if how == "gone":
            with api.client("an-operator", "export:admin") as operator:
                state = operator.get("/api/export/admin/state").json()
            assert state["storage"]["available"] is False
        assert not [line for line in api.log() if line.get("code") == "internal-error"]
        if how == "not readable":
            root.chmod(0o700)
        else:
            shutil.rmtree(root, ignore_errors=True)
            aside.rename(root)

        assert get(api, (owner, job_id)).content == DATA


def test_an_object_store_that_is_away_is_not_a_lost_file(tmp_path: Path, owner: str) -> None:
    away = {
        "EXPORT_STORAGE_URL": "s3://exports",
        "EXPORT_STORAGE_ALLOW_HTTP": "true",
        "AWS_ENDPOINT": f"http://127.0.0.1:{free_ports(1)[0]}",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    with Api(tmp_path, away) as api:
        job_id = api.add_file(owner, DATA, stored=False)
        problem(get(api, (owner, job_id)), 503, "storage-unavailable")


def test_a_large_file_is_sent_in_constant_memory(api: Api, owner: str) -> None:
    megabytes = 64
    data = bytes(1024 * 1024) * megabytes
    job_id = api.add_file(owner, data)
    assert api.process is not None
    status = Path(f"/proc/{api.process.pid}/status")
    if not status.exists():
        pytest.skip("needs /proc")

    def peak_megabytes() -> int:
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) // 1024

    before = peak_megabytes()
    hasher = hashlib.sha256()
    with (
        api.client(owner) as client,
        client.stream("GET", f"/api/export/jobs/{job_id}/download") as response,
    ):
        for chunk in response.iter_bytes():
            hasher.update(chunk)

    assert hasher.hexdigest() == hashlib.sha256(data).hexdigest()
    assert peak_megabytes() - before < megabytes / 2
