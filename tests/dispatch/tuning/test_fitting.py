"""Points set again from the county's own curve: measured, offered, taken over by a person."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.exceptions import ValidationError

from accounts.county_settings import setting
from accounts.models import Message, SettingVersion
from dispatch import tasks
from dispatch.rules import Refused
from dispatch.tuning import actions, curve, fitting, replay
from dispatch.tuning.budgets import Budgets, Home
from monitoring import own_points
from monitoring.detection.model import shipped
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
    times = dict(fitting.measured(rows(rare=2.0, usual=2.0, often=2.0)).fit.rings)
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
    other = made(now, rule="laid-aside")
    with pytest.raises(Refused, match="지금 쓰지 않는"):
        actions.set_points(curve=other, by=official, reason="x", now=now)
    assert setting(own_points.SETTING, at=now) == {}


@pytest.mark.django_db
def test_the_monthly_curve_tells_the_officials_and_changes_nothing(official, rule, now):
    made(now)
    assert fitting.tell(rule, now=now) == 0
    made(now + timedelta(minutes=1), rare=2.0, usual=2.0, often=2.0)
    later = now + timedelta(minutes=2)
    assert fitting.tell(rule, now=later) == 1
    assert Message.objects.filter(kind=fitting.KIND, recipient=official).count() == 1
    assert setting(own_points.SETTING, at=later) == {}


@pytest.mark.django_db
def test_nobody_is_told_of_a_month_that_could_not_be_computed(official, rule, now):
    made(now - timedelta(days=30), rare=2.0, usual=2.0, often=2.0)
    tasks.compute_monthly_curve()  # too few homes
    assert TuningCurve.objects.latest("id").failure
    assert not Message.objects.filter(kind=fitting.KIND).exists()


@pytest.mark.django_db
def test_the_settings_page_shows_the_fit_and_takes_none(as_user, official):
    address = f"/settings/{own_points.SETTING}/"
    page = text_of(as_user(official).get(address))
    assert "여기서는 바꿀 수 없습니다" in page
    assert "정하지 않음" in page
    fitted = own_points.written("plain-1", Fit(((0.1, 1.5), (0.32, 2.0))))
    assert own_points.words(fitted) == "plain-1: 가구당 월 0.1번에서 1.5배, 0.32번에서 2배"
    typed = {"value": '{"rule": "plain-1", "rings": {"0.1": 2}}', "reason": "손으로"}
    assert as_user(official).post(address, typed).status_code == 403
    assert not SettingVersion.objects.exists()


@pytest.mark.django_db
def test_the_page_offers_and_takes_over(as_user, official, operator, rule, three, now):
    row = made(now, rare=2.0, usual=2.0, often=2.0)
    shown = text_of(as_user(operator).get("/tuning/"))
    assert "고른 수 0.32번, 우리 군에서 재 보니 0.64번(128건으로 잼) · 맞추면 0.36번" in shown
    assert "우리 군 자료로 맞추기" not in shown
    page = as_user(official)
    assert "우리 군 자료로 맞추기" in text_of(page.get("/tuning/"))
    assert page.post("/tuning/points/", {"curve": row.pk, "reason": ""}).status_code == 422
    assert page.post("/tuning/points/", {"curve": row.pk, "reason": "맞춤"}).status_code == 302
    found = fitting.offer(rule, now=now)
    # Not quite what was chosen, and it is said so: ten alarms of the card were mixed in.
    assert [line.rings for line in found.lines] == pytest.approx([0.36, 0.12], rel=0.02)
    assert not found.is_off
    shown = text_of(page.get("/tuning/"))
    assert "모델 카드로 되돌리기" in shown
    assert "우리 군 자료로 맞추기" not in shown
    # The points of homes with electricity alone end at 0.1, and here that is 0.2.
    assert "전력만 오는 가구의 긴급" in shown
    assert "0.1번에서 끝나 더 맞출 수 없습니다. 0.2번쯤 울립니다." in shown
    assert '우리 군 자료로 맞춘 기준점 <span class="num">맞춤</span>' in shown
    assert as_user(operator).post("/tuning/points/", {"reason": "x"}).status_code == 403


@pytest.mark.django_db
def test_what_chance_alone_may_do_is_no_reason_to_move(rule, official, now):
    """Twenty reds are promised in these months: 27 are no news, 30 are."""
    made(now, rare=1.35)
    assert fitting.tell(rule, now=now) == 0
    made(now + timedelta(hours=1), rare=1.5)
    assert fitting.tell(rule, now=now + timedelta(hours=1)) == 1


@pytest.mark.django_db
def test_nothing_is_reverted_but_by_the_button_that_says_so(as_user, official, rule, three, now):
    row = made(now, rare=2.0, usual=2.0, often=2.0)
    actions.set_points(curve=row, by=official, reason="맞춤", now=now - timedelta(hours=1))
    page = as_user(official)
    for curve_ in ({}, {"curve": ""}, {"curve": "x"}, {"curve": "999999"}):
        answer = page.post("/tuning/points/", {**curve_, "reason": "엔터"})
        assert answer.status_code == 422
        assert "단추를 다시 눌러 주세요" in text_of(answer)
        assert own_points.in_force("plain-1", now=now).rings
    made(now, rare=4.0, usual=4.0, often=4.0)
    shown = text_of(page.get("/tuning/"))
    # Enter presses the first button of the form.
    assert shown.index("우리 군 자료로 맞추기</button>") < shown.index(
        "모델 카드로 되돌리기</button>"
    )
    assert page.post("/tuning/points/", {"curve": "card", "reason": "되돌림"}).status_code == 302
    assert own_points.in_force("plain-1", now=now) == Fit()
    assert "모델 카드로 되돌림" in text_of(page.get("/tuning/"))


@pytest.mark.django_db
def test_a_fit_that_is_too_weak_is_not_called_right(as_user, official, rule, three, now):
    """The county rings eight times its card; four is believed, and the rest is told of."""
    row = made(now, rare=8.0, usual=8.0, often=8.0)
    assert [line.rings for line in fitting.offer(rule, now=now).lines] == pytest.approx([2.56, 0.8])
    actions.set_points(curve=row, by=official, reason="맞춤", now=now)
    found = fitting.offer(rule, now=now)
    assert found.is_off
    assert found.lines[0].rings == pytest.approx(0.64, rel=0.02)
    assert found.lines[0].counted == pytest.approx(8 * 0.1 * MONTHS, rel=0.1)
    assert "기준점으로는 다 맞출 수 없습니다" in text_of(as_user(official).get("/tuning/"))
    silent = fitting.measured(rows(rare=0.0, usual=0.0, often=0.0))
    assert (silent.rings(0.32), silent.is_clipped) == (0.0, True)


def test_a_card_is_not_asked_beyond_its_table():
    fit = Fit(((0.1, 2.0), (0.32, 2.0), (1.0, 2.0)))
    assert fit.on_card(0.1) == pytest.approx(0.05, rel=0.02)
    least, most = shipped().span(power_only=True)
    asked = fit.on_card(0.1, span=(least, most))
    assert (asked, most) == (0.1, 2.7)
    assert fit.rang(asked) == pytest.approx(0.2)
    assert shipped().point(0.05, power_only=True) == shipped().point(least, power_only=True)
    assert Fit().on_card(0.01, span=shipped().span()) == 0.02


@pytest.mark.django_db
def test_the_curve_names_what_rings_here(official, rule, now):
    row = made(now, rare=2.0, usual=2.0, often=2.0)
    actions.set_points(curve=row, by=official, reason="맞춤", now=now)
    found = curve.shown(card=None, homes=200, now=now)
    times = dict(fitting.measured(row.points).fit.rings)
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
