"""Cases that rest on one feed alone wait while that feed is out of order."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connections

from accounts.models import Message
from dispatch import actions, auditor, calls, engine
from dispatch.engine import gates
from dispatch.models import CallAttempt, Case
from dispatch.presenters import queue
from dispatch.rules import CaseState, EventKind
from dispatch.telephony import NotPlaced
from households.models import Household
from monitoring import scoring
from monitoring.models import FeedIncident
from tests.dispatch.world import MINUTE, check_invariants, fresh, kinds, reasons, set_light, sweep
from tests.households.factories import make_household

HOUR = timedelta(hours=1)
POWER = ("power",)


def trouble(now: datetime, *, feed: str = "power", home: Household | None = None) -> FeedIncident:
    """The feed of the county, or of this home's township, is out of order."""
    return FeedIncident.objects.create(
        feed=feed,
        kind="outage" if home else "late",
        township=home.township if home else None,
        first_hour=now - HOUR,
        opened_at=now,
    )


def over(incident: FeedIncident, at: datetime) -> None:
    incident.last_hour, incident.closed_at = incident.first_hour, at
    incident.save()


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[int]]:
    """checked("green"): scoring will find this light; returns the homes it was asked about."""
    asked: list[int] = []

    def will_find(light: str) -> list[int]:
        def score(*, now: datetime, household_ids: list[int]) -> None:
            asked.extend(household_ids)
            for home in Household.objects.filter(pk__in=household_ids):
                set_light(home, light, now=now, rests_on=POWER)

        monkeypatch.setattr(scoring, "score", score)
        return asked

    return will_find


@pytest.fixture
def held(home, now, quiet_line) -> Case:
    """A yellow case that rests on electricity, called once without an answer, and then held."""
    set_light(home, "yellow", now=now, rests_on=POWER)
    sweep(now)
    case = Case.objects.get()
    calls.ended_by_company(CallAttempt.objects.get().pk, now=now + MINUTE)
    trouble(now + 2 * MINUTE)
    sweep(now + 2 * MINUTE)
    assert fresh(case).is_held
    return fresh(case)


def freed(case: Case) -> list[str]:
    """Why its holds ended, in order."""
    rows = case.events.filter(kind=EventKind.FEED_RELEASED).order_by("id")
    return [data["reason"] for data in rows.values_list("data", flat=True)]


# ── held ─────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_while_its_feed_is_out_of_order_nothing_happens_to_a_case(held, now, quiet_line):
    before = kinds(held)
    assert before[-1] == EventKind.FEED_HELD
    for minutes in (15, 60, 300):
        sweep(now + minutes * MINUTE)
        assert auditor.audit(now=now + minutes * MINUTE).healthy
    case = fresh(held)
    assert (case.state, case.is_held) == (CaseState.AI_CALL, True)
    assert kinds(case) == before
    assert len(quiet_line.dialled) == 1
    check_invariants()


@pytest.mark.django_db
def test_the_desk_shows_it_as_held_and_behind_the_others(held, home, operator, now):
    other = make_household(now=now)
    set_light(other, "yellow", now=now + 3 * MINUTE, rests_on=("power", "telecom"))
    sweep(now + 3 * MINUTE)
    board = queue.board(operator, now=now + 3 * MINUTE)
    assert board.rows[1].uid == str(held.uid)
    assert "자료 사고로 보류" in board.rows[1].html
    assert "보류 {} 남음" in board.rows[1].html


@pytest.mark.django_db
def test_a_ringing_call_is_waited_for(home, now, quiet_line):
    set_light(home, "yellow", now=now, rests_on=POWER)
    sweep(now)  # the telephone rings
    trouble(now)
    sweep(now + MINUTE / 2)
    assert not Case.objects.get().is_held


