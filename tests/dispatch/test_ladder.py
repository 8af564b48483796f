"""Time: rungs, quiet hours, throttles, leases, reminders, the one line of the account."""

import time
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from accounts.models import Message
from dispatch import actions, calls
from dispatch.engine import pace, tally
from dispatch.models import CallAttempt, Case, CaseEvent, Step
from dispatch.plans import save_plan
from dispatch.plans.default import DEFAULT
from dispatch.rules import CaseState, EventKind, Refused
from dispatch.telephony import NotFound, NotPlaced, ProviderCall, Uncertain
from tests.dispatch.world import (
    MINUTE,
    check_invariants,
    fresh,
    kinds,
    play,
    reasons,
    set_light,
    sweep,
)

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 7, 1, 14, 30, tzinfo=UTC)  # 23:30 in Seoul
SEVEN = datetime(2026, 7, 1, 22, 0, tzinfo=UTC)  # 07:00 the next morning


def end_call(case, now, status="no-answer"):
    attempt = case.calls.get(ended_at__isnull=True)
    calls.placed(attempt.pk, sid=attempt.sid, status=status, now=now)


def walk(case, now, minutes, status="no-answer"):
    """Every call ends unanswered within its minute."""

    def hang_up(at):
        if case.calls.filter(ended_at__isnull=True).exists():
            end_call(case, at + timedelta(seconds=30), status)

    play(now, now + minutes * MINUTE, then=hang_up)


def test_four_calls_without_an_answer_bring_the_case_to_the_desk(yellow, now, operator):
    walk(yellow, now, 61)
    case = fresh(yellow)
    at = [int((a.created_at - now) / MINUTE) for a in case.calls.order_by("id")]
    assert at == [0, 15, 30, 60]
    assert case.state == CaseState.WAITING
    assert reasons(case) == ["calls_done"]  # at once, not only at the minute of the desk
    assert Message.objects.filter(kind="dispatch.waiting", recipient=operator).exists()


def test_the_desk_gets_the_case_even_if_a_call_never_ends(yellow, now):
    sweep(now + 75 * MINUTE)
    assert reasons(fresh(yellow)) == ["no_answer"]


def test_quiet_hours_hold_yellow_and_keep_the_spacing(home, quiet_line):
    set_light(home, "yellow", now=NIGHT)
    sweep(NIGHT)
    case = Case.objects.get()
    assert quiet_line.dialled == []
    assert kinds(case) == [EventKind.OPENED, EventKind.HELD]
    assert case.next_action_at == SEVEN
    walk(case, SEVEN, 61)
    at = [int((a.created_at - SEVEN) / MINUTE) for a in case.calls.order_by("id")]
    assert at == [0, 15, 30, 60]


def test_a_ladder_that_runs_into_the_night_waits_for_the_morning(home, quiet_line):
    late = datetime(2026, 7, 1, 12, 50, tzinfo=UTC)  # 21:50
    set_light(home, "yellow", now=late)
    case_at = [late + n * MINUTE for n in range(0, 40, 5)]
    for at in case_at:
        sweep(at)
        if CallAttempt.objects.filter(ended_at__isnull=True).exists():
            end_call(Case.objects.get(), at + timedelta(seconds=30))
    case = Case.objects.get()
    assert case.calls.count() == 1
    assert kinds(case).count(EventKind.HELD) == 1
    assert case.state == CaseState.AI_CALL
    assert case.next_action_at == SEVEN
    walk(case, SEVEN, 50)
    assert [int((a.created_at - SEVEN) / MINUTE) for a in case.calls.order_by("id")[1:]] == [
        0,
        15,
        45,
    ]


def test_nights_do_not_push_the_desk_further_and_further(home, official, quiet_line):
    """Calls at 09:00, 20:01 (so 08:00), 19:01 and 20:09 (so 08:00 of the third day)."""
    nine = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
    body = deepcopy(DEFAULT)
    calls_at = [{"kind": "ai_call", "minutes": minutes} for minutes in (0, 661, 1322, 1390)]
    body["ladders"][0] |= {
        "steps": [*calls_at, {"kind": "desk", "minutes": 1440}],
        "quiet": ["20:00", "08:00"],
    }
    save_plan(body=body, base=0, by=official, reason="시험", now=nine)
    set_light(home, "yellow", now=nine)
    for hours, minutes in ((0, 0), (11, 1), (23, 0), (34, 1), (35, 9)):
        at = nine + timedelta(hours=hours, minutes=minutes)
        sweep(at)
        for attempt in CallAttempt.objects.filter(ended_at__isnull=True):
            calls.placed(attempt.pk, sid=attempt.sid, status="no-answer", now=at)
    case = Case.objects.get()
    to_come = case.steps.filter(state="pending").order_by("due_at")
    third = datetime(2026, 7, 2, 23, 0, tzinfo=UTC)  # the end of the first night, and 1440 minutes
    assert [(s.kind, s.due_at) for s in to_come] == [("ai_call", third), ("desk", third)]


