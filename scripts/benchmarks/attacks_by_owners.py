"""Attacks by owners with a token: what other owners, workers and spreadsheets notice of them."""

import argparse
import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from activities.common.database import Database
from activities.content.sql import SqlContent
from activities.model.content import Faq, Item
from scripts.benchmarks import made_up_jobs
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.formula_cells import SEPARATORS, formula_cells
from scripts.benchmarks.goals import goal_row
from scripts.benchmarks.processor_time import Stopwatch, started_by
from scripts.benchmarks.report import Row
from scripts.benchmarks.service import Service

_MOMENT = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
_ID = "content-1"
_SAMPLED_EVERY_SECONDS = 0.01

_REFUSED_OWNER = "\U0001f480" * 255
"""As long as an owner's id may be, and as JSON longer than Temporal takes a search attribute."""
_PACE_SECONDS = 0.3
_LATE_AT_MOST = 2.0
_SOON_ENOUGH_SECONDS = 1.0

_TABLE = "|" + "a|" * 221 + "\n|" + "-|" * 221 + "\n" + "b|\n" * 290
"""1,758 bytes, 64,000 cells: short rows are filled up to the width of the header."""
_FULLEST_TABLE = "|" + "a|" * 50 + "\n|" + "-|" * 50 + "\n" + "b|\n" * 24
"""So many cells that as many tables as these are nearly all that an item may become."""
_TABLES = 36
_MEMORY_MAX_MB = 512.0
_PROCESSOR_SECONDS_MAX = 30.0

_COSTLY_ITEMS = 20
_COSTLY_TEXT = "word `code` *more* " * 12_000
_BLANK_CODE = "` " * 200_000
_SLOWDOWN_BY_ONE_MAX = 2.0
_SLOWDOWN_BY_MANY_MAX = 3.0
"""More renders than processors: what else an export needs waits for its turn as well."""

_FORMULAS = [
    "Note;=40+2;end",
    "a;=cmd|' /C calc'!A0;b",
    "a\t=1+1\tb",
    "a|=1+1|b",
    'a;"=1+1";b',
    "a;\u200e=1+1",
    "a;\uff1d1+1",
    "=1+1",
    "-1+1",
    "@SUM(A1)",
]


def refused_owner(service: Service, arguments: argparse.Namespace) -> list[Row]:
    """Others' exports beside one of an owner whose id Temporal would not take as it is."""
    alone = _waits_of_fresh_owners(service, arguments.owners)
    _load(service, [_item(_REFUSED_OWNER, study_guide="Poison.")])
    with _connected(service, _REFUSED_OWNER) as refused:
        job_id = refused.create([_ID], "txt")
        beside = _waits_of_fresh_owners(service, arguments.owners)
        own = refused.wait_for_end(job_id)
    attack = "an owner whom Temporal would refuse"
    latest = max(alone), max(beside)
    goal = max(_LATE_AT_MOST * latest[0], _SOON_ENOUGH_SECONDS)
    return [
        goal_row(attack, f"latest start of {len(alone)} owners' exports, s", *latest, goal),
        goal_row(attack, f"start of its own ({own['status']}), s", latest[0], _wait(own), goal),
    ]


