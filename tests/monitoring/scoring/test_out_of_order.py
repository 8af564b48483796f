"""Late, out of order, corrected, told afterwards: in the end the lights of punctual data."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from households import actions as households
from monitoring import scoring
from monitoring.models import Checkpoint, EvidenceDay, HabitsDay, HotBlock, LifeSign, Rescore
from monitoring.runs import touch
from monitoring.scoring import memory
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import POWER, TELECOM, Life, put, state_of

pytestmark = pytest.mark.django_db
HOURS = 60  # of deliveries before now
BOTH = POWER + TELECOM


def shown(home) -> tuple:
    """Everything that a light says, and what it will go on from."""
    state = state_of(home)
    mind = memory.load(np.array([home.pk]))
    days = {
        model.__name__: [
            bytes(row)
            for row in model.objects.filter(household_id=home.pk)
            .order_by("day")
            .values_list(blob, flat=True)
        ]
        for model, blob in ((Checkpoint, "hot"), (EvidenceDay, "evidence"))
    }
    return (
        state.light, state.evidence, state.silence_hours, state.last_sign_at, state.data_until,
        state.reasons, state.rests_on, mind.kept.tobytes(), int(mind.until[0]), days,
    )  # fmt: skip


def life(quiet_hours: int) -> Life:
    found = Life(metrics=BOTH, seed=3)
    first = found.days * 24 - 12 - quiet_hours  # now is noon
    return found.quiet(first // 24, first % 24)


@pytest.fixture
def twins(now):
    return [make_household(meter=f"M-{n}", line=f"L-{n}", now=now) for n in range(2)]


@settings(
    max_examples=5,
)
@given(
    quiet=st.sampled_from([0, 20, 300]),
    lags=st.lists(st.tuples(st.integers(0, HOURS), st.integers(0, HOURS)), min_size=1, max_size=4),
    wrong=st.integers(0, HOURS - 1),
)
def test_in_whatever_order_feeds_come_the_light_is_the_same(twins, now, quiet, lags, wrong):
    """One twin gets everything in its hour; of the other one feed runs ahead of the other, and
    one hour is first told wrong."""
    punctual, muddled = twins
    for model in (HotBlock, Checkpoint, EvidenceDay, HabitsDay, Rescore):
        model.objects.all().delete()
    told = life(quiet)
    begin = now - timedelta(hours=HOURS)
    for home in twins:
        put(home, told, now, until=begin, touch=False)
        memory.drop(home.pk)
    scoring.score(now=begin)
    put(punctual, told, now)
    scoring.score(now=now, household_ids=[punctual.pk])
    mistaken = life(quiet)
    mistaken.values["power"].reshape(-1)[told.days * 24 - 12 - wrong - 1] = 1.7
    for power, telecom in sorted(lags):
        for metrics, reached in ((POWER, power), (TELECOM, telecom)):
            at = begin + timedelta(hours=reached)
            put(muddled, mistaken, now, metrics=metrics, until=at)
        scoring.score(now=begin + timedelta(hours=max(power, telecom)), household_ids=[muddled.pk])
    put(muddled, told, now)
    scoring.score(now=now, household_ids=[muddled.pk])
    assert shown(muddled) == shown(punctual)


def test_a_day_that_comes_three_days_late_is_learned_from_as_if_punctual(twins, now):
    punctual, late = twins
    told = life(30)
    gap = life(30)
    for metric in BOTH:
        gap.values[metric][-5] = np.nan
    before = now - timedelta(days=2)
    put(punctual, told, now, until=before)
    put(late, gap, now, until=before)
    scoring.score(now=before)
    put(late, told, now)
    put(punctual, told, now)
    scoring.score(now=now)
    assert shown(late) == shown(punctual)


def test_a_feed_silent_for_three_days_that_sends_all_at_once(twins, now):
    hourly, burst = twins
    told = life(10)
    begin = now - timedelta(days=3)
    for home in twins:
        put(home, told, now, until=begin)
    scoring.score(now=begin)
    for hours in range(6, 73, 6):
        at = begin + timedelta(hours=hours)
        put(hourly, told, now, until=at)
        scoring.score(now=at)
    put(burst, told, now)
    scoring.score(now=now)
    assert shown(burst) == shown(hourly)


def test_an_absence_told_late_ends_as_one_told_in_time(twins, now, clerk_jeongok):
    in_time, late = twins
    told = life(60)
    start, end = now - timedelta(hours=55), now + timedelta(days=1)
    begin = now - timedelta(hours=58)
    for home in twins:
        put(home, told, now, until=begin)
    scoring.score(now=begin)
    _away(in_time, start, end, told=begin, by=clerk_jeongok)
    for home in twins:
        put(home, told, now)
    scoring.score(now=now)
    _away(late, start, end, told=now, by=clerk_jeongok)
    assert shown(late) == shown(in_time)


def test_a_life_sign_written_late_ends_as_one_written_at_once(twins, now):
    at_once, late = twins
    told = life(70)
    begin, seen = now - timedelta(hours=68), now - timedelta(hours=30)
    for home in twins:
        put(home, told, now, until=begin)
    scoring.score(now=begin)
    LifeSign.objects.create(household=at_once, at=seen, source="seen", recorded_at=seen)
    for home in twins:
        put(home, told, now)
    scoring.score(now=now)
    LifeSign.objects.create(household=late, at=seen, source="seen", recorded_at=now)
    touch([late.pk], seen)
    scoring.score(now=now)
    assert shown(late) == shown(at_once)


def _away(household, start, end, *, told, by):
    households.plan_absence(
        household=household, by=by, starts_at=start, ends_at=end, kind="travel", source="self",
        now=told,
    )  # fmt: skip