def test_quiet_hours_do_not_hold_red(home, quiet_line):
    set_light(home, "red", now=NIGHT)
    sweep(NIGHT)
    assert quiet_line.dialled


def test_the_plan_is_frozen_when_the_case_opens(yellow, now, official):
    body = deepcopy(DEFAULT)
    body["ladders"][0]["steps"] = [
        {"kind": "ai_call", "minutes": 0},
        {"kind": "desk", "minutes": 2},
    ]
    save_plan(body=body, base=0, by=official, reason="시험", now=now)
    walk(yellow, now, 61)
    assert fresh(yellow).calls.count() == 4


def test_nobody_is_rung_twice_at_once(red, now):
    sweep(now + 5 * MINUTE)  # the second rung is due, the first call still lives
    assert red.calls.count() == 1
    end_call(red, now + 6 * MINUTE)
    sweep(now + 7 * MINUTE)
    assert red.calls.count() == 2


@pytest.mark.parametrize(
    ("ago", "free"),
    [
        ([], 0),
        ([0.5], 0.5),
        ([2], 0),
        ([14, 8, 2], 1),
        ([50, 45, 40, 35, 30, 25, 20], 10),
    ],
)
def test_one_call_a_minute_three_in_fifteen_seven_in_an_hour(yellow, now, ago, free):
    CallAttempt.objects.filter(case=yellow).update(
        created_at=now - timedelta(days=1), status="busy", ended_at=now, check_at=None
    )
    for number, minutes in enumerate(ago):
        at = now - minutes * MINUTE
        CallAttempt.objects.create(
            case=yellow,
            household=yellow.household,
            token=f"t{number}",
            created_at=at,
            status="busy",
            ended_at=at,
        )
    assert pace.person_free_at(yellow.household_id, now=now) == now + free * MINUTE


def test_a_request_that_never_rang_does_not_count_against_the_person(yellow, now):
    CallAttempt.objects.update(outcome="not_placed", status="failed", ended_at=now, check_at=None)
    assert pace.person_free_at(yellow.household_id, now=now) == now


def test_the_line_takes_one_call_a_second_the_most_urgent_first(homes, now, quiet_line):
    people = homes(6)
    for household in people[:4]:
        set_light(household, "yellow", now=now)
    for household in people[4:]:
        set_light(household, "red", now=now)
    sweep(now)
    assert set(quiet_line.dialled) == {person.phone for person in people[4:]}
    sweep(now + timedelta(seconds=1))
    assert len(quiet_line.dialled) == 3
    sweep(now + timedelta(seconds=3))
    assert len(quiet_line.dialled) == 5


def test_a_clock_set_back_does_not_stop_the_line(homes, now, quiet_line):
    first, second, third = homes(3)
    for household in (first, second, third):
        set_light(household, "yellow", now=now)
    sweep(now)
    sweep(now - timedelta(hours=1))
    sweep(now - timedelta(hours=1) + timedelta(seconds=2))
    sweep(now + timedelta(seconds=2))
    assert len(quiet_line.dialled) == 3


# ── leases and reminders ─────────────────────────────────────────────────────
def test_a_claim_that_runs_out_returns_the_case_to_the_queue(red, now, operator, operator2):
    actions.claim(case=red, by=operator, now=now)
    sweep(now + 9 * MINUTE)
    assert fresh(red).state == CaseState.CLAIMED
    sweep(now + 10 * MINUTE)
    case = fresh(red)
    assert (case.state, case.owner) == (CaseState.WAITING, None)
    assert kinds(case)[-1] == EventKind.LEASE_OUT
    assert Message.objects.filter(kind="dispatch.lease_out", recipient=operator).count() == 1
    assert Message.objects.filter(kind="dispatch.waiting", recipient=operator2).count() == 1


