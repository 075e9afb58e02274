"""A repeated request makes one job, however many times and at whatever moment it comes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx

from tests.services.export.api_kit import Api, owner_id, problem

KEYS = 50
AT_ONCE = 10


def post(client: httpx.Client, items: list[str], key: str) -> httpx.Response:
    return client.post(
        "/api/export/",
        json={"content_ids": items, "format": "txt"},
        headers={"Idempotency-Key": key},
    )


def jobs_of(client: httpx.Client) -> int:
    total: int = client.get("/api/export/jobs").json()["total"]
    return total


def test_each_of_many_keys_that_come_ten_times_at_once_is_one_job(api: Api, owner: str) -> None:
    items = api.add_content(owner, 1)
    keys = [str(uuid4()) for _ in range(KEYS)]
    with api.client(owner) as client, ThreadPoolExecutor(AT_ONCE * 2) as pool:
        responses = list(pool.map(lambda key: post(client, items, key), sorted(keys * AT_ONCE)))
        stored = jobs_of(client)

    assert {response.status_code for response in responses} == {202}
    jobs = [response.json()["job_id"] for response in responses]
    per_key = [set(jobs[start : start + AT_ONCE]) for start in range(0, len(jobs), AT_ONCE)]
    assert [len(ids) for ids in per_key] == [1] * KEYS
    assert stored == len(set(jobs)) == KEYS


def test_of_two_bodies_under_one_key_at_once_one_wins(api: Api, owner: str) -> None:
    items = api.add_content(owner, 2)
    with api.client(owner) as client, ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(10):
            before = jobs_of(client)
            key = str(uuid4())
            bodies = [[items[n % 2]] for n in range(AT_ONCE)]
            responses = list(pool.map(lambda body, key=key: post(client, body, key), bodies))

            taken = [n % 2 for n, response in enumerate(responses) if response.status_code == 202]
            assert len(set(taken)) == 1
            assert len(taken) == AT_ONCE / 2
            for n, response in enumerate(responses):
                if n % 2 not in taken:
                    problem(response, 422, "idempotency-mismatch")
            assert jobs_of(client) == before + 1


def test_a_key_is_its_owners(api: Api) -> None:
    key = str(uuid4())
    jobs = set()
    for owner in (owner_id(), owner_id()):
        items = api.add_content(owner, 1)
        with api.client(owner) as client:
            jobs.add(post(client, items, key).json()["job_id"])

    assert len(jobs) == 2


def test_two_processes_make_one_job_of_one_key(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path) as first:
        items = first.add_content(owner, 1)
        with (
            Api(tmp_path) as second,
            first.client(owner) as one,
            second.client(owner) as other,
            ThreadPoolExecutor(AT_ONCE) as pool,
        ):
            keys = [str(uuid4()) for _ in range(10)]
            requests = [(client, key) for key in keys for client in (one, other) * 3]
            responses = list(pool.map(lambda pair: post(pair[0], items, pair[1]), requests))
            stored = jobs_of(one)

    assert {response.status_code for response in responses} == {202}
    assert stored == len(keys)


def test_a_repeat_is_answered_after_the_limit_was_reached(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path, {"EXPORT_OWNER_JOBS_IN_FLIGHT": "1"}) as api:
        items = api.add_content(owner, 1)
        with api.client(owner) as client, ThreadPoolExecutor(AT_ONCE) as pool:
            responses = list(pool.map(lambda _: post(client, items, "key"), range(AT_ONCE)))
            refused = post(client, items, "another key")

    assert {response.status_code for response in responses} == {202}
    assert len({response.json()["job_id"] for response in responses}) == 1
    problem(refused, 429, "limit-reached")
