"""Staff minutes come from the log; with too few cases the assumed ones stand, and it is said."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.presenters.tuning import handling_words
from dispatch.tuning import handling
from dispatch.tuning.handling import ASSUMED_MINUTES, ASSUMED_SHARE, busy_minutes
from tests.households.factories import make_household
from tests.reports.county import County

AT = datetime(2026, 6, 1, tzinfo=UTC)


def lines(*steps: tuple[str, int]):
    return [(kind, AT + timedelta(minutes=minute)) for kind, minute in steps]


def test_waiting_is_nobodys_minute():
    spent = busy_minutes(
        lines(
            ("claimed", 0),
            ("visit_assigned", 10),
            ("visit_departed", 15),
            ("visit_found", 60),
            ("closed", 62),
        )
    )
    assert spent == 57


def test_a_case_that_came_back_counts_both_times():
    steps = lines(("claimed", 0), ("lease_out", 10), ("claimed", 40), ("closed", 45))
    assert busy_minutes(steps) == 15


def test_a_case_nobody_had():
    assert busy_minutes(lines(("closed", 12))) is None


@pytest.mark.django_db
def test_too_few_cases_say_so(now, operator, responder):
    County(operator, responder).case(make_household(now=now), "spoke", at=now, took=30)
    found = handling.measure(now=now + timedelta(hours=1))
    assert (found.minutes, found.share) == (ASSUMED_MINUTES, ASSUMED_SHARE)
    assert "1건뿐이라" in handling_words(found)
    assert "용인시" in handling_words(found)


@pytest.mark.django_db
def test_minutes_and_share_of_real_cases(now, operator, responder):
    county = County(operator, responder)
    for took in (*range(20, 29), 119):  # one long one is paid for as well
        county.case(make_household(now=now), "spoke", at=now, took=took)
    for _ in range(10):
        county.case(make_household(now=now), "key", at=now, took=5)
    found = handling.measure(now=now + timedelta(hours=3))
    assert (found.handled, found.yellow) == (10, 20)
    assert (found.own_minutes, found.middle) == (33.5, 24.5)
    assert found.own_share == 0.5
    assert "10건의 평균" in handling_words(found)
