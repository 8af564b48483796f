"""Cases that rest on one feed alone wait while that feed is out of order."""

import pytest

from accounts.models import Message
from dispatch import actions, auditor, calls
from dispatch.models import CallAttempt, Case
from dispatch.presenters import queue
from dispatch.rules import CaseState, EventKind
from dispatch.telephony import NotPlaced
from tests.dispatch.feed_trouble import HOUR, POWER, checked, freed, held, trouble
from tests.dispatch.world import MINUTE, check_invariants, fresh, kinds, reasons, set_light, sweep
from tests.households.factories import make_household

__all__ = ["checked", "held"]


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