def costly_item(service: Service, _: argparse.Namespace) -> list[Row]:
    """An item that is tables, as many cells as it may become and a hundred times as many, in each
    format, beside one of 63 kB of prose.
    """
    prose = "Plants turn light into energy. " * (len(_TABLE) // 31)
    owner = f"attack-{uuid4()}"
    _load(
        service,
        [
            _item(owner, "prose", faqs=[Faq("Why?", prose)] * _TABLES),
            _item(owner, "2 million cells of 63 kB", faqs=[Faq("Why?", _TABLE)] * _TABLES),
            _item(owner, "tables that just fit", faqs=[Faq("Why?", _FULLEST_TABLE)] * _TABLES),
        ],
    )
    found: list[Row] = []
    with _connected(service, owner) as connection:
        plain = [_cost_of(service, connection, "prose", name) for name in _DOCUMENTS]
        for attack in ("2 million cells of 63 kB", "tables that just fit"):
            bombs = [_cost_of(service, connection, attack, name) for name in _DOCUMENTS]
            memory = max(each[1] for each in plain), max(each[1] for each in bombs)
            found.append(goal_row(attack, "most memory of a render, MB", *memory, _MEMORY_MAX_MB))
            for name, alone, beside in zip(_DOCUMENTS, plain, bombs, strict=True):
                figure = f"{name} ({beside[2]}), processor s"
                found.append(goal_row(attack, figure, alone[0], beside[0], _PROCESSOR_SECONDS_MAX))
    return found


_DOCUMENTS = ("docx", "xlsx", "pdf", "txt", "csv")


def costly_exports(service: Service, arguments: argparse.Namespace) -> list[Row]:
    """A small export of an owner beside exports that keep processors busy for minutes. Half of the
    exports beside nothing come after those.
    """
    small = f"attack-{uuid4()}"
    _load(service, [_item(small, study_guide="Plants turn light into energy.")])
    rows: list[Row] = []
    with _connected(service, small) as connection:
        _seconds(connection, arguments.exports)
        half = max(arguments.exports // 2, 1)
        for attack, owners, format_id, text, slowdown in (
            ("blank code spans of one owner", 1, "txt", _BLANK_CODE, _SLOWDOWN_BY_ONE_MAX),
            ("long PDFs of one owner", 1, "pdf", _COSTLY_TEXT, _SLOWDOWN_BY_ONE_MAX),
            (
                f"long PDFs of {arguments.costly_owners} owners",
                arguments.costly_owners,
                "pdf",
                _COSTLY_TEXT,
                _SLOWDOWN_BY_MANY_MAX,
            ),
        ):
            alone = _seconds(connection, half)
            with _busy(service, owners, format_id, text):
                beside = _seconds(connection, arguments.exports)
            alone += _seconds(connection, half)
            figure = "another's small export, median s"
            usual = median(alone)
            rows.append(goal_row(attack, figure, usual, median(beside), slowdown * usual))
    return rows


def formulas(service: Service, _: argparse.Namespace) -> list[Row]:
    """Cells that a spreadsheet may run, whatever it takes for the separator, as content has them
    and as the export has them.
    """
    owner = f"attack-{uuid4()}"
    texts = {f"field {number}": text for number, text in enumerate(_FORMULAS)}
    faqs = [Faq(text, text) for text in _FORMULAS]
    _load(service, [_item(owner, title=_FORMULAS[0], faqs=faqs, metadata=texts)])
    cells: dict[str, int] = {}
    with _connected(service, owner) as connection:
        for mode in ("raw", "neutral"):
            job_id = connection.create([_ID], "csv", csv_formulas=mode)
            connection.wait(job_id)
            cells[mode] = sum(1 for _ in formula_cells(connection.download(job_id)))
    figure = f"cells at {len(SEPARATORS)} separators"
    attack = "formulas behind other separators"
    return [goal_row(attack, figure, cells["raw"], cells["neutral"], 0)]


def _item(owner: str, item_id: str = _ID, **fields: Any) -> Item:
    defaults: dict[str, Any] = {"title": "Photosynthesis", "language": "en", "version": 1}
    defaults |= {"created_at": _MOMENT, "updated_at": _MOMENT}
    return Item(id=item_id, owner_id=owner, **(defaults | fields))


def _load(service: Service, items: Sequence[Item]) -> None:
    async def store(database: Database) -> None:
        await SqlContent(database).store(items)

    made_up_jobs.in_database(service, store)


def _connected(service: Service, owner: str) -> Connection:
    return Connection(service.info.api, service.token(owner))


def _waits_of_fresh_owners(service: Service, count: int) -> list[float]:
    """Seconds from the request of an owner's first export until it began, one after the other."""
    owners = [f"attack-{uuid4()}" for _ in range(count)]
    _load(service, [_item(owner, study_guide="A small one.") for owner in owners])

    def wait(place: int) -> float:
        with _connected(service, owners[place]) as connection:
            time.sleep(place * _PACE_SECONDS)
            return _wait(connection.wait_for_end(connection.create([_ID], "txt")))

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(wait, range(count)))


def _wait(job: dict[str, Any]) -> float:
    """Seconds until an export began."""
    began, asked = (datetime.fromisoformat(job[name]) for name in ("started_at", "created_at"))
    return (began - asked).total_seconds()


def _cost_of(
    service: Service, connection: Connection, item_id: str, format_id: str
) -> tuple[float, float, str]:
    """What an export of one item costs the workers that render.

    Returns:
        Seconds of processor time, the most MB that one of their children had, and the job's end.
    """
    pids = service.info.pids
    workers = [*pids["worker-render"], *pids["worker-express"]]
    watch = Stopwatch({"render": workers})
    with _most_memory(workers) as peaks:
        job = connection.wait_for_end(connection.create([item_id], format_id))
    problem = job["error"]["code"] if job["error"] else job["status"]
    return watch.seconds()["render"], max(peaks, default=0) / 1e6, problem


@contextlib.contextmanager
def _most_memory(workers: Sequence[int]) -> Iterator[list[int]]:
    """The most bytes that each render child had while it was looked at, at the end of the body."""
    peaks: dict[int, int] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(_SAMPLED_EVERY_SECONDS):
            for forker in [each for worker in workers for each in started_by(worker)]:
                for child in started_by(forker):
                    peaks[child] = max(peaks.get(child, 0), _resident(child))

    looking = threading.Thread(target=look)
    looking.start()
    found: list[int] = []
    try:
        yield found
    finally:
        over.set()
        looking.join()
        found += peaks.values()


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def _seconds(connection: Connection, exports: int) -> list[float]:
    """Seconds from the request to the end of small exports, one after the other."""
    found: list[float] = []
    for _ in range(exports):
        started = time.perf_counter()
        connection.wait(connection.create([_ID], "txt"))
        found.append(time.perf_counter() - started)
    return found


@contextlib.contextmanager
def _busy(service: Service, owners: int, format_id: str, text: str) -> Iterator[None]:
    """Owners who have exports of many such items under way, each as many as it may have."""
    names = [f"attack-{uuid4()}" for _ in range(owners)]
    ids = [f"content-{number}" for number in range(_COSTLY_ITEMS)]
    jobs: list[tuple[Connection, str]] = []
    try:
        for name in names:
            _load(service, [_item(name, item_id, study_guide=text) for item_id in ids])
            connection = _connected(service, name)
            jobs += [(connection, connection.create(ids, format_id)) for _ in range(3)]
        time.sleep(_UNDER_WAY_SECONDS)
        yield
    finally:
        for connection, job_id in jobs:
            connection.cancel(job_id)
        for connection, job_id in jobs:
            connection.wait_for_end(job_id)


_UNDER_WAY_SECONDS = 3.0
"""After which their renders are known to take long."""
