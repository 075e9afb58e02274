"""When schedules are due: cron expressions, durations, changes to summer time."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from activities.automation.cron import CronError, parse_cron
from activities.automation.timetable import Timetable, TimetableError, read_timetable, written

ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)


def times(zone: str, cron: str, start: str, count: int) -> list[str]:
    table = read_timetable(cron, None, zone, ANCHOR)
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return [due.strftime("%a %d %H:%M") for due in islice(table.after(moment), count)]


@pytest.mark.parametrize(
    ("cron", "due"),
    [
        ("0 6 * * mon-fri", ["Fri 02 06:00", "Mon 05 06:00", "Tue 06 06:00"]),
        ("*/30 8-9 * * *", ["Thu 01 08:00", "Thu 01 08:30", "Thu 01 09:00"]),
        ("0 0 13 * 5", ["Fri 02 00:00", "Fri 09 00:00", "Tue 13 00:00"]),
        ("15 12 * * 7", ["Sun 04 12:15", "Sun 11 12:15", "Sun 18 12:15"]),
        ("0 0 29 2 *", ["Tue 29 00:00", "Sun 29 00:00"]),
    ],
)
def test_cron_means_what_crontab_says(cron: str, due: list[str]) -> None:
    start = "2026-01-01T07:59" if "8-9" in cron else "2026-01-01T12:00"
    assert times("UTC", cron, start, len(due)) == due


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * *",
        "60 0 * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 31 2 *",
        "0 0 * 13 *",
        "5-1 0 * * *",
        "0 0 * * 8",
        "a 0 * * *",
        "*/0 0 * * *",
        "0 0 * * mon-",
        "@daily",
        "0,, 0 * * *",
        "-1 0 * * *",
    ],
)
def test_what_is_no_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(CronError):
        parse_cron(cron)


@pytest.mark.parametrize("cron", ["* * * * *", "*/10 * * * *", "0,50 * * * *", "55 23 * * *"])
def test_nothing_is_due_more_often_than_every_15_minutes(cron: str) -> None:
    if cron == "55 23 * * *":
        assert read_timetable(cron, None, "UTC", ANCHOR).cron == cron
        return
    with pytest.raises(TimetableError) as refused:
        read_timetable(cron, None, "UTC", ANCHOR)
    assert refused.value.field == "cron"


def test_clocks_put_forward_and_back_lose_nothing_and_repeat_nothing() -> None:
    forward = times("Europe/Berlin", "30 2 * * *", "2026-03-27T12:00", 3)
    assert forward == ["Sat 28 01:30", "Sun 29 01:30", "Mon 30 00:30"]  # at 3:30 that day
    back = times("Europe/Berlin", "30 2 * * *", "2026-10-23T12:00", 3)
    assert back == ["Sat 24 00:30", "Sun 25 00:30", "Mon 26 01:30"]
    half_hours = read_timetable("*/30 * * * *", None, "Europe/Berlin", ANCHOR)
    due = half_hours.upcoming(datetime(2026, 3, 28, 22, tzinfo=UTC), 12)
    assert {later - earlier for earlier, later in pairwise(due)} == {timedelta(minutes=30)}
    table = read_timetable("30 2 * * *", None, "Europe/Berlin", ANCHOR)
    moved = table.moved(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert [each.isoformat() for each in moved] == ["2026-03-29T03:30:00+02:00"]
    assert table.includes(moved[0].astimezone(UTC))
    again = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 2:30 once more
    assert not table.includes(again)
    assert table.due_for(again) == again - timedelta(hours=1)
    assert table.due_for(again + timedelta(hours=1)) is None


def test_every_counts_from_its_beginning() -> None:
    table = read_timetable(None, "PT6H", "UTC", ANCHOR + timedelta(minutes=7))
    assert table.upcoming(ANCHOR, 2) == [
        ANCHOR + timedelta(minutes=7),
        ANCHOR + timedelta(hours=6, minutes=7),
    ]
    assert table.includes(ANCHOR + timedelta(hours=12, minutes=7))
    assert not table.includes(ANCHOR)


@pytest.mark.parametrize("text", ["P1D", "PT15M", "P1DT2H30M", "PT90S"])
def test_durations_are_written_as_they_are_read(text: str) -> None:
    if text == "PT90S":
        assert written(timedelta(seconds=90)) == "PT1M30S"
        return
    every = read_timetable(None, text, "UTC", ANCHOR).every
    assert every is not None
    assert written(every) == text


@pytest.mark.parametrize(
    ("every", "zone", "field"),
    [
        ("PT14M59S", "UTC", "every"),
        ("P367D", "UTC", "every"),
        ("P1M", "UTC", "every"),
        ("PT", "UTC", "every"),
        ("1 day", "UTC", "every"),
        ("P1D", "Mars/Olympus", "time_zone"),
        ("P1D", "../../etc/passwd", "time_zone"),
        ("P1D", "/etc/localtime", "time_zone"),
        ("P1D", "localtime", "time_zone"),
        ("P1D", "posixrules", "time_zone"),
        ("P1D", "Factory", "time_zone"),
        ("P1D", "posix/Europe/Berlin", "time_zone"),
        ("P1D", "right/Europe/Berlin", "time_zone"),
        (None, "UTC", "cron"),
    ],
)
def test_other_timetables_are_refused(every: str | None, zone: str, field: str) -> None:
    with pytest.raises(TimetableError) as refused:
        read_timetable(None, every, zone, ANCHOR)
    assert refused.value.field == field


def test_two_timetables_at_once_are_refused() -> None:
    with pytest.raises(TimetableError):
        read_timetable("0 0 * * *", "P1D", "UTC", ANCHOR)


def test_a_timetable_without_times_has_none() -> None:
    assert Timetable("UTC").upcoming(ANCHOR, 3) == []
