"""A call that was declared lost and rings after all: nobody picks up to hear nothing."""

from datetime import timedelta

import pytest

from dispatch import actions, auditor, desk_calls
from dispatch.models import CallAttempt, Case, StaffCall, StepState
from dispatch.rules import CaseState, EventKind
from dispatch.telephony import Uncertain
from tests.dispatch.world import MINUTE, check_invariants, fresh, kinds, set_light, sweep

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LATE = "CAlate"


@pytest.fixture
def lost(home, now, quiet_line, company):
    """The request ended without an answer, the company had no call; its next try is due soon."""
    quiet_line.answer = Uncertain()
    set_light(home, "yellow", now=now)
    sweep(now)
    quiet_line.answer = None
    sweep(now + 16 * SECOND)
    attempt = CallAttempt.objects.select_related("case", "household").get()
    assert (attempt.outcome, attempt.error_code) == ("not_placed", "lost")
    assert attempt.case.steps.filter(state=StepState.PENDING, kind="ai_call").exists()
    return attempt


def test_it_is_taken_back_and_goes_on_with_the_dialogue(lost, now, company, quiet_line):
    company.status(lost, "ringing", 1, sid=LATE)
    sweep(now + 60 * SECOND)
    assert quiet_line.dialled == [], "dialled again while the first one rings"
    text = company.voice(lost, sid=LATE).content.decode()
    assert "<Gather" in text
    lost.refresh_from_db()
    assert (lost.sid, lost.status, lost.is_live) == (LATE, "in-progress", True)
    check_invariants()
    company.answers(lost, sid=LATE, Digits="1")
    company.status(lost, "completed", 3, sid=LATE)
    lost.refresh_from_db()
    assert (lost.outcome, lost.error_code) == ("ok", "")
    case = fresh(lost.case)
    assert case.state == CaseState.CLOSED
    assert kinds(case).count(EventKind.CALL_FOUND) == 1
    check_invariants()


def test_one_that_nobody_answered_counts_as_the_try_it_was(lost, now, company, quiet_line):
    company.status(lost, "no-answer", 3, sid=LATE)
    lost.refresh_from_db()
    assert (lost.status, lost.outcome) == ("no-answer", "not_reached")
    sweep(now + 60 * SECOND)
    assert quiet_line.dialled == [], "the next try is the plan's, a quarter of an hour later"
    assert fresh(lost.case).next_action_at == now + 15 * MINUTE
    check_invariants()


def test_beside_a_newer_call_it_says_one_sentence_and_ends(lost, now, company, quiet_line):
    sweep(now + 30 * SECOND)
    newer = CallAttempt.objects.exclude(pk=lost.pk).get()
    text = company.voice(lost, sid=LATE).content.decode()
    assert "<Gather" not in text
    assert "곧 다시 거는 전화를 받아 주세요" in text
    assert "<Hangup" in text
    lost.refresh_from_db()
    assert (lost.is_live, lost.sid, lost.outcome) == (False, LATE, "not_placed")
    company.answers(lost, sid=LATE, Digits="1")
    assert fresh(lost.case).is_open
    text = company.voice(newer).content.decode()
    assert "<Gather" in text, "the newer one goes on"
    check_invariants()


def test_after_the_newer_one_has_ended_it_is_taken_back(lost, now, company, quiet_line):
    sweep(now + 30 * SECOND)
    newer = CallAttempt.objects.exclude(pk=lost.pk).get()
    company.status(lost, "ringing", 1, sid=LATE)
    company.status(newer, "no-answer", 3)
    assert "<Gather" in company.voice(lost, sid=LATE).content.decode()
    check_invariants()


def test_a_refused_request_is_not_taken_back(lost, company):
    CallAttempt.objects.filter(pk=lost.pk).update(error_code="429")
    assert "<Gather" not in company.voice(lost, sid=LATE).content.decode()
    lost.refresh_from_db()
    assert (lost.is_live, lost.sid) == (False, None)


def test_it_may_be_heard_after_the_case_was_closed(lost, now, company, quiet_line):
    sweep(now + 30 * SECOND)
    newer = CallAttempt.objects.exclude(pk=lost.pk).get()
    company.answers(newer, Digits="1")
    company.status(newer, "completed", 3)
    assert not fresh(lost.case).is_open
    assert "<Gather" in company.voice(lost, sid=LATE).content.decode()
    company.answers(lost, sid=LATE, Digits="2")
    assert Case.objects.open().get().answer == "help"
    check_invariants()


def test_an_operators_own_ring_that_was_lost_still_connects(
    red, operator, now, company, quiet_line
):
    company.status(red.calls.get(), "no-answer", 3)
    case = actions.claim(case=fresh(red), by=operator, now=now)
    quiet_line.answer = Uncertain()
    call = desk_calls.start(case=case, by=operator, now=now + 2 * MINUTE)
    quiet_line.answer = None
    sweep(now + 2 * MINUTE + 16 * SECOND)
    call.refresh_from_db()
    assert (call.error_code, call.is_live) == ("lost", False)
    text = company.post("bridge", call, sid=LATE, CallStatus="in-progress").content.decode()
    assert "1번을 누르면 연결합니다" in text
    call.refresh_from_db()
    assert call.is_live
    check_invariants()


@pytest.mark.parametrize("newer", [False, True])
def test_a_ring_of_staff_that_was_lost(red, operator, now, company, quiet_line, newer):
    quiet_line.answer = Uncertain()
    sweep(now + 3 * MINUTE)
    quiet_line.answer = None
    sweep(now + 3 * MINUTE + 16 * SECOND)
    call = StaffCall.objects.get()
    assert (call.error_code, call.step.state) == ("lost", StepState.PENDING)
    if newer:
        sweep(now + 4 * MINUTE + 30 * SECOND)
    text = company.post("staff", call, sid=LATE, CallStatus="in-progress").content.decode()
    call.refresh_from_db()
    assert ("<Gather" in text, call.is_live) == (not newer, not newer)
    assert "<Say" in text
    check_invariants()


def test_a_ring_taken_back_is_as_old_as_its_callback(
    red, operator, now, company, quiet_line, frozen_clock
):
    quiet_line.answer = Uncertain()
    sweep(now + 3 * MINUTE)
    sweep(now + 3 * MINUTE + 16 * SECOND)
    quiet_line.answer = None
    call = StaffCall.objects.get()
    company.status(red.calls.get(), "no-answer", 3)
    answered = frozen_clock.move_to(now + 50 * MINUTE)
    company.post("staff", call, sid=LATE, CallStatus="in-progress")
    assert auditor.audit(now=answered + MINUTE).unfinished_calls == 0
    sweep(answered + 3 * MINUTE)
    call.refresh_from_db()
    assert (call.is_live, call.checks) == (True, 2), "asked about, and left alone"
    sweep(answered + 11 * MINUTE)
    call.refresh_from_db()
    assert not call.is_live
