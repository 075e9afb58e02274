"""Limits: exact under load, told in headers, counted, each with a variable that is documented."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import msgspec
import pytest
import yaml

from activities.model.jobs import Status
from activities.settings import Settings, from_environment, variables
from tests.services.export.api_kit import Api, owner_id, problem, token

LIMIT = 7
AT_ONCE = 16


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API with small limits."""
    settings = {
        "EXPORT_OWNER_JOBS_IN_FLIGHT": str(LIMIT),
        "EXPORT_OWNER_JOBS_PER_HOUR": str(2 * LIMIT),
        "EXPORT_MAX_ITEMS": "3",
        "EXPORT_MAX_PAGE_SIZE": "2",
        "EXPORT_MAX_BODY_BYTES": "1000",
        "EXPORT_EVENT_STREAMS": "3",
        "EXPORT_OWNER_EVENT_STREAMS": "2",
    }
    with Api(tmp_path_factory.mktemp("limited"), settings) as running:
        yield running


def create(client: httpx.Client, items: list[str]) -> httpx.Response:
    return client.post("/api/export/", json={"content_ids": items, "format": "txt"})


def parsed(header: str) -> dict[str, dict[str, int]]:
    """A list of strings with integer parameters (RFC 8941)."""
    members = {}
    for member in header.split(", "):
        name, *parameters = member.split(";")
        members[name.strip('"')] = {k: int(v) for k, v in (p.split("=") for p in parameters)}
    return members


def errors_counted(api: Api, reason: str) -> float:
    text = httpx.get(f"{api.url}/metrics").text
    found = re.search(rf'^export_errors_total{{reason="{reason}"}} (\S+)$', text, re.MULTILINE)
    return float(found[1]) if found else 0


def test_an_owner_gets_exactly_as_many_jobs_at_once_as_he_may(tmp_path: Path, owner: str) -> None:
    settings = {"EXPORT_OWNER_JOBS_IN_FLIGHT": str(LIMIT)}
    with Api(tmp_path, settings) as first, Api(tmp_path, settings) as second:
        items = first.add_content(owner, 1)
        clients = [first.client(owner), second.client(owner)] * (2 * LIMIT)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            responses = list(pool.map(lambda client: create(client, items), clients))
        statuses = [response.status_code for response in responses]
        stored = clients[0].get("/api/export/jobs").json()["total"]
        for client in clients:
            client.close()

    assert statuses.count(202) == stored == LIMIT
    assert statuses.count(429) == len(clients) - LIMIT


def test_a_job_that_ends_makes_room_until_the_hour_is_used_up(limited: Api, owner: str) -> None:
    items = limited.add_content(owner, 1)
    before = errors_counted(limited, "limit-reached")
    with limited.client(owner) as client:
        taken = [create(client, items) for _ in range(LIMIT)]
        in_flight = problem(create(client, items), 429, "limit-reached")
        for response in taken:
            client.delete(f"/api/export/jobs/{response.json()['job_id']}")
        taken += [create(client, items) for _ in range(LIMIT)]
        for response in taken:
            client.delete(f"/api/export/jobs/{response.json()['job_id']}")
        refused = create(client, items)
        hour = problem(refused, 429, "limit-reached")

    assert {response.status_code for response in taken} == {202}
    assert f"{LIMIT} are allowed" in in_flight["detail"]
    assert f"{2 * LIMIT} are allowed" in hour["detail"]
    assert 3500 < int(refused.headers["retry-after"]) <= 3600
    assert errors_counted(limited, "limit-reached") == before + 2


def test_headers_say_what_is_left(limited: Api, owner: str) -> None:
    items = limited.add_content(owner, 1)
    with limited.client(owner) as client:
        responses = [create(client, items) for _ in range(LIMIT + 1)]

    assert [response.status_code for response in responses] == [202] * LIMIT + [429]
    for number, response in enumerate(responses, start=1):
        policy = parsed(response.headers["ratelimit-policy"])
        left = parsed(response.headers["ratelimit"])
        assert policy == {"in-flight": {"q": LIMIT}, "hour": {"q": 2 * LIMIT, "w": 3600}}
        used = min(number, LIMIT)
        assert left["in-flight"] == {"r": LIMIT - used}
        assert left["hour"]["r"] == 2 * LIMIT - used
        assert 3500 < left["hour"]["t"] <= 3600
    assert int(responses[-1].headers["retry-after"]) > 0


