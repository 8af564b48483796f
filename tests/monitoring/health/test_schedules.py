"""A gap before the next delivery is not missing data."""

from datetime import UTC, timedelta

import pytest

from accounts import county_settings
from monitoring import feed_health, incidents, schedules
from tests.households.factories import make_household
from tests.monitoring.health.world import arrived, homes, seoul

pytestmark = pytest.mark.django_db


@pytest.fixture
def county_sets(official, now):
    def change(name, value, at=now - timedelta(days=30)):
        county_settings.change(
            name=name, value=value, valid_from=at, by=official, reason="시험", now=at
        )

    return change


def test_the_connector_says_the_default_and_the_county_goes_before_it(now, county_sets):
    assert schedules.in_words("power", now=now) == "매시간"
    assert schedules.in_words("telecom", now=now) == "매일 05:00"
    county_sets("monitoring.power_schedule", "daily")
    county_sets("monitoring.power_daily_at", "06:30")
    assert schedules.in_words("power", now=now) == "매일 06:30"
    assert schedules.in_words("power", now=now - timedelta(days=31)) == "매시간"


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (seoul(1, 11, 59), seoul(1, 8)),  # three hours' grace
        (seoul(1, 12), seoul(1, 9)),
        (seoul(1, 2), seoul(30, 23, month=6)),
    ],
)
def test_an_hourly_feed_is_expected_up_to_its_grace(at, until):
    assert schedules.expected_until("power", now=at) == until
    assert schedules.expected_until("power", now=at).tzinfo is UTC


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (seoul(1, 4, 59), seoul(30, month=6)),
        (seoul(1, 5), seoul(30, month=6)),
        (seoul(1, 7, 59), seoul(30, month=6)),
        (seoul(1, 8), seoul(1)),
        (seoul(1, 23, 59), seoul(1)),
    ],
)
def test_a_daily_feed_is_expected_once_a_day(at, until):
    assert schedules.expected_until("telecom", now=at) == until


def test_the_normal_gap_of_a_daily_feed_is_neither_late_nor_grey(now):
    homes(1, feed="telecom")
    arrived("telecom", seoul(30, month=6), at=seoul(30, 5, month=6))
    before = seoul(1, 7, 59)  # 32 hours without anything new, and all is well
    assert feed_health.summary(now=before)["telecom"]["late"] is False
    assert schedules.grey_before("telecom", now=before) <= seoul(30, month=6)
    assert feed_health.summary(now=seoul(1, 8))["telecom"]["late"] is True
    since = schedules.late_since("telecom", until=seoul(30, month=6), now=seoul(1, 8))
    assert since == seoul(1, 8)
    assert schedules.grey_before("telecom", now=seoul(1, 8)) > seoul(30, month=6)


def test_a_single_home_turns_grey_only_after_the_patience_with_its_feed(now, county_sets):
    """A meter that reports every hour: three hours' grace and six more. A telephone sleeps."""
    assert schedules.grey_before("power", now=now) == now - timedelta(hours=9)
    assert schedules.grey_before("app", now=now) == now - timedelta(hours=30)
    county_sets("monitoring.grey_after_hours", 5)
    assert schedules.grey_before("power", now=now) == now - timedelta(hours=5)
    county_sets("monitoring.power_schedule", "daily")
    county_sets("monitoring.grey_after_hours", 40, at=now - timedelta(days=20))
    assert schedules.grey_before("power", now=now) == now - timedelta(hours=40)


def test_the_next_delivery_is_told():
    assert schedules.next_expected("power", now=seoul(1, 12, 10)) == seoul(1, 13)
    assert schedules.next_expected("power", now=seoul(1, 13)) == seoul(1, 14)
    assert schedules.next_expected("telecom", now=seoul(1, 4)) == seoul(1, 5)
    assert schedules.next_expected("telecom", now=seoul(1, 5)) == seoul(2, 5)


def test_a_feed_nobody_depends_on_is_not_late_for_ever(now):
    arrived("app", now - timedelta(days=9))
    assert feed_health.summary(now=now)["app"]["late"] is False
    homes(1, feed="app")
    assert feed_health.summary(now=now)["app"]["late"] is True


def test_a_feed_that_never_delivered_is_late_from_the_first_link_on(now):
    """Linked on 1 July at midnight; telephone data come at five, with three hours' patience."""
    make_household(line="L-1", now=seoul(1, 9), since=timedelta(0))
    assert feed_health.summary(now=seoul(2, 7, 59))["telecom"]["late"] is False
    assert feed_health.summary(now=seoul(2, 8))["telecom"]["late"] is True
    assert incidents.check(now=seoul(2, 7, 59)).opened == 0
    assert incidents.check(now=seoul(2, 8)).opened == 1
    assert incidents.check(now=seoul(2, 9)).opened == 0
    arrived("telecom", seoul(2), at=seoul(2, 9, 30))
    assert incidents.check(now=seoul(2, 10)).closed == 1


def test_the_answer_of_readyz_keeps_its_shape(now):
    assert set(feed_health.summary(now=now)) == {"power", "telecom", "app"}
    for stands in feed_health.summary(now=now).values():
        assert stands == {"last_delivery_s": None, "late": False, "data_until": None}