def test_acting_on_a_case_keeps_it(red, now, operator):
    actions.claim(case=red, by=operator, now=now)
    actions.record_call(case=red, by=operator, result="no_answer", now=now + 8 * MINUTE)
    sweep(now + 12 * MINUTE)
    assert fresh(red).owner == operator


def test_nobody_claims_operators_are_told_again_ever_more_rarely_and_for_ever(
    red, now, operator, official
):
    at = now
    for _reminder in range(8):
        at = fresh(red).next_action_at
        sweep(at)
    times = CaseEvent.objects.filter(case=red, kind=EventKind.REMINDED).order_by("id")
    minutes = [int((event.at - now) / MINUTE) for event in times]
    assert minutes == [3, 6, 12, 24, 48, 96, 156, 216]
    assert (
        Message.objects.filter(
            kind="dispatch.unclaimed", recipient=operator, channel="inbox"
        ).count()
        == 8
    )
    assert (
        Message.objects.filter(
            kind="dispatch.unclaimed", recipient=official, channel="inbox"
        ).count()
        == 7
    )
    assert fresh(red).next_action_at > at


def test_a_late_visit_is_told_to_the_operator(red, now, operator, responder):
    actions.claim(case=red, by=operator, now=now)
    visit = actions.send_responder(case=red, responder=responder, by=operator, now=now)
    sweep(now + 5 * MINUTE)
    assert Message.objects.filter(kind="dispatch.visit_late", recipient=operator).exists()
    actions.accept_visit(visit=visit, by=responder, now=now + 6 * MINUTE)
    assert fresh(red).next_action_at == now + 45 * MINUTE


def test_a_visit_that_nobody_accepts_is_told_to_all_and_may_be_taken_over(
    red, now, operator, operator2, responder
):
    actions.claim(case=red, by=operator, now=now)
    visit = actions.send_responder(case=red, responder=responder, by=operator, now=now)
    late = Message.objects.filter(kind="dispatch.visit_late", channel="inbox")
    sweep(now + 5 * MINUTE)
    assert not late.filter(recipient=operator2).exists()
    with pytest.raises(Refused):
        actions.claim(case=red, by=operator2, now=now + 6 * MINUTE)
    sweep(now + 10 * MINUTE)
    assert late.filter(recipient=operator).count() == 2
    assert late.filter(recipient=operator2).count() == 1
    taken = actions.claim(case=red, by=operator2, now=now + 11 * MINUTE)
    assert (taken.state, taken.owner) == (CaseState.VISITING, operator2)
    assert taken.next_action_at is not None
    actions.claim(case=red, by=operator2, now=now + 12 * MINUTE)  # a second click
    assert kinds(taken).count(EventKind.CLAIMED) == 2
    actions.cancel_visit(visit=visit, by=operator2, now=now + 13 * MINUTE)
    assert fresh(red).state == CaseState.CLAIMED
    check_invariants()


def test_a_case_without_a_rung_is_given_to_a_person(yellow, now):
    CallAttempt.objects.update(status="failed", ended_at=now, check_at=None)
    Step.objects.update(state="cancelled", finished_at=now, lease_until=None)
    Case.objects.update(next_action_at=now)
    sweep(now)
    assert reasons(fresh(yellow)) == ["stranded"]


# ── the company says no, or nothing ──────────────────────────────────────────
def test_too_many_requests_is_tried_again_with_patience_then_given_to_a_person(
    home, now, quiet_line
):
    quiet_line.answer = NotPlaced("20429", retry=True)
    set_light(home, "yellow", now=now)
    play(now, now + timedelta(seconds=700))
    case = Case.objects.get()
    assert case.calls.count() == 6
    gaps = list(case.calls.order_by("id").values_list("created_at", flat=True))
    assert [int((b - a).total_seconds()) for a, b in pairwise(gaps)] == [
        10,
        20,
        40,
        80,
        160,
    ]
    assert reasons(case) == ["line_down"]


def test_a_number_that_does_not_exist_goes_to_the_desk(home, now, quiet_line):
    quiet_line.answer = NotPlaced("21211", retry=False)
    set_light(home, "yellow", now=now)
    sweep(now)
    case = Case.objects.get()
    assert reasons(case) == ["bad_number"]
    attempt = case.calls.get()
    assert (attempt.outcome, attempt.error_code) == ("bad_number", "21211")
    assert not case.steps.filter(state="pending").exclude(kind="ring").exists()


