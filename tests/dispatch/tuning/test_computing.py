"""The background computation: asked for once, told how far it is, honest about too little."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from dispatch.rules import Refused
from dispatch.tuning import computing, evidence, replay
from dispatch.tuning.budgets import STEPS
from households.actions import pause, plan_absence, resume
from monitoring import store
from monitoring.models import SignalDay, TuningCurve
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db


def test_only_the_county_asks_and_a_second_click_asks_for_nothing_new(
    official, operator, rule, now
):
    with pytest.raises(Refused):
        computing.ask(by=operator, now=now)
    first = computing.ask(by=official, now=now)
    assert computing.ask(by=official, now=now + timedelta(seconds=1)) == first
    assert (first.rule, first.asked_by) == ("plain-1", official)


def test_too_few_homes_are_told(official, rule, now):
    make_household(now=now)
    row = computing.compute(computing.ask(by=official, now=now).pk, now=now)
    assert row.failure.startswith("자료가 모자랍니다. 두 달 넘게 자료가 온 가구가 0곳입니다.")
    assert (row.points, row.finished_at) == (None, now)
    assert not computing.is_running()


@pytest.fixture
def history(monkeypatch):
    """Instead of ninety days of readings: a replay whose figures are known."""
    own = computing.Own(
        replay.History(
            np.zeros((5, 40, 90, 24), np.float32), np.zeros(90, bool), np.zeros((40, 90, 24), bool)
        ),
        date(2026, 4, 2),
        list(range(40)),
        60,
    )
    monkeypatch.setattr(computing, "read", lambda now: own)
    seen: list[int] = []

    def run(history, model, *, per_home, seed, unseen, tell):
        for share in (0.25, 1.0):
            tell(share)
            seen.append(TuningCurve.objects.get().done_percent)
        assert computing.is_running()
        clean = np.zeros((40, (replay.WARM_UP_DAYS + 30) * 24), np.float32)
        clean[:20, -1] = 4.0
        noticed = np.array([0.0, 0.0, 4.0, *[0.0] * 100], np.float32)
        return replay.Replayed(clean, [replay.Trace(noticed, 0)])

    monkeypatch.setattr(replay, "run", run)
    return seen


def test_points_are_stored_for_every_stop_of_the_slider(official, rule, history, now):
    row = computing.compute(computing.ask(by=official, now=now).pk, now=now)
    assert (row.done_percent, row.failure, history) == (100, "", [26, 98])
    assert [point["budget"] for point in row.points] == list(STEPS)
    at = {point["budget"]: point for point in row.points}
    # The evidence of 4 lies above the point of 0.32 (3.125) and not above that of 0.25 (4).
    assert (at[0.32]["median_h"], at[0.32]["alarms_per_day"]) == (3.0, 1.0)
    assert (at[0.25]["missed"], at[0.25]["alarms_per_day"]) == (1.0, 0.0)
    assert (at[0.32]["homes"], at[0.32]["watched"], at[0.32]["days"]) == (40, 60, 90)


def test_a_finished_row_is_not_computed_again(official, rule, history, now):
    row = computing.compute(computing.ask(by=official, now=now).pk, now=now)
    computing.compute(row.pk, now=now + timedelta(hours=1))
    assert history == [26, 98]


def test_a_fault_is_told_and_not_hidden(official, rule, history, monkeypatch, now):
    def broken(*_args, **_how):
        raise RuntimeError("no memory")

    monkeypatch.setattr(replay, "run", broken)
    asked = computing.ask(by=official, now=now)
    with pytest.raises(RuntimeError):
        computing.compute(asked.pk, now=now)
    asked.refresh_from_db()
    assert asked.failure == "계산하다가 멈췄습니다. 다시 계산을 눌러 주세요."
    assert asked.finished_at == now


def test_the_lock_is_let_go(official, rule, history, now):
    computing.compute(computing.ask(by=official, now=now).pk, now=now)
    with connection.cursor() as cursor:
        # The view tells of every database of the server: other tests hold locks of their own.
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        held = cursor.fetchone()[0]
    assert held <= 1  # the transaction of this test may hold the one of `ask`


@pytest.fixture
def readings(jeongok, now, monkeypatch):
    """Three homes with ninety days of power, and one with two weeks of it."""
    monkeypatch.setattr(computing, "FEWEST_HOMES", 3)
    homes = [make_household(township=jeongok, now=now) for _ in range(4)]
    last = timezone.localdate(now) - timedelta(days=1)
    store.ensure_partitions(last - timedelta(days=89), last)
    rng = np.random.default_rng(7)
    for home in homes:
        days = 14 if home == homes[-1] else 90
        SignalDay.objects.bulk_create(
            SignalDay(
                day=last - timedelta(days=nth),
                household_id=home.pk,
                metric="power",
                values=store.pack(rng.gamma(2.0, 0.1, 24).astype(np.float32)),
            )
            for nth in range(days)
        )
    return homes


def test_homes_with_too_few_days_are_left_out(readings, now):
    own = computing.read(now=now)
    assert own.ids == [home.pk for home in readings[:3]]
    assert (own.watched, own.history.homes, own.history.days) == (4, 3, 90)
    assert np.isfinite(own.history.inputs[0]).all()
    assert own.history.free[-1] == False  # noqa: E712 - 30. 6. 2026 is a Tuesday


def test_absences_are_held(readings, official, now):
    plan_absence(
        household=readings[1],
        starts_at=now - timedelta(days=2),
        ends_at=now + timedelta(days=1),
        kind="travel",
        source="self",
        by=official,
        now=now - timedelta(days=2),
    )
    held = computing.read(now=now).history.held
    # From noon of 29. 6. to the end of the history, which is yesterday's midnight.
    assert held[1].sum() == 12 + 24
    assert not held[0].any()


def test_a_pause_is_held_too(readings, official, now):
    begun = now - timedelta(days=20)
    pause(household=readings[0], reason="long_stay", by=official, now=begun)
    resume(household=readings[0], by=official, now=begun + timedelta(days=5))
    held = computing.read(now=now).history.held
    assert held[0].sum() == 5 * 24
    assert not held[1].any()


def test_homes_that_send_electricity_alone_are_known(readings, now):
    last = timezone.localdate(now) - timedelta(days=1)
    calls = store.pack(np.ones(24, np.float32))
    SignalDay.objects.create(
        day=last, household_id=readings[1].pk, metric="calls_out", values=calls
    )
    ids = [home.pk for home in readings]
    span = last - timedelta(days=30), last
    assert evidence.power_only(ids, *span).tolist() == [True, False, True, True]
    assert computing.read(now=now).history.power_only.tolist() == [True, False, True]


def test_the_whole_way_from_readings_to_points(readings, official, rule, now):
    rule.model = None
    row = computing.compute(computing.ask(by=official, now=now).pk, now=now)
    assert row.failure == ""
    assert row.points[0]["homes"] == 3
    assert row.points[0]["collapses"] == 24  # eight in each of three homes, the most there are
