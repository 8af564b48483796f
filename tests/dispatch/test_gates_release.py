"""When the feed is back, or has been away too long: held cases and silences go on."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connections

from accounts.models import Message
from dispatch import calls, engine
from dispatch.engine import gates
from dispatch.models import CallAttempt, Case
from dispatch.rules import CaseState, EventKind
from households.models import Household
from monitoring import scoring
from monitoring.models import FeedIncident
from tests.dispatch.feed_trouble import HOUR, POWER, checked, freed, held, over, trouble
from tests.dispatch.world import MINUTE, check_invariants, fresh, kinds, reasons, set_light, sweep

__all__ = ["checked", "held"]


# ── released ─────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_when_the_feed_is_back_the_light_is_checked_and_the_ladder_goes_on(
    held, now, checked, quiet_line
):
    asked = checked("yellow")
    back = now + 2 * HOUR
    over(FeedIncident.objects.get(), back)
    sweep(back)
    sweep(back)  # looked at after the calls of that pass; the next one goes on
    case = fresh(held)
    assert asked == [case.household_id]
    assert freed(case) == ["feed_back"]
    assert case.events.get(kind=EventKind.FEED_RELEASED).data["light"] == "yellow"
    assert len(quiet_line.dialled) == 2  # the second call was due in the meantime, and rings now
    pending = case.steps.filter(state="pending").order_by("due_at")
    assert pending.first().due_at == back + 15 * MINUTE  # what follows keeps its distance
    check_invariants()


@pytest.mark.django_db
def test_a_light_that_is_green_again_closes_nothing_by_itself(held, now, checked, quiet_line):
    checked("green")
    back = now + 2 * HOUR
    over(FeedIncident.objects.get(), back)
    sweep(back)
    sweep(back)  # looked at after the calls of that pass; the next one goes on
    case = fresh(held)
    assert (case.state, case.is_open, case.is_held) == (CaseState.AI_CALL, True, False)
    assert len(quiet_line.dialled) == 2  # the resident says that all is well, or a person finds out
    sweep(back + HOUR)
    assert fresh(held).is_open


@pytest.mark.django_db
def test_a_light_that_went_red_meanwhile_goes_up_at_the_release(held, now, checked, operator):
    set_light(held.household, "red", now=now + HOUR, rests_on=POWER)
    sweep(now + HOUR)
    assert (fresh(held).light, fresh(held).is_held) == ("yellow", True)  # the feed itself says so
    checked("red")
    back = now + 2 * HOUR
    over(FeedIncident.objects.get(), back)
    sweep(back)
    case = fresh(held)
    assert (case.light, case.state, case.raised_at) == ("red", CaseState.WAITING, back)
    check_invariants()


@pytest.mark.django_db
def test_the_longest_hold_ends_at_the_desk(held, now, operator, quiet_line):
    latest = now + 2 * MINUTE + 6 * HOUR
    sweep(latest - MINUTE)
    assert fresh(held).is_held
    sweep(latest)
    case = fresh(held)
    assert (case.state, case.is_held) == (CaseState.WAITING, False)
    assert freed(case) == ["too_long"]
    assert reasons(case) == ["held_long"]
    assert Message.objects.filter(kind="dispatch.waiting", recipient=operator).exists()
    sweep(latest + HOUR)
    assert not fresh(held).is_held


@pytest.mark.django_db
def test_a_light_that_went_red_meanwhile_is_red_at_the_desk_after_the_longest_hold(
    held, now, operator
):
    set_light(held.household, "red", now=now + HOUR, rests_on=POWER)
    sweep(now + HOUR)
    assert (fresh(held).light, fresh(held).is_held) == ("yellow", True)
    latest = now + 2 * MINUTE + 6 * HOUR
    sweep(latest)
    case = fresh(held)
    assert (case.light, case.state, case.raised_at) == ("red", CaseState.WAITING, latest)
    assert freed(case) == ["too_long"]
    sweep(latest + MINUTE)
    assert not fresh(held).is_held
    check_invariants()


@pytest.mark.django_db
def test_many_that_still_wait_do_not_keep_back_those_whose_feed_is_back(
    homes, now, checked, monkeypatch, quiet_line
):
    monkeypatch.setattr(gates, "LIMIT", 2)
    checked("yellow")
    standing, other = homes(2), homes(1)
    for home in standing:
        set_light(home, "red", now=now, rests_on=POWER)
    for home in other:
        set_light(home, "red", now=now, rests_on=("telecom",))
    sweep(now)
    for attempt in CallAttempt.objects.all():
        calls.ended_by_company(attempt.pk, now=now)
    trouble(now)
    late = trouble(now, feed="telecom")
    sweep(now)
    assert Case.objects.filter(held_by__isnull=False).count() == 3
    over(late, now + HOUR)
    sweep(now + HOUR)
    assert not Case.objects.get(household=other[0]).is_held


@pytest.mark.django_db
def test_trouble_that_comes_and_goes_does_not_hold_for_ever(held, now, checked):
    checked("yellow")
    quick = now + 3 * MINUTE
    over(FeedIncident.objects.get(), quick)
    scoring.score(now=quick, household_ids=[])
    again = trouble(quick)
    sweep(quick)
    sweep(quick)
    # Released and, before anything rang, held again: the hours count from the first hold.
    case = fresh(held)
    assert case.held_by == again
    assert case.held_until == now + 2 * MINUTE + 6 * HOUR


@pytest.mark.django_db
def test_a_failing_re_check_keeps_the_case_held_and_the_longest_hold_still_ends(
    held, now, monkeypatch
):
    def broken(**_kwargs):
        raise OSError("no readings")

    monkeypatch.setattr(scoring, "score", broken)
    over(FeedIncident.objects.get(), now + HOUR)
    report = engine.sweep(now=now + HOUR)
    assert report.part("re_checks").fault == "OSError"
    assert fresh(held).is_held
    engine.sweep(now=now + 7 * HOUR)
    assert not fresh(held).is_held


@pytest.mark.django_db
def test_a_clock_that_is_set_back_hands_a_held_case_to_the_desk(held, now):
    sweep(now - timedelta(days=1))
    case = fresh(held)
    assert (case.state, case.is_held) == (CaseState.WAITING, False)


@pytest.mark.django_db
def test_steps_go_on_after_the_longest_hold_though_the_gates_fail(held, now, monkeypatch):
    monkeypatch.setattr(gates, "_release", lambda now, tally: None)
    sweep(now + 7 * HOUR)
    assert not fresh(held).is_held


# ── silences without a case ──────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_new_silence_of_a_feed_in_trouble_opens_no_case(home, now, quiet_line):
    incident = trouble(now)
    set_light(home, "yellow", now=now, rests_on=POWER)
    sweep(now + HOUR)
    assert not Case.objects.exists()
    over(incident, now + 2 * HOUR)
    sweep(now + 2 * HOUR)
    assert Case.objects.get().state == CaseState.AI_CALL
    assert len(quiet_line.dialled) == 1


@pytest.mark.django_db
def test_forty_lights_that_go_out_again_never_become_cases(homes, now, quiet_line):
    incident = trouble(now)
    for home in homes(5):
        set_light(home, "red", now=now, rests_on=POWER)
    sweep(now + MINUTE)
    for home in Household.objects.all():
        set_light(home, "green", now=now + HOUR)
    over(incident, now + HOUR)
    sweep(now + HOUR)
    assert not Case.objects.exists()
    assert quiet_line.dialled == []


@pytest.mark.django_db
@pytest.mark.parametrize("light", ["yellow", "red"])
def test_a_silence_waits_no_longer_than_a_case_and_then_a_person_looks(
    home, now, operator, quiet_line, light
):
    trouble(now)
    set_light(home, light, now=now, rests_on=POWER)
    sweep(now + 6 * HOUR - MINUTE)
    assert not Case.objects.exists()
    sweep(now + 6 * HOUR)
    case = Case.objects.get()
    assert (case.state, case.is_held) == (CaseState.WAITING, False)
    assert reasons(case)[-1] == "held_long"
    sweep(now + 7 * HOUR)
    assert not fresh(case).is_held


@pytest.mark.django_db
def test_a_silence_that_turns_from_yellow_to_red_does_not_wait_anew(home, now, quiet_line):
    trouble(now)
    set_light(home, "yellow", now=now, rests_on=POWER)
    set_light(home, "grey", now=now + 2 * HOUR)  # no sign of life
    set_light(home, "red", now=now + 5 * HOUR, rests_on=POWER)
    sweep(now + 6 * HOUR - MINUTE)
    assert not Case.objects.exists()
    sweep(now + 6 * HOUR)
    assert reasons(Case.objects.get())[-1] == "held_long"


@pytest.mark.django_db
def test_a_silence_that_begins_anew_after_a_green_light_waits_anew(home, now, quiet_line):
    trouble(now)
    set_light(home, "yellow", now=now, rests_on=POWER)
    set_light(home, "green", now=now + 2 * HOUR)
    set_light(home, "yellow", now=now + 5 * HOUR, rests_on=POWER)
    sweep(now + 7 * HOUR)
    assert not Case.objects.exists()
    sweep(now + 11 * HOUR)
    assert Case.objects.exists()


# ── several workers ──────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_hold_and_release_once(home, now, quiet_line, checked):
    checked("yellow")
    set_light(home, "yellow", now=now, rests_on=POWER)
    sweep(now)
    calls.ended_by_company(CallAttempt.objects.get().pk, now=now + MINUTE)
    incident = trouble(now + MINUTE)

    def several(at: datetime) -> None:
        def run() -> None:
            try:
                engine.sweep(now=at)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    several(now + 2 * MINUTE)
    case = Case.objects.get()
    assert kinds(case).count(EventKind.FEED_HELD) == 1
    over(incident, now + HOUR)
    several(now + HOUR)
    sweep(now + HOUR)
    assert kinds(fresh(case)).count(EventKind.FEED_RELEASED) == 1
    assert len(quiet_line.dialled) == 2
    check_invariants()


@pytest.mark.django_db
def test_without_trouble_the_gates_cost_next_to_nothing(home, now, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        gates.pass_through(now)