def test_an_uncertain_request_is_looked_up_and_adopted(home, now, quiet_line):
    quiet_line.answer = Uncertain()
    quiet_line.there = [ProviderCall("CAfound", "ringing")]
    set_light(home, "yellow", now=now)
    sweep(now)
    attempt = CallAttempt.objects.get()
    assert (attempt.status, attempt.sid) == ("unknown", None)
    sweep(now + timedelta(seconds=10))  # the company gets a little time
    assert CallAttempt.objects.get().sid is None
    sweep(now + timedelta(seconds=15))
    attempt = CallAttempt.objects.get()
    assert (attempt.status, attempt.sid) == ("ringing", "CAfound")
    assert EventKind.CALL_FOUND in kinds(attempt.case)
    check_invariants()


def test_the_grace_of_a_request_that_hung_begins_when_it_gave_up(
    home, now, quiet_line, monkeypatch
):
    quiet_line.answer = Uncertain()
    begun = time.monotonic()
    dial = quiet_line.dial

    def hang(**asked):
        monkeypatch.setattr(tally, "monotonic", lambda: time.monotonic() + 30)
        return dial(**asked)

    monkeypatch.setattr(quiet_line, "dial", hang)
    set_light(home, "yellow", now=now)
    sweep(now)
    attempt = CallAttempt.objects.get()
    assert attempt.status == "unknown"
    waited = (attempt.check_at - now).total_seconds()
    assert 45 <= waited < 46 + time.monotonic() - begun


def test_an_uncertain_request_that_never_was_is_dialled_once_more(home, now, quiet_line):
    quiet_line.answer = Uncertain()
    set_light(home, "yellow", now=now)
    sweep(now)
    quiet_line.answer = None
    for seconds in (15, 25, 40, 60):
        sweep(now + timedelta(seconds=seconds))
    assert len(quiet_line.dialled) == 1
    outcomes = CallAttempt.objects.order_by("id").values_list("outcome", flat=True)
    assert list(outcomes) == ["not_placed", ""]


def test_a_call_of_an_earlier_time_is_not_adopted(yellow, now, quiet_line):
    end_call(yellow, now + MINUTE)
    known = CallAttempt.objects.get().sid
    quiet_line.answer = Uncertain()
    quiet_line.there = [ProviderCall(known, "no-answer"), ProviderCall("CAother", "completed")]
    sweep(now + 15 * MINUTE)
    quiet_line.answer = None
    sweep(now + 16 * MINUTE)
    sweep(now + 17 * MINUTE)
    assert not CallAttempt.objects.filter(sid="CAother").exists()
    assert len(quiet_line.dialled) == 2


def test_a_company_that_cannot_be_asked_brings_the_case_to_a_person(
    home, now, quiet_line, monkeypatch
):
    quiet_line.answer = Uncertain()
    monkeypatch.setattr(quiet_line, "list", lambda **kw: (_ for _ in ()).throw(Uncertain()))
    set_light(home, "yellow", now=now)
    play(now, now + timedelta(seconds=600))
    case = Case.objects.get()
    assert reasons(case) == ["line_down"]
    assert case.calls.get().is_live  # still being asked about: nobody dials blindly


def test_a_silent_call_is_asked_about(yellow, now, quiet_line, monkeypatch):
    monkeypatch.setattr(
        quiet_line, "fetch", lambda *, sid: ProviderCall(sid, "completed", "machine_start")
    )
    sweep(now + 3 * MINUTE)
    attempt = yellow.calls.get()
    assert (attempt.status, attempt.outcome) == ("completed", "voicemail")
    assert fresh(yellow).state == CaseState.AI_CALL


def test_a_call_that_never_ends_is_ended(yellow, now, quiet_line):
    for minute in range(1, 40, 3):
        sweep(now + minute * MINUTE)
    first = yellow.calls.order_by("id").first()
    assert not first.is_live
    assert first.ended_at - now <= 33 * MINUTE


def test_a_call_that_is_gone_when_it_shall_be_ended_is_no_fault(yellow, now, quiet_line, operator):
    def gone(*, sid, ringing):
        raise NotFound

    quiet_line.hangup = gone
    quiet_line.fetch = lambda *, sid: ProviderCall(sid, "ringing")
    actions.claim(case=yellow, by=operator, now=now)
    sweep(now)
    quiet_line.fetch = lambda *, sid: gone(sid=sid, ringing=True)
    sweep(now + MINUTE)
    assert not CallAttempt.objects.get().is_live
