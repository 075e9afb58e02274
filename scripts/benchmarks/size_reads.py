"""What reading costs: far pages, operators' filters, rare content; and what it costs others."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import insert

from activities.common.clock import utc_now
from activities.common.database import transaction
from activities.content.schema import content
from activities.jobs.pages import FARTHEST
from activities.model.content import PART_NAMES
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.figures import Figure
from scripts.benchmarks.filled_data import LARGE_OWNER, FilledData, FilledService
from scripts.benchmarks.made_up_jobs import in_database

_OPERATOR = "an-operator"
_NEIGHBOUR = "a-neighbour"
"""Another owner, who is not to notice."""

_READS = 15
_PAGE_SIZE = 20
_ITEM_BYTES = 4_000
_RARE = 99
"""Items of the large owner, the oldest, that have flashcards."""

_LANES = 16
_BUSY_SECONDS = 8.0
_FARTHEST_PAGE = FARTHEST // _PAGE_SIZE
_REQUESTS_A_SECOND = 8
# The first requests meet what nobody has read yet.
_SETTLE_SECONDS = 1.0


class _Read(NamedTuple):
    """A request that reads."""

    what: str
    path: str
    token: str
    is_page: bool = False

    def send(self, connection: Connection) -> bytes:
        """Send it; the body of the response."""
        return (connection.page if self.is_page else connection.get)(self.path)


def measure(data: FilledData) -> Iterator[Figure]:
    """The figures of reading."""
    with data.running() as service:
        in_database(service, lambda database: database.run(partial(_add_content, data)))
        in_database(service, lambda database: database.run(_settle))
        owner = service.token(LARGE_OWNER, "export:read export:write")
        operator = service.token(_OPERATOR, "export:admin")
        for name, path, token in (
            ("owner's jobs", "/api/export/jobs?", owner),
            ("all jobs", "/api/export/admin/jobs?", operator),
            ("audit log", "/api/export/admin/audit?", operator),
        ):
            yield from _pages(service, name, path, token)
        for what, at_most, path in (
            ("all jobs of a format", None, "jobs?format=pdf"),
            ("all jobs that failed", None, "jobs?status=failed"),
            ("all jobs that failed for a reason", None, "jobs?reason=timed-out"),
            ("all jobs that failed for a reason that none has", 20, "jobs?reason=none-such"),
            ("state", None, "state"),
            ("audit log of an actor", 20, "audit?actor=owner-7"),
            ("audit log of an actor that there is not", 20, "audit?actor=none-such"),
            ("audit log of sign-ins", 20, "audit?action=signed-in"),
        ):
            read = _Read(what, f"/api/export/admin/{path}", operator)
            first, usual = _times(service, read)
            yield Figure(f"{what}, first", first, "ms")
            yield Figure(what, usual, "ms", at_most=at_most)
        common = _Read("content", "/", owner, is_page=True)
        rare = _Read("content of a rare type", "/?type=flashcards", owner, is_page=True)
        usual = _times(service, common)[1]
        yield Figure("content", usual, "ms")
        yield Figure(
            "content of a rare type / content", _times(service, rare)[1] / usual, at_most=1.2
        )
        far = min(data.scale.jobs // 10 // _PAGE_SIZE // 2, _FARTHEST_PAGE)
        for read in (
            rare,
            common,
            _Read("an owner's far pages", f"/api/export/jobs?page={far}", owner),
            _Read("all jobs of a format", "/api/export/admin/jobs?format=pdf", operator),
            _Read("an actor's audit", "/api/export/admin/audit?actor=none-such", operator),
            _Read("far pages of the audit", _far_in_the_audit(data), operator),
        ):
            yield from _beside(service, read)


def _far_in_the_audit(data: FilledData) -> str:
    middle = data.scale.audit_rows // _PAGE_SIZE // 2
    return f"/api/export/admin/audit?page={min(middle, _FARTHEST_PAGE)}"


def _pages(service: FilledService, name: str, path: str, token: str) -> Iterator[Figure]:
    """A list's pages beside its first."""
    with Connection(service.info.api, token) as connection:
        newest = json.loads(connection.get(path))
        oldest = json.loads(connection.get(f"{path}page={newest['pages']}"))
    middle = _between(newest["items"][0], oldest["items"][-1])
    asked = {
        "first": "page=1",
        "page in the middle by a link": f"cursor=older-{middle}-0",
        "farthest page by its number": f"page={min(newest['pages'] // 2, _FARTHEST_PAGE)}",
        "last page": f"page={newest['pages']}",
    }
    usual = {
        what: _times(service, _Read(name, f"{path}{query}", token))[1]
        for what, query in asked.items()
    }
    first = usual.pop("first")
    yield Figure(f"{name}, first page", first, "ms")
    for what, taken in usual.items():
        yield Figure(f"{name}, {what} / first", taken / first, at_most=3)


