"""Lines of processes that have only `logging` look like those of all others."""

import json
import logging
import sys

from activities.common.log_lines import LineFormatter

SECRET = "the pupil's diary"


def line(formatter: LineFormatter, message: str, **fields: object) -> dict[str, object]:
    record = logging.LogRecord("ours", logging.ERROR, __file__, 1, message, ("a",), None)
    record.__dict__.update(fields)
    told: dict[str, object] = json.loads(formatter.format(record))
    assert str(told.pop("time")).endswith("Z")
    return told


def test_line_has_its_keys_its_cause_and_what_is_bound() -> None:
    formatter = LineFormatter()
    usual = {"level": "error", "logger": "ours", "message": "no a"}

    assert line(formatter, "no %s") == usual
    with formatter.bound(job_id="job-1"):
        assert line(formatter, "no %s", cause="OSError at x.py:3") == {
            **usual,
            "job_id": "job-1",
            "cause": "OSError at x.py:3",
        }
    assert line(formatter, "no %s") == usual


def test_no_exception_says_its_words() -> None:
    try:
        int(SECRET)
    except ValueError:
        told = line(LineFormatter(), "no %s", exc_info=sys.exc_info())

    assert str(told["cause"]).startswith("ValueError at test_log_lines.py:")
    assert SECRET not in json.dumps(told)
