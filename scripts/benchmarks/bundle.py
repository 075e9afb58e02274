"""A bundle of three formats with two render workers, beside each of them alone.

They take turns, since the machine is never equally fast twice.
"""

import argparse
import time
from statistics import median

import httpx

from scripts.benchmarks.report import Report, Row
from scripts.benchmarks.service import Service, running_service

_OWNER = "teacher-1"
_ENDED = ("completed", "failed", "cancelled")
_PAUSE_SECONDS = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument(
        "--formats", nargs="+", default=["pdf", "docx", "epub"], help="of the bundle"
    )
    parser.add_argument("--items", type=int, default=100, help="items of each export (100)")
    parser.add_argument("--rounds", type=int, default=3, help="exports of each kind (3)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    kinds = [[each] for each in arguments.formats] + [arguments.formats]
    seconds: list[list[float]] = [[] for _ in kinds]
    with running_service(None, render_workers=2) as service:
        for number in range(arguments.rounds + 1):
            for kind, taken in zip(kinds, seconds, strict=True):
                # A title of its own, so that no file of an earlier one is given again.
                found = _export(service, kind, arguments.items, f"Round {number}")
                if number:  # the first one warms up
                    taken.append(found)
    rows: list[Row] = [
        {"formats": ", ".join(kind), "median s": median(taken)}
        for kind, taken in zip(kinds, seconds, strict=True)
    ]
    *alone, bundle = [median(taken) for taken in seconds]
    return Report(
        benchmark="bundle",
        settings={"items": arguments.items, "rounds": arguments.rounds},
        rows=rows,
        summary={"bundle / the longest alone": bundle / max(alone)},
    )


def _export(service: Service, formats: list[str], items: int, title: str) -> float:
    """Make an export; the seconds until it has ended."""
    headers = {"Authorization": f"Bearer {service.token(_OWNER)}"}
    named = {"formats": formats} if len(formats) > 1 else {"format": formats[0]}
    ids = [f"content-{number}" for number in range(1, items + 1)]
    with httpx.Client(base_url=service.info.api, headers=headers) as http:
        began = time.perf_counter()
        answer = http.post("/api/export/", json={"content_ids": ids, "title": title, **named})
        path = f"/api/export/jobs/{answer.raise_for_status().json()['job_id']}"
        while (job := http.get(path).json())["status"] not in _ENDED:
            time.sleep(_PAUSE_SECONDS)
        assert job["status"] == "completed", job
        return time.perf_counter() - began
