"""Nothing comes for longer than the scoring looks back: what was known then stays known."""

from datetime import timedelta

import pytest

from monitoring import actions, scoring
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import APP, POWER, Life, light_of, put, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def red(now):
    """Nobody acts for twelve days, and then nothing comes any more."""
    home = make_household(meter="M-0001", now=now)
    put(home, Life().quiet(-12), now)
    scoring.score(now=now)
    assert light_of(home) == "red"
    return home


def test_somebody_seen_alive_is_not_red_again_when_the_sign_is_old(red, now, operator):
    seen = now + timedelta(hours=3)
    actions.confirm_life(household=red, at=seen, source="seen", by=operator, now=seen)
    assert light_of(red) == "green"
    for days in (3, 13, 15, 16, 40):
        scoring.score(now=now + timedelta(days=days))
        state = state_of(red)
        assert (state.light, state.last_sign_at) == ("grey", seen), days


def test_readings_that_come_weeks_after_the_sign_begin_a_new_life(red, now, operator):
    seen = now + timedelta(hours=3)
    actions.confirm_life(household=red, at=seen, source="seen", by=operator, now=seen)
    later = now + timedelta(days=20)
    life = Life(days=95)
    life.values["power"][-20:-1] = float("nan")
    put(red, life, later)
    scoring.score(now=later)
    assert light_of(red) == "green"


def test_a_silent_home_is_not_told_to_have_moved_when_nothing_comes(red, now):
    before = state_of(red)
    for days in (14, 15, 17):
        scoring.score(now=now + timedelta(days=days))
        state = state_of(red)
        assert state.light == "red"
        assert state.data_until == before.data_until
        assert state.silence_hours == before.silence_hours > 240
        assert state.rests_on == ["power"]
        said = " ".join(state.reasons)
        assert "잠깐 움직임" not in said
        assert "오지 않습니다" in said


def test_a_home_that_lit_up_and_moved_is_told_what_is_missing_and_no_movement(now):
    """Life showed shortly before everything stopped."""
    home = make_household(meter="M-2", device="D-2", now=now)
    life = Life(metrics=POWER + APP).quiet(-12)
    life.values["power"][-4, 20] = 0.9
    put(home, life.missing(-4, 21), now)
    scoring.score(now=now)
    state = state_of(home)
    if state.light in ("yellow", "red"):
        assert not any("잠깐 움직임" in line for line in state.reasons)


def test_red_homes_of_different_days_are_told_each_by_its_own_fortnight(red, now):
    """One has been without data for nine days, the other not: both have their sources told."""
    later = now + timedelta(days=9)
    other = make_household(meter="M-0002", now=now)
    put(other, Life(seed=2).quiet(-6), later)
    scoring.score(now=later)
    for home in (red, other):
        state = state_of(home)
        assert state.light == "red", state.reasons
        assert any("전력:" in line and "이후" in line for line in state.reasons), state.reasons
