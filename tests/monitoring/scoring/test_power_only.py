"""Homes of which only electricity comes have a point of their own: the same number of false
alarms lies higher, because the trees are less certain of them."""

from datetime import timedelta

import numpy as np
import pytest

from monitoring import scoring
from monitoring.curves import evidence_curve
from monitoring.detection.features import LOST_HOURS
from monitoring.detection.model import shipped
from monitoring.models import Assessment
from monitoring.scoring import memory
from monitoring.scoring.points import Points, Scale, alone
from monitoring.scoring.rule import FALLBACK, Rule, rules
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import POWER, TELECOM, Life, put, state_of

pytestmark = pytest.mark.django_db
YELLOW, RED = 0.32, 0.10


def written(home) -> tuple[float, float]:
    """The points by which the newest change of a light was decided."""
    row = Assessment.objects.filter(household=home).latest("id")
    return row.point_yellow, row.point_red


def points(*, power_only: bool) -> tuple[float, ...]:
    return tuple(round(shipped().point(one, power_only=power_only), 4) for one in (YELLOW, RED))


def test_a_home_with_a_meter_alone_is_judged_by_the_point_of_such_homes(now):
    alone_, both = (
        make_household(meter="M-1", now=now),
        make_household(meter="M-2", line="L", now=now),
    )
    put(alone_, Life().quiet(-9), now)
    put(both, Life(metrics=POWER + TELECOM).quiet(-9), now)
    scoring.score(now=now)
    assert written(alone_) == pytest.approx(points(power_only=True), abs=1e-3)
    assert written(both) == pytest.approx(points(power_only=False), abs=1e-3)
    curve = evidence_curve(alone_.pk, now=now)
    assert (curve.yellow, curve.red) == pytest.approx(points(power_only=True), abs=1e-3)
    assert points(power_only=True)[0] > points(power_only=False)[0]


def test_evidence_between_both_points_lights_only_the_home_that_more_is_known_of(now):
    known = Points.at(now, rules().live)
    group, days = np.zeros(2, np.intp), np.full(2, 60)
    scale = Scale.of(known, group, days, np.array([False, True]))
    between = np.full(2, known.yellow[:, 0].mean(), np.float32)
    value = scale.value(between, np.zeros(2, np.float32), np.ones(2, np.float32))
    assert scale.raw(value).tolist() == [1, 0]


def test_a_telephone_that_has_not_been_heard_for_three_days_is_no_telephone():
    gap = np.array([[0, LOST_HOURS, 999], [0, LOST_HOURS + 1, 999], [0, 999, 0]], np.float32)
    assert alone(gap).tolist() == [False, True, False]


def test_hour_by_hour_gives_the_lights_of_all_at_once_when_a_telephone_falls_silent(now):
    """The scale changes in the midst of a run, with the hour at which it would have changed."""
    life = Life(metrics=POWER + TELECOM).missing(-4, 6, metrics=TELECOM).quiet(-3, 12)
    stepwise, at_once = (make_household(meter=f"M-{n}", line=f"L-{n}", now=now) for n in "12")
    first = now - timedelta(hours=40)
    for home in (stepwise, at_once):
        put(home, life, now, until=first)
    scoring.score(now=first)
    for hours in range(39, -1, -1):
        put(stepwise, life, now, until=now - timedelta(hours=hours))
        scoring.score(now=now - timedelta(hours=hours), household_ids=[stepwise.pk])
    put(at_once, life, now)
    scoring.score(now=now)
    kept = [memory.load(np.array([home.pk])).kept.tobytes() for home in (stepwise, at_once)]
    assert kept[0] == kept[1]
    assert state_of(stepwise).light == state_of(at_once).light


def test_a_rule_that_does_not_know_such_homes_judges_them_like_all():
    model = shipped()
    figures = {name: value for name, value in model.card["figures"].items() if name != "power_only"}
    bare = Rule("bare", type(model)(model.booster, model.card | {"figures": figures}))
    for rule in (bare, Rule(FALLBACK, None)):
        assert rule.point(YELLOW, power_only=True) == rule.point(YELLOW)
