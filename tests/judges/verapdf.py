"""veraPDF, which holds PDF files to the standards of accessible and of lasting files."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.judges.conformance import Judge
from tests.judges.tools import java_program, run

_MAIN: Final = "org.verapdf.apps.GreenfieldCliWrapper"


class Standard(msgspec.Struct, frozen=True):
    """A standard of PDF files, and what makes a file that claims it."""

    name: str
    profile: str
    """What veraPDF calls it."""
    options: Mapping[str, Any] = {}


class Report(msgspec.Struct, frozen=True):
    """What veraPDF says of one file."""

    checks: int
    broken: Mapping[str, str]
    """By clause and test, what does not hold and how often."""


def judge_of(standard: Standard) -> Judge:
    """Who holds files to a standard."""
    version = java_program().stem.rpartition("-")[2]
    return Judge("veraPDF", version, standard.name)


def validate(standard: Standard, files: Iterable[Path]) -> dict[Path, Report]:
    """Judge all files in one run, since the program takes a second to start."""
    options = ["--format", "json", "--maxfailuresdisplayed", "1", "-f", standard.profile]
    paths = list(files)
    done = run(["java", "-cp", java_program(), _MAIN, *options, *paths], paths[0].parent)
    jobs = json.loads(done.stdout)["report"]["jobs"]
    reports = {Path(job["itemDetails"]["name"]): _report(job) for job in jobs}
    assert reports.keys() == set(paths), done.stderr
    return reports


def _report(job: dict[str, Any]) -> Report:
    if "validationResult" not in job:
        return Report(1, {"": f"cannot be read: {job['taskException']}"})
    [result] = job["validationResult"]
    details = result["details"]
    broken = {
        f"{rule['clause']}-{rule['testNumber']}": f"{rule['failedChecks']}x {rule['description']}"
        for rule in details["ruleSummaries"]
    }
    assert bool(broken) != result["compliant"]
    return Report(details["passedChecks"] + details["failedChecks"], broken)
