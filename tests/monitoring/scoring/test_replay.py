"""An assessment can be judged again, as long as its readings are there."""

from datetime import timedelta

import pytest

from households import actions as households
from monitoring import actions, curves, scoring
from monitoring.models import Assessment, FeedIncident, HabitsDay, HotBlock, LifeSign
from monitoring.replay import replay
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import POWER, TELECOM, Life, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(now):
    return make_household(meter="M-0001", line="L-0001", now=now)


@pytest.fixture
def red(resident, now):
    put(resident, Life(metrics=POWER + TELECOM).quiet(-9), now)
    scoring.score(now=now)
    found = Assessment.objects.get()
    assert found.light == "red"
    return found


def test_the_same_readings_give_the_same_light(red, now):
    again = replay(red, now=now + timedelta(days=3))
    assert again.agrees(red)
    assert again.evidence == pytest.approx(red.evidence, abs=1e-3)
    assert list(again.reasons) == red.reasons


def test_a_replay_writes_nothing(red, now):
    before = [list(model.objects.values_list()) for model in (Assessment, HotBlock, HabitsDay)]
    HabitsDay.objects.all().delete()
    replay(red, now=now)
    assert not HabitsDay.objects.exists()
    assert before[:2] == [list(model.objects.values_list()) for model in (Assessment, HotBlock)]


def test_corrected_readings_are_said_to_be_others(red, resident, now):
    put(resident, Life(metrics=POWER + TELECOM), now)
    again = replay(red, now=now)
    assert (again.light, again.same_inputs, again.agrees(red)) == ("green", False, False)


def test_what_became_known_later_was_not_known_then(red, resident, now, operator, clerk_jeongok):
    later = now + timedelta(hours=1)
    households.plan_absence(
        household=resident, by=clerk_jeongok, starts_at=now - timedelta(days=9),
        ends_at=now + timedelta(days=2), kind="travel", source="self", now=later,
    )  # fmt: skip
    actions.confirm_life(
        household=resident, at=now - timedelta(hours=2), source="seen", by=operator, now=later
    )
    for feed in ("power", "telecom"):
        FeedIncident.objects.create(
            feed=feed, kind="outage", township=resident.township, opened_at=later,
            first_hour=now - timedelta(days=9), households=1,
        )  # fmt: skip
    again = replay(red, now=later)
    assert (again.light, again.same_inputs, again.agrees(red)) == ("red", True, True)


def test_what_was_known_then_and_is_gone_is_said_to_differ(resident, now, operator):
    put(resident, Life(metrics=POWER + TELECOM), now)
    signs = LifeSign.objects.create(
        household=resident, at=now - timedelta(days=3), source="seen", by=operator,
        recorded_at=now - timedelta(days=3),
    )  # fmt: skip
    scoring.score(now=now)
    found = Assessment.objects.get()
    assert replay(found, now=now).agrees(found)
    signs.delete()
    assert not replay(found, now=now).same_inputs


def test_deleted_readings_are_said_to_be_deleted(red, resident, now, clerk_jeongok):
    later = now + timedelta(days=2)
    households.withdraw_consent(household=resident, purpose="kepco", by=clerk_jeongok, now=later)
    again = replay(red, now=later)
    assert again.deleted_on == later.date()
    assert again.light is None


def test_an_unknown_rule_is_said_to_be_unknown(resident, now):
    put(resident, Life(metrics=POWER + TELECOM), now)
    scoring.score(now=now)
    found = Assessment.objects.get()
    found.rule_version = "power-1"
    assert not replay(found, now=now).same_rule


def test_the_curve_holds_the_days_over_and_the_hours_of_today(red, resident, now):
    curve = curves.evidence_curve(resident.pk, now=now, days=14)
    assert curve.evidence.shape == (14 * 24,)
    assert curve.until == now
    came = curve.evidence == curve.evidence
    assert came[: 13 * 24 + 12].all()
    assert not came[13 * 24 + 12 :].any()
    assert curve.red > curve.yellow
    assert curve.basis == "learned"