def test_one_owners_limit_is_nobody_elses(limited: Api, owner: str) -> None:
    items = limited.add_content(owner, 1)
    with limited.client(owner) as client:
        for _ in range(LIMIT + 1):
            create(client, items)
    other = owner_id()
    with limited.client(other) as client:
        response = create(client, limited.add_content(other, 1))

    assert response.status_code == 202
    assert parsed(response.headers["ratelimit"])["in-flight"] == {"r": LIMIT - 1}


def test_without_limits_nothing_is_said_of_them(tmp_path: Path, owner: str) -> None:
    settings = {"EXPORT_OWNER_JOBS_IN_FLIGHT": "0", "EXPORT_OWNER_JOBS_PER_HOUR": "0"}
    with Api(tmp_path, settings) as api, api.client(owner) as client:
        response = create(client, api.add_content(owner, 1))

    assert response.status_code == 202
    assert "ratelimit" not in response.headers


@pytest.mark.parametrize("chunked", [False, True], ids=["with length", "chunked"])
def test_a_body_over_the_limit_is_refused_unread(limited: Api, owner: str, chunked: bool) -> None:
    before = errors_counted(limited, "body-too-large")
    body = json.dumps({"content_ids": ["x" * 2_000], "format": "txt"}).encode()
    with limited.client(owner) as client:
        content: Any = iter([body[:700], body[700:]]) if chunked else body
        response = client.post(
            "/api/export/", content=content, headers={"Content-Type": "application/json"}
        )

    problem(response, 413, "body-too-large")
    assert errors_counted(limited, "body-too-large") == before + 1


def test_by_default_a_body_has_64_kilobytes(api: Api, owner: str) -> None:
    headers = {"Content-Type": "application/json"}
    with api.client(owner) as client:
        for size, status in ((64 * 1024, 400), (64 * 1024 + 1, 413)):
            body = b'"' + b"x" * (size - 2) + b'"'
            assert client.post("/api/export/", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        "[" * 30_000 + "]" * 30_000,
        '{"a":' * 10_000 + "1" + "}" * 10_000,
        '{"content_ids":' + "[" * 30_000 + "]" * 30_000 + ',"format":"txt"}',
        '{"format":"txt","filters":' + '{"filters":' * 5_000 + "1" + "}" * 5_001,
        '{"format":' + "9" * 60_000 + "}",
        '{"format":"txt","content_ids":["' + "\\u0000" * 10_000 + '"]}',
        '{"format":"txt","content_ids":[' + ",".join(['"a"'] * 15_000) + "]}",
        '{"format":"txt",' + ",".join(f'"field{n}":1' for n in range(4_000)) + "}",
        '{"format":"txt",' + '"format":"txt",' * 4_000 + '"content_ids":[]}',
    ],
    ids=[
        "array",
        "object",
        "ids",
        "filters",
        "number",
        "controls",
        "many ids",
        "many fields",
        "one field again and again",
    ],
)
@pytest.mark.parametrize("path", ["/api/export/", "/api/export/bulk"])
def test_a_deep_or_odd_body_is_a_quick_400(api: Api, owner: str, path: str, body: str) -> None:
    with api.client(owner) as client:
        started = time.monotonic()
        response = client.post(path, content=body, headers={"Content-Type": "application/json"})

    problem(response, 400, "invalid-request")
    assert time.monotonic() - started < 5
    assert len(response.content) < 100_000


def test_items_of_an_export_are_limited(limited: Api, owner: str) -> None:
    items = limited.add_content(owner, 4)
    with limited.client(owner) as client:
        problem(create(client, items), 400, "invalid-request")
        bulk = client.post("/api/export/bulk", json={"format": "txt"}).json()
        too_many = client.post("/api/export/bulk", json={"format": "txt", "max_items": 4})

    assert bulk["progress"]["items_total"] == 3
    problem(too_many, 400, "invalid-request")


def test_a_page_holds_no_more_than_it_may(limited: Api, owner: str) -> None:
    for _ in range(3):
        limited.add_job(owner)
    with limited.client(owner) as client:
        page = client.get("/api/export/jobs", params={"page_size": 1_000_000}).json()

    assert (page["page_size"], len(page["items"]), page["pages"]) == (2, 2, 2)


