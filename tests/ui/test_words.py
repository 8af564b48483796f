"""Dates and spans of time in the words of the office."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.ui.viewers import draw
from ui import words

SUNDAY_EVENING = datetime(2026, 8, 2, 6, 20, tzinfo=UTC)  # 15:20 in Seoul


def test_dates_are_written_as_in_official_papers():
    assert words.day(SUNDAY_EVENING) == "2026. 8. 2."
    assert words.day(date(2026, 11, 22)) == "2026. 11. 22."
    assert words.weekday(SUNDAY_EVENING) == "8. 2.(일)"
    assert words.moment(SUNDAY_EVENING) == "2026. 8. 2. 15:20"
    assert words.clock_time(SUNDAY_EVENING) == "15:20"


def test_an_instant_is_dated_in_seoul_not_in_utc():
    assert words.day(datetime(2026, 8, 1, 15, 30, tzinfo=UTC)) == "2026. 8. 2."


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(seconds=0), "0초"),
        (timedelta(seconds=26), "26초"),
        (timedelta(seconds=60), "1분"),
        (timedelta(minutes=6, seconds=59), "6분"),
        (timedelta(hours=1), "1시간"),
        (timedelta(hours=31, minutes=5), "31시간 5분"),
        (timedelta(hours=72), "3일"),
        (timedelta(days=3, hours=4, minutes=30), "3일 4시간"),
        (-timedelta(minutes=2), "2분"),
    ],
)
def test_a_span_is_told_in_its_largest_units(length, expected):
    assert words.span(length) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(seconds=20), "방금"),
        (timedelta(hours=31, minutes=5), "31시간 5분 전"),
        (-timedelta(minutes=6), "6분 뒤"),
    ],
)
def test_ago(before, expected):
    assert words.ago(SUNDAY_EVENING - before, SUNDAY_EVENING) == expected


def test_filters_show_a_dash_where_nothing_is_known():
    filters = ("kdate", "kdatetime", "ktime", "kweekday", "kago:now", "kduration")
    source = "".join(f"{{{{ x|{name} }}}}" for name in filters)
    assert draw(source, x=None, now=SUNDAY_EVENING) == "–" * 6


def test_a_span_of_zero_is_not_unknown():
    assert draw("{{ x|kduration }}", x=timedelta(0)) == "0초"
