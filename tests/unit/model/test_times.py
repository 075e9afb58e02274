"""Moments as content and requests write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from activities.model.times import day_or_moment, in_utc, time_of


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01T09:00:00Z", datetime(2024, 3, 1, 9, tzinfo=UTC)),
        ("2024-03-01 09:00:00", datetime(2024, 3, 1, 9, tzinfo=UTC)),
        ("2024-03-01t09:00:00.5z", datetime(2024, 3, 1, 9, 0, 0, 500_000, UTC)),
        ("2024-12-31T23:59:59.9999999Z", datetime(2024, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2016-12-31T23:59:60.75Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01", datetime(1, 1, 1, tzinfo=UTC)),
        ("2024-03-01T09:00:00+05:30", datetime(2024, 3, 1, 3, 30, tzinfo=UTC)),
    ],
)
def test_moment(text: str, moment: datetime) -> None:
    assert time_of(text) == moment


@pytest.mark.parametrize(
    "text", ["", "soon", "2024-02-30", "2024-3-1", "2024-03-01T25:00:00Z", "٢٠٢٤-٠٣-٠١", "20240301"]
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        time_of(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0001-01-01", date(1, 1, 1)),
        ("9999-12-31", date(9999, 12, 31)),
        ("2024-03-01T00:00:00+01:00", datetime(2024, 2, 29, 23, tzinfo=UTC)),
    ],
)
def test_filter_is_a_day_or_a_moment_with_its_zone(text: str, value: date) -> None:
    assert day_or_moment(text) == value


@pytest.mark.parametrize(
    "text",
    ["2024-03-01T00:00:00", "20240301", "2024-W09-5", "0001-01-01T00:00:00+01:00", "01.03.2024"],
)
def test_filter_without_a_zone_or_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no "):
        day_or_moment(text)


def test_years_have_four_digits_and_the_zone_is_utc() -> None:
    assert in_utc(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
    east = timezone(timedelta(hours=2))
    assert in_utc(datetime(999, 1, 1, 1, 0, 0, 5, east)) == "0998-12-31T23:00:00Z"