@pytest.mark.django_db
def test_a_red_that_rests_on_one_feed_is_held_and_nobody_is_reminded(
    home, now, operator, quiet_line
):
    set_light(home, "red", now=now, rests_on=POWER)
    sweep(now)
    calls.ended_by_company(CallAttempt.objects.get().pk, now=now + MINUTE)
    trouble(now + MINUTE, home=home)
    sweep(now + MINUTE)
    case = Case.objects.get()
    assert (case.state, case.is_held) == (CaseState.WAITING, True)
    told = Message.objects.count()
    sweep(now + HOUR)
    assert Message.objects.count() == told


# ── never held ───────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_light_that_rests_on_two_feeds_is_never_held(home, now, quiet_line):
    trouble(now)
    trouble(now, feed="telecom")
    set_light(home, "red", now=now, rests_on=("power", "telecom"))
    sweep(now)
    assert not Case.objects.get().is_held
    assert len(quiet_line.dialled) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("rests_on", [(), ("telecom",)])
def test_only_cases_of_this_feed_are_held(home, now, quiet_line, rests_on):
    trouble(now)
    set_light(home, "yellow", now=now, rests_on=rests_on)
    sweep(now)
    assert not Case.objects.get().is_held


@pytest.mark.django_db
def test_an_outage_holds_only_its_township(home, now, baekhak, quiet_line):
    elsewhere = make_household(now=now, township=baekhak)
    trouble(now, home=home)
    for one in (home, elsewhere):
        set_light(one, "yellow", now=now, rests_on=POWER)
    sweep(now)
    assert Case.objects.get().household == elsewhere


@pytest.mark.django_db
def test_a_cry_for_help_ends_the_hold(held, company, now):
    attempt = CallAttempt.objects.get()
    company.answers(attempt, Digits="2")
    case = fresh(held)
    assert (case.state, case.is_held) == (CaseState.WAITING, False)
    assert freed(case) == ["answer"]
    sweep(now + 10 * MINUTE)
    assert not fresh(held).is_held


@pytest.mark.django_db
def test_a_neighbours_report_ends_the_hold(held, operator, now):
    actions.open_case(
        household=held.household, by=operator, now=now + 5 * MINUTE, note="이웃이 걱정함"
    )
    assert freed(fresh(held)) == ["report"]
    sweep(now + 6 * MINUTE)
    assert not fresh(held).is_held


@pytest.mark.django_db
def test_what_somebody_notes_ends_the_hold(held, operator, now):
    actions.add_note(case=held, by=operator, note="면사무소에서 전화 옴", now=now + 5 * MINUTE)
    assert freed(fresh(held)) == ["person"]
    sweep(now + 6 * MINUTE)
    assert not fresh(held).is_held


@pytest.mark.django_db
def test_a_case_opened_by_hand_is_never_held(home, operator, now, quiet_line):
    trouble(now)
    actions.open_case(household=home, by=operator, now=now)
    sweep(now)
    assert not Case.objects.get().is_held


@pytest.mark.django_db
def test_whoever_takes_it_ends_the_hold_for_good(held, operator, now):
    actions.claim(case=held, by=operator, now=now + 5 * MINUTE)
    case = fresh(held)
    assert (case.state, case.is_held, freed(case)) == (CaseState.CLAIMED, False, ["person"])
    actions.release(case=case, by=operator, now=now + 6 * MINUTE)
    sweep(now + 7 * MINUTE)
    assert not fresh(held).is_held


@pytest.mark.django_db
def test_what_the_ladder_has_brought_to_a_person_stays_with_people(home, now, quiet_line):
    quiet_line.answer = NotPlaced("21211", retry=False)
    set_light(home, "yellow", now=now, rests_on=POWER)
    sweep(now)
    assert reasons(Case.objects.get()) == ["bad_number"]
    trouble(now)
    sweep(now + MINUTE)
    assert not Case.objects.get().is_held


@pytest.mark.django_db
def test_a_second_feed_that_falls_silent_ends_the_hold(held, now, quiet_line):
    later = now + 10 * MINUTE
    set_light(held.household, "red", now=later, rests_on=("power", "telecom"))
    sweep(later)
    case = fresh(held)
    assert (case.light, case.is_held, freed(case)) == ("red", False, ["other_sign"])
    assert len(quiet_line.dialled) == 2
    check_invariants()


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
