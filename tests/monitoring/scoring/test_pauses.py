"""A pause (hospital, long stay) is no silence: neither judged nor learned, though data come."""

from datetime import timedelta

import numpy as np
import pytest

from households import actions as households
from monitoring import declines, hours, learning, scoring
from monitoring.models import LifeSign
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import Life, light_of, put, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(now):
    return make_household(meter="M-0001", now=now)


def paused(home, begin, end, clerk):
    """Paused at `begin` and watched again at `end`."""
    households.pause(household=home, reason="long_stay", by=clerk, now=begin)
    return lambda: households.resume(household=home, by=clerk, now=end)


def test_a_light_of_before_a_pause_does_not_outlive_it(resident, now, clerk_jeongok):
    """The meter goes on reporting an empty home for the forty days of the pause."""
    later = now + timedelta(days=40)
    life = Life(days=115).quiet(-52)
    put(resident, life, later, until=now)
    scoring.score(now=now)
    assert light_of(resident) == "red"
    resume = paused(resident, now, later, clerk_jeongok)
    put(resident, life, later)
    resume()
    state = state_of(resident)
    assert (state.light, state.since) == ("green", later)
    assert not LifeSign.objects.exists()


def test_the_last_hours_before_a_pause_do_not_ring_after_it(resident, now, clerk_jeongok):
    """Found on the floor after five days, three days in hospital; the file ends in the morning."""
    end = now + timedelta(days=3)
    life = Life(days=78).quiet(-9)
    put(resident, life, end, until=now)
    scoring.score(now=now)
    resume = paused(resident, now, end, clerk_jeongok)
    put(resident, life, end, until=end - timedelta(hours=6))
    resume()
    assert light_of(resident) == "green"
    next_day = end + timedelta(hours=20)
    put(resident, Life(days=79).quiet(-10), next_day)
    scoring.score(now=next_day)
    state = state_of(resident)
    assert state.light == "green"
    assert state.silence_hours <= 20
    # To be watched again is no sign of life.
    assert state.last_sign_at is None or state.last_sign_at < now


def test_silence_after_a_pause_counts_from_its_end(resident, now, clerk_jeongok):
    end = now + timedelta(days=3)
    later = end + timedelta(days=6)
    life = Life(days=84).quiet(-9)
    put(resident, life, later, until=end)
    paused(resident, now, end, clerk_jeongok)()
    put(resident, life, later)
    scoring.score(now=later)
    state = state_of(resident)
    assert state.light in ("yellow", "red")
    assert state.silence_hours <= 6 * 24 + 1


def test_the_days_of_a_pause_are_not_learned(resident, now, clerk_jeongok):
    begin, end = now - timedelta(days=50), now - timedelta(days=20)
    paused(resident, begin, end, clerk_jeongok)()
    life, quiet = Life(), Life().quiet(0)
    life.values["power"][-50:-20] = quiet.values["power"][-50:-20]
    put(resident, life, now)
    today = hours.hour_of(now) // hours.DAY
    habits, _days = learning.learn_days(np.array([resident.pk]), today, today)
    assert 28 <= int(habits["days"][0, 0, 0]) <= 31
    assert habits["hours"]["often"][0, 0, 0, 12, 0] > 150  # noon, on most days at home


def test_a_pause_is_no_decline(now, clerk_jeongok):
    """Three weeks of hospital among the last: without them the life is what it was."""
    home = make_household(meter="M-0009", now=now)
    begin, end = now - timedelta(days=14), now - timedelta(days=2)
    paused(home, begin, end, clerk_jeongok)()
    life, quiet = Life(days=90), Life(days=90).quiet(0)
    life.values["power"][-15:-2] = quiet.values["power"][-15:-2]
    put(home, life, now)
    assert declines.find(now=now) == 0
