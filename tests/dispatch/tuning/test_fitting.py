"""Points set again from the county's own curve: measured, offered, taken over by a person."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.exceptions import ValidationError

from accounts.county_settings import setting
from accounts.models import Message
from dispatch.rules import Refused
from dispatch.tuning import actions, curve, fitting, replay
from dispatch.tuning.budgets import Budgets, Home
from monitoring import own_points
from monitoring.models import TuningCurve
from monitoring.own_points import Fit
from monitoring.scoring.points import Points
from tests.dispatch.tuning.conftest import text_of

MONTHS = 200.0


def rows(**times):
    """Points of a curve on which the county rang so many times as often as the card promises."""
    return [
        {"budget": budget, "alarms_per_month": budget * times.get(name, 1.0), "missed": 0.0,
         "alarms_per_day": budget * 6, "household_months": MONTHS, "median_h": 10.0, "p90_h": 20.0}
        for name, budget in (("rare", 0.1), ("usual", 0.32), ("often", 1.0))
    ]  # fmt: skip


def made(now, *, rule="plain-1", **times):
    return TuningCurve.objects.create(
        asked_at=now, finished_at=now, rule=rule, points=rows(**times), done_percent=100
    )


def test_few_alarms_are_mixed_with_the_cards_word():
    fit = fitting.measured(rows(rare=2.0, usual=2.0, often=2.0))
    times = dict(fit.rings)
    # 20 alarms are promised at 0.1: (40 + 10) / (20 + 10).
    assert times[0.1] == pytest.approx(50 / 30)
    assert times[0.1] < times[0.32] < times[1.0] < 2.0
    assert fitting.measured([{"budget": 0.32, "alarms_per_month": 1.0}]) is None


@pytest.mark.parametrize("times", [0.5, 1.0, 3.5])
@pytest.mark.parametrize("alarms", [0.02, 0.1, 0.2, 0.32, 1.0, 2.7])
def test_what_is_asked_of_the_card_rings_as_often_as_was_chosen(times, alarms):
    fit = Fit(((0.1, 1.0), (0.32, times), (1.0, 1.2)))
    assert fit.rang(fit.on_card(alarms)) == pytest.approx(alarms, rel=0.02)


def test_without_a_measurement_the_card_is_asked_exactly():
    assert Fit().on_card(0.317) == 0.317
    assert Fit().rang(0.317) == 0.317


@pytest.mark.django_db
def test_a_person_takes_it_over_and_scoring_follows(official, rule, now):
    row = made(now, rare=2.0, usual=2.0, often=2.0)
    before = Points.at(now, rule_of_card())
    actions.set_points(curve=row, by=official, reason="6월 곡선", now=now)
    after = Points.at(now, rule_of_card())
    assert (after.yellow > before.yellow).all()  # it rang too often: the points rise
    assert (after.red > before.red).all()
    assert (after.fused_yellow == before.fused_yellow).all()  # of newcomers nothing was measured
    assert own_points.in_force("another", now=now) == Fit()
    assert own_points.in_force("plain-1", now=now - timedelta(seconds=1)) == Fit()
    assert actions.set_points(curve=row, by=official, reason="두 번", now=now) is None
    later = now + timedelta(hours=1)
    actions.set_points(curve=None, by=official, reason="되돌림", now=later)
    assert own_points.in_force("plain-1", now=later) == Fit()


def rule_of_card():
    """Any rule of that name with rising points; the fused sum's are not touched."""

    class Plain:
        version = "plain-1"

        def point(self, alarms, *, power_only=False):
            return -np.log(alarms) + power_only

        def fused_point(self, alarms):
            return 10 / alarms

    return Plain()


@pytest.mark.django_db
def test_nobody_else_and_nothing_unmeasured(official, operator, rule, now):
    row = made(now)
    with pytest.raises(Refused):
        actions.set_points(curve=row, by=operator, reason="x", now=now)
    with pytest.raises(ValidationError):
        actions.set_points(curve=row, by=official, reason=" ", now=now)
    row.points = [{"budget": 0.32, "alarms_per_month": 1.0}]
    with pytest.raises(Refused):
        actions.set_points(curve=row, by=official, reason="x", now=now)
    assert setting(own_points.SETTING, at=now) == {}


@pytest.mark.django_db
def test_the_monthly_curve_tells_the_officials_and_changes_nothing(official, rule, now):
    made(now)
    assert fitting.tell("plain-1", now=now) == 0
    made(now + timedelta(minutes=1), rare=2.0, usual=2.0, often=2.0)
    later = now + timedelta(minutes=2)
    assert fitting.tell("plain-1", now=later) == 1
    assert Message.objects.filter(kind=fitting.KIND, recipient=official).count() == 1
    assert setting(own_points.SETTING, at=later) == {}


@pytest.mark.django_db
def test_the_page_offers_and_takes_over(as_user, official, operator, rule, three, now):
    row = made(now, rare=2.0, usual=2.0, often=2.0)
    shown = text_of(as_user(operator).get("/tuning/"))
    assert "고른 수 0.32번, 우리 군에서 재 보니 0.6번" in shown
    assert "우리 군 자료로 맞추기" not in shown
    page = as_user(official)
    assert "우리 군 자료로 맞추기" in text_of(page.get("/tuning/"))
    assert page.post("/tuning/points/", {"curve": row.pk, "reason": ""}).status_code == 422
    assert page.post("/tuning/points/", {"curve": row.pk, "reason": "맞춤"}).status_code == 302
    found = fitting.offer("plain-1", now=now)
    assert [line.rings for line in found.lines] == pytest.approx([0.32, 0.1], rel=0.02)
    shown = text_of(page.get("/tuning/"))
    assert "모델 카드로 되돌리기" in shown
    assert "우리 군 자료로 맞추기" not in shown
    assert as_user(operator).post("/tuning/points/", {"reason": "x"}).status_code == 403


@pytest.mark.django_db
def test_the_curve_names_what_rings_here(official, rule, now):
    row = made(now, rare=2.0, usual=2.0, often=2.0)
    actions.set_points(curve=row, by=official, reason="맞춤", now=now)
    found = curve.shown(card=None, homes=200, now=now)
    times = dict(fitting.measured(row.points).rings)
    assert found.points[1].budget == pytest.approx(0.32 * times[0.32], rel=0.01)


def test_homes_with_electricity_alone_have_points_of_their_own(rule):
    budgets = Budgets({"yellow": 0.5, "red": 0.25})
    points = budgets.points(rule, [Home("general"), Home("general", power_only=True)])
    assert points == {"yellow": [2.0, 4.0], "red": [4.0, 8.0]}


def test_a_replayed_home_is_measured_at_its_own_point():
    quiet = np.zeros((2, 14 * 24), np.float32)
    quiet[:, 10 * 24] = 3.0
    done = replay.Replayed(quiet, [replay.Trace(quiet[0], 10 * 24, home) for home in (0, 1)])
    counted = [done.row(0.32, np.array(level), homes=2) for level in ([2.0, 2.0], [2.0, 4.0])]
    assert [one["alarms_per_month"] for one in counted] == pytest.approx([30 / 7, 15 / 7], rel=1e-3)
    assert counted[0]["household_months"] == pytest.approx(14 / 30, abs=0.01)
    assert [one["missed"] for one in counted] == [0.0, 0.5]
