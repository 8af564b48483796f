"""The daily report: what should have come, and what did."""

from datetime import date, timedelta

import numpy as np
import pytest

from households import actions as household_actions
from monitoring import incidents, intake_days
from monitoring.models import IntakeDay
from tests.monitoring.health.world import DAY, TODAY, arrived, homes, living, seoul, store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("touched")]
YESTERDAY = TODAY - DAY


def row(feed: str, township: str, day: date = YESTERDAY) -> IntakeDay:
    return IntakeDay.objects.get(day=day, feed=feed, township=township)


def counts(found: IntakeDay) -> tuple[int, int, int, int]:
    return (found.households, found.complete, found.hours_expected, found.hours_received)


def test_a_day_is_counted_per_feed_and_township(now, jeongok, baekhak):
    here, patchy, _silent = homes(3, township=jeongok)
    there = homes(1, township=baekhak)[0]
    for home in (here, there):
        store(home, "power", living(1), first=YESTERDAY)
    hours = living(1)
    hours[0, 3:9] = np.nan
    store(patchy, "power", hours, first=YESTERDAY)
    assert intake_days.compute(YESTERDAY, now=now) == 30
    assert counts(row("power", jeongok.pk)) == (3, 1, 72, 42)
    assert counts(row("power", baekhak.pk)) == (1, 1, 24, 24)
    assert counts(row("telecom", jeongok.pk)) == (0, 0, 0, 0)


def test_computing_again_takes_in_what_came_late(now, jeongok):
    home = homes(1, township=jeongok)[0]
    intake_days.compute(YESTERDAY, now=now)
    assert counts(row("power", jeongok.pk)) == (1, 0, 24, 0)
    store(home, "power", living(1), first=YESTERDAY)
    intake_days.refresh(now=now + timedelta(hours=1))
    assert counts(row("power", jeongok.pk)) == (1, 1, 24, 24)
    assert IntakeDay.objects.filter(day=YESTERDAY).count() == 30


def test_only_hours_that_are_due_are_expected(now, jeongok):
    """Noon: of today's hours nine should be here, and of a daily feed none."""
    home = homes(1, township=jeongok)[0]
    homes(1, feed="telecom", township=jeongok)
    store(home, "power", living(1), first=TODAY)
    intake_days.compute(TODAY, now=now)
    assert counts(row("power", jeongok.pk, TODAY)) == (1, 1, 9, 9)
    assert counts(row("telecom", jeongok.pk, TODAY)) == (1, 0, 0, 0)


def test_a_home_whose_consent_was_withdrawn_is_not_expected(now, jeongok, clerk_jeongok):
    home = homes(1, township=jeongok)[0]
    household_actions.withdraw_consent(household=home, purpose="kepco", by=clerk_jeongok, now=now)
    intake_days.compute(YESTERDAY, now=now)
    assert counts(row("power", jeongok.pk))[0] == 0


def test_an_app_hour_came_when_anything_of_it_came(now, jeongok):
    home = homes(1, feed="app", township=jeongok)[0]
    for metric, hours in (("unlock", slice(0, 4)), ("heartbeat", slice(2, 10))):
        values = np.full((1, 24), np.nan, np.float32)
        values[0, hours] = 1
        store(home, metric, values, first=YESTERDAY)
    intake_days.compute(YESTERDAY, now=now)
    assert counts(row("app", jeongok.pk)) == (1, 0, 24, 10)


def test_late_deliveries_are_told_with_who_sends_them(now):
    homes(1)
    arrived("power", now - timedelta(hours=10))
    incidents.check(now=now)
    late = {one.feed: one for one in intake_days.late_by_partner(YESTERDAY, TODAY, now=now)}
    assert late["power"].organisations == "한국전력 연천지사"
    assert (late["power"].times, late["power"].hours) == (1, 10.0)
    assert late["power"].open_since == now - timedelta(hours=10)
    assert late["telecom"].times == 0
    arrived("power", now)
    incidents.check(now=now)
    after = intake_days.late_by_partner(TODAY, TODAY, now=now + DAY)
    assert {one.feed: one.open_since for one in after}["power"] is None
    assert seoul(1) < now
