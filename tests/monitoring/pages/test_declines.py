"""The slow watch: who is put on the list, and that it never lights a light."""

from datetime import timedelta

import numpy as np
import pytest

from households import actions as households
from monitoring import declines, note_actions
from monitoring.models import Assessment, Decline, HouseholdState
from tests.households.factories import make_household, maker
from tests.monitoring.pages import rows

pytestmark = pytest.mark.django_db
DAYS = 80


def fading(now, *, share: float = 0.25):
    """A home whose last three weeks hold a quarter of its usual steps, calls and evenings."""
    made = make_household(meter="M-F", line="L-F", device="D-F", now=now)
    power = rows.usual(DAYS)
    power[-21:, 6:22] = 0.06 + (power[-21:, 6:22] - 0.06) * share
    counts = np.random.default_rng(8).poisson(2.0, (DAYS, 24)).astype(np.float32)
    counts[:, :7] = 0
    counts[-21:] = np.floor(counts[-21:] * share)
    rows.fill(made, power, now)
    rows.fill(made, counts, now, metric="calls_out")
    rows.fill(made, counts * 120, now, metric="steps")
    return made


@pytest.fixture
def steady(now):
    made = make_household(meter="M-S", now=now)
    rows.fill(made, rows.usual(DAYS), now)
    return made


def test_a_fading_life_is_listed_with_reasons_and_a_steady_one_is_not(now, steady):
    home = fading(now)
    assert declines.find(now=now) == 1
    found = Decline.objects.get()
    assert (found.household, found.state, found.found_at) == (home, "open", now)
    assert found.reasons
    assert all("두 달 전의" in reason for reason in found.reasons)


def test_it_is_never_an_alarm(now):
    fading(now)
    declines.find(now=now)
    assert not HouseholdState.objects.exists()
    assert not Assessment.objects.exists()


def test_looking_again_adds_nothing_and_keeps_the_day_it_was_found(now):
    fading(now)
    declines.find(now=now)
    assert declines.find(now=now + timedelta(days=1)) == 0
    assert Decline.objects.get().found_at == now


def test_what_somebody_looked_into_rests_for_two_months(now, official):
    fading(now)
    declines.find(now=now)
    note_actions.decide_decline(decline=Decline.objects.get(), state="done", by=official, now=now)
    assert declines.find(now=now + timedelta(days=2)) == 0


def test_weeks_away_are_no_decline(now, clerk_jeongok):
    home = fading(now, share=0.0)
    gone = now - timedelta(days=21)
    households.plan_absence(
        household=home,
        starts_at=gone,
        ends_at=now + timedelta(days=1),
        kind="hospital",
        source="family",
        by=clerk_jeongok,
        now=gone,
    )
    assert declines.find(now=now) == 0


def test_a_home_that_is_not_watched_or_too_new_is_left_out(now):
    rows.fill(make_household(meter="M-N", now=now), rows.usual(20), now)
    gone = fading(now)
    households.pause(household=gone, reason="request", by=maker(), now=now)
    assert declines.find(now=now) == 0