def _between(*entries: dict[str, Any]) -> int:
    """The moment between two entries of a list, in microseconds since 1970."""
    moments = [
        datetime.fromisoformat(entry["at" if "at" in entry else "created_at"]).timestamp()
        for entry in entries
    ]
    return int(sum(moments) / len(moments) * 1_000_000)


def _times(service: FilledService, read: _Read) -> tuple[float, float]:
    """Milliseconds of the first and of the usual of several reads."""
    taken = []
    with Connection(service.info.api, read.token) as connection:
        for _ in range(_READS):
            started = time.perf_counter()
            read.send(connection)
            taken.append((time.perf_counter() - started) * 1000)
    return taken[0], median(taken)


def _beside(service: FilledService, read: _Read) -> Iterator[Figure]:
    """A neighbour's requests beside sixteen lanes of a read, and alone just before."""
    quiet = _neighbour(service)
    over = threading.Event()

    def lane(_number: int) -> int:
        count = 0
        with Connection(service.info.api, read.token) as connection:
            while not over.is_set():
                read.send(connection)
                count += 1
        return count

    with ThreadPoolExecutor(_LANES) as pool:
        lanes = [pool.submit(lane, number) for number in range(_LANES)]
        try:
            time.sleep(_SETTLE_SECONDS)
            busy = _neighbour(service)
        finally:
            over.set()
        answered = sum(each.result() for each in lanes)
    for kind, goal in (("POST", 3.0), ("list", 3.0), ("GET", 3.0)):
        name = f"another's {kind} beside {_LANES} of {read.what} / alone"
        yield Figure(name, median(busy[kind]) / median(quiet[kind]), at_most=goal)
    yield Figure(f"{read.what}, {_LANES} at once", answered / _BUSY_SECONDS, "a second")


def _neighbour(service: FilledService) -> dict[str, list[float]]:
    """The seconds that each of a neighbour's requests takes, sent at a steady pace."""
    taken: dict[str, list[float]] = {"POST": [], "list": [], "GET": []}
    token = service.token(_NEIGHBOUR, "export:read export:write")
    with Connection(service.info.api, token) as connection:
        job_id = connection.create(["item-0"], "json")
        requests: dict[str, Callable[[], Any]] = {
            "POST": lambda: connection.create(["item-0"], "json"),
            "list": lambda: connection.get("/api/export/jobs"),
            "GET": lambda: connection.job(job_id),
        }
        begin = time.perf_counter()
        for turn in range(int(_BUSY_SECONDS * _REQUESTS_A_SECOND)):
            time.sleep(max(begin + turn / _REQUESTS_A_SECOND - time.perf_counter(), 0))
            for kind, request in requests.items():
                started = time.perf_counter()
                request()
                taken[kind].append(time.perf_counter() - started)
    return taken


def _add_content(data: FilledData, connection: DatabaseConnection) -> None:
    """Give the large owner as many items as jobs, and the neighbour one."""
    rows = _items(data.scale.jobs // 10)
    with transaction(connection):
        while block := list(islice(rows, 1_000)):
            connection.execute(insert(content), block)


def _settle(connection: DatabaseConnection) -> None:
    """Do what a PostgreSQL of years has done by itself: only then an index alone answers."""
    is_postgresql = connection.dialect.name == "postgresql"
    connection.exec_driver_sql("VACUUM ANALYZE" if is_postgresql else "ANALYZE")


def _items(count: int) -> Iterator[dict[str, Any]]:
    now = utc_now()
    for owner, number in ((_NEIGHBOUR, 0), *((LARGE_OWNER, each) for each in range(count))):
        created = now - timedelta(minutes=number)
        item: dict[str, Any] = {
            "id": f"item-{number}",
            "owner_id": owner,
            "title": f"Made-up course {number}",
            "language": "en",
            "version": 1,
            "created_at": created.isoformat(),
            "updated_at": created.isoformat(),
            "study_guide": "A made-up course. " * (_ITEM_BYTES // 18),
        }
        if owner == LARGE_OWNER and number >= count - _RARE:
            item["flashcards"] = [{"front": "A", "back": "B"}]
        yield {
            **{name: item[name] for name in ("owner_id", "id", "title")},
            "created_at": created,
            "document": json.dumps(item),
            **{f"has_{name}": name in item for name in PART_NAMES},
        }