def test_event_streams_are_limited_for_each_owner_and_in_all(limited: Api) -> None:
    owners = [owner_id() for _ in range(4)]
    jobs = {owner: limited.add_job(owner, Status.PROCESSING) for owner in owners}
    lines = []
    with ExitStack() as streams:

        def follow(owner: str) -> httpx.Response:
            client = streams.enter_context(limited.client(owner))
            response = streams.enter_context(
                client.stream("GET", f"/api/export/jobs/{jobs[owner]}/events")
            )
            if response.status_code != 200:
                response.read()
            else:
                # Whoever lets go of the iterator closes the stream.
                lines.append(response.iter_lines())
                next(lines[-1])
            return response

        first, second, third, fourth = owners
        statuses = [follow(first).status_code for _ in range(2)]
        over_own = follow(first)
        statuses += [follow(second).status_code, follow(third).status_code]
        over_all = follow(fourth)
        # The third owner's takes the place of one of two.
        assert not any(line.startswith("event:") for line in list(lines[0])[2:])

    assert statuses == [200, 200, 200, 200]
    problem(over_own, 429, "limit-reached")
    problem(over_all, 503, "busy")
    assert int(over_own.headers["retry-after"]) > 0
    assert int(over_all.headers["retry-after"]) > 0


def test_slow_and_huge_requests_do_not_slow_others(api: Api, owner: str) -> None:
    """Two hundred callers send a byte at a time, and one sends megabytes again and again."""
    job = api.add_file(owner)

    def latency(client: httpx.Client) -> float:
        started = time.perf_counter()
        assert client.get(f"/api/export/jobs/{job}").status_code == 200
        return time.perf_counter() - started

    with api.client(owner) as client, ExitStack() as closing:
        alone = median(latency(client) for _ in range(60))
        stop = threading.Event()
        threads = [
            threading.Thread(target=send, args=(api, stop)) for send in (_drip, _send_too_much)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            closing.callback(thread.join)
        closing.callback(stop.set)
        time.sleep(1)
        beside = median(latency(client) for _ in range(60))

    assert beside < max(10 * alone, 0.25)


def _drip(api: Api, stop: threading.Event) -> None:
    head = (
        f"POST /api/export/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('slow')}\r\n"
        "Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
    ).encode()
    with ExitStack() as closing:
        sockets = [
            closing.enter_context(socket.create_connection(("127.0.0.1", api.port)))
            for _ in range(200)
        ]
        for number, connection in enumerate(sockets):
            # Half of them do not even finish their headers.
            connection.sendall(head if number % 2 else head[:-2])
        while not stop.wait(0.1):
            for connection in sockets:
                with suppress(ConnectionError):
                    connection.sendall(b"x")


def _send_too_much(api: Api, stop: threading.Event) -> None:
    with api.client("huge") as client:
        while not stop.is_set():
            try:
                client.post("/api/export/", content=bytes(4_000_000))
            except httpx.TransportError:
                time.sleep(0.01)  # the server hangs up on a body that it has refused


def test_every_setting_is_documented_with_its_default(checkout: Path) -> None:
    rows: dict[str, str] = {}
    for line in (checkout / "docs" / "settings.md").read_text().splitlines():
        if line.startswith(("| `EXPORT_", "| `AWS_ALLOW_HTTP`")):
            names, defaults, meaning = (cell.strip() for cell in line.strip("|").split(" |", 2))
            assert meaning
            named = re.findall(r"`([A-Z_]+)`", names)
            shown = re.findall(r"`([^`]*)`", defaults)
            rows |= dict(
                zip(named, shown * (len(named) // max(len(shown), 1)) or [""], strict=False)
            )

    for field in msgspec.structs.fields(Settings):
        name = variables()[field.name]
        assert name in rows, f"{name} is not in docs/settings.md"
        if isinstance(field.default, bool):
            assert rows[name] == str(field.default).lower(), name
        elif isinstance(field.default, int | float):
            assert float(rows[name]) == field.default, name


def test_compose_passes_on_every_setting_that_it_does_not_fix(checkout: Path) -> None:
    compose = yaml.safe_load((checkout / "docker-compose.yml").read_text())
    # What hands mail in is no matter of the API.
    given = {
        **compose["services"]["worker-io"]["environment"],
        **compose["services"]["api"]["environment"],
    }
    of_image = re.findall(r"(EXPORT_\w+)=", (checkout / "Dockerfile").read_text())
    example = (checkout / ".env.example").read_text()
    shown = dict(re.findall(r"^(?:# )?(EXPORT_\w+)=(.*)$", example, re.MULTILINE))
    names = set(variables().values())

    assert names - {*given, *of_image} == set(), "these reach no container"
    assert set(shown) == {name for name in names if given.get(name, "").startswith(f"${{{name}:")}
    for name in ("EXPORT_PUBLIC_URL", "EXPORT_EXPRESS"):
        assert given[name] == f"${{{name}:-{shown.pop(name)}}}"
    assert from_environment(shown) == Settings(), "what is shown is not what holds without it"
