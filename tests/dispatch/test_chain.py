"""Nobody takes a case: telephones of staff ring, one after the other, until somebody does."""

from datetime import timedelta
from itertools import count

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from dispatch import actions, machine, opening
from dispatch.engine import pace
from dispatch.models import CallAttempt, Case, Duty, Shift, StaffCall, StepKind, StepState
from dispatch.rules import CaseState, EventKind
from dispatch.telephony import NotPlaced, ProviderCall, Uncertain
from households.models import RiskAssessment
from tests.dispatch.world import (
    MINUTE,
    check_invariants,
    fresh,
    kinds,
    play,
    set_light,
    set_lights,
    sweep,
)
from yeoncheon_portal.bench import county

pytestmark = pytest.mark.django_db
_sids = count(1)


def say(company, call, name, **params):
    """A signed callback about a ring of staff."""
    path = reverse(f"dispatch:{name}", args=[call.token])
    params = {"CallSid": call.sid or f"CA{next(_sids):032d}", **params}
    signature = company.validator.compute_signature(company.base + path, params)
    return company.client.post(path, params, headers={"X-Twilio-Signature": signature})


def rung(case):
    return [
        (int((c.created_at - case.opened_at) / MINUTE), c.who, c.user.username)
        for c in case.staff_calls.order_by("id")
    ]


@pytest.fixture
def alone(red, official):
    """The official is the only one of the county whose telephone is known."""
    others = User.objects.filter(grants__role=Role.COUNTY_OFFICIAL).exclude(pk=official.pk)
    others.update(phone_verified_at=None)
    return official


def hang_up_all(company, now, frozen_clock):
    frozen_clock.move_to(now)
    for call in StaffCall.objects.filter(ended_at__isnull=True):
        say(company, call, "staff_status", CallStatus="no-answer")


def test_the_links_ring_at_their_minutes_and_the_last_one_again_and_again(
    red, now, company, frozen_clock, operator, alone
):
    actions.stop_ai(case=red, by=operator, now=now)

    def nobody_answers(at):
        hang_up_all(company, at + timedelta(seconds=30), frozen_clock)

    play(now, now + 30 * MINUTE, then=nobody_answers)
    assert rung(fresh(red)) == [
        (3, "operator", "operator"),
        (6, "shift_lead", "operator"),
        (10, "county_official", "official"),
        (20, "county_official", "official"),
        (30, "county_official", "official"),
    ]
    assert kinds(red).count(EventKind.STAFF_MISSED) == 5


def test_key_1_takes_the_case_for_the_person_who_was_rung(
    red, now, company, frozen_clock, operator, alone
):
    official = alone
    for minute in (3, 6):
        sweep(now + minute * MINUTE)
        hang_up_all(company, now + minute * MINUTE + timedelta(seconds=30), frozen_clock)
    at = frozen_clock.move_to(now + 10 * MINUTE)
    sweep(at)
    call = StaffCall.objects.get(user=official)
    spoken = say(company, call, "staff", CallStatus="in-progress").content.decode()
    assert "10분째 기다립니다" in spoken
    assert "1번" in spoken
    assert red.household.name not in spoken
    answer = say(company, call, "staff_answer", Digits="1")
    assert "맡으셨습니다" in answer.content.decode()
    say(company, call, "staff_answer", Digits="1")  # the company repeats itself
    case = fresh(red)
    assert (case.state, case.owner) == (CaseState.CLAIMED, official)
    assert kinds(case).count(EventKind.STAFF_ANSWERED) == 1
    say(company, call, "staff_status", CallStatus="completed")
    actions.record_call(case=case, by=official, result="safe", now=at)
    actions.close(
        case=case, by=official, reason="fine", evidence_kind="spoke", note="", now=at + MINUTE
    )
    check_invariants()
    play(now + 11 * MINUTE, now + 30 * MINUTE)
    assert StaffCall.objects.count() == 3


def test_another_key_or_none_takes_nothing(red, now, company, frozen_clock, operator):
    at = frozen_clock.move_to(now + 3 * MINUTE)
    sweep(at)
    call = StaffCall.objects.get()
    say(company, call, "staff", CallStatus="in-progress")
    for digits in ("", "2"):
        assert (
            "맡지 않으셨습니다"
            in say(company, call, "staff_answer", Digits=digits).content.decode()
        )
    say(company, call, "staff_status", CallStatus="completed")
    assert StaffCall.objects.get().outcome == "heard"
    assert fresh(red).state == CaseState.WAITING


def test_who_answers_too_late_is_told_so(red, now, company, frozen_clock, operator, operator2):
    at = frozen_clock.move_to(now + 3 * MINUTE)
    sweep(at)
    call = StaffCall.objects.get()
    other = operator2 if call.user == operator else operator
    actions.claim(case=red, by=other, now=at)
    assert (
        "이미 다른 사람이" in say(company, call, "staff", CallStatus="in-progress").content.decode()
    )
    assert "이미 다른 사람이" in say(company, call, "staff_answer", Digits="1").content.decode()
    assert fresh(red).owner == other


def test_a_case_given_back_while_its_ring_lasts_rings_again(
    red, now, company, frozen_clock, operator
):
    at = frozen_clock.move_to(now + 3 * MINUTE)
    sweep(at)
    call = StaffCall.objects.get()
    case = actions.claim(case=red, by=operator, now=at)
    actions.release(case=case, by=operator, now=at)
    say(company, call, "staff_status", CallStatus="no-answer")
    to_come = fresh(red).steps.get(kind=StepKind.RING, state=StepState.PENDING)
    assert (to_come.who, to_come.due_at) == ("operator", at + 3 * MINUTE)


def test_red_that_comes_while_a_telephone_rings_does_not_end_the_chain(
    home, quiet_line, now, company, frozen_clock, operator
):
    set_light(home, "yellow", now=now)
    sweep(now)
    case = actions.stop_ai(case=Case.objects.get(), by=operator, now=now)
    at = frozen_clock.move_to(now + 3 * MINUTE + timedelta(seconds=10))
    sweep(at)
    call = StaffCall.objects.get()
    opening.raise_to_red(machine.lock(case.pk), now=at)
    say(company, call, "staff_status", CallStatus="no-answer")
    assert fresh(case).steps.filter(kind=StepKind.RING, state=StepState.PENDING).count() == 1


def test_red_in_the_middle_of_a_yellow_chain_leaves_nobody_out(
    home, quiet_line, now, company, frozen_clock, operator
):
    def nobody_answers(at):
        hang_up_all(company, at + timedelta(seconds=30), frozen_clock)

    set_light(home, "yellow", now=now)
    sweep(now)
    case = actions.stop_ai(case=Case.objects.get(), by=operator, now=now)
    play(now, now + 4 * MINUTE, then=nobody_answers)
    opening.raise_to_red(machine.lock(case.pk), now=now + 4 * MINUTE)
    play(now + 4 * MINUTE, now + 10 * MINUTE, then=nobody_answers)
    order = [(at, who) for at, who, _name in rung(fresh(case))]
    assert order == [(3, "operator"), (4, "operator"), (6, "shift_lead"), (10, "county_official")]


def test_a_wrong_signature_is_refused(red, now, company, operator):
    sweep(now + 3 * MINUTE)
    path = reverse("dispatch:staff_answer", args=[StaffCall.objects.get().token])
    answer = company.client.post(path, {"Digits": "1"}, headers={"X-Twilio-Signature": "x"})
    assert answer.status_code == 403
    assert fresh(red).state == CaseState.WAITING


def test_one_person_is_rung_by_the_most_urgent_case_only(homes, now, quiet_line, operator):
    first, second = homes(2)
    set_light(first, "yellow", now=now)
    set_light(second, "red", now=now)
    sweep(now)
    Case.objects.filter(household=first).update(priority=9000)
    sweep(now + 3 * MINUTE)
    assert quiet_line.staff == [operator.phone]
    sweep(now + 4 * MINUTE)  # still ringing
    assert len(quiet_line.staff) == 1


def test_without_a_verified_number_the_next_link_rings_at_once(
    red, now, quiet_line, operator, alone
):
    operator.phone_verified_at = None
    operator.save()
    for seconds in (0, 2, 4, 6):
        sweep(now + 3 * MINUTE + timedelta(seconds=seconds))
    assert quiet_line.staff == [alone.phone]
    check_invariants()


def test_behind_an_official_on_shift_without_a_number_every_official_is_rung(
    red, now, quiet_line, operator, alone, person
):
    planned = person("planned", Role.COUNTY_OFFICIAL)
    User.objects.filter(pk=planned.pk).update(phone_verified_at=None)
    Shift.objects.create(
        user=planned,
        duty=Duty.COUNTY_OFFICIAL,
        starts_at=now,
        ends_at=now + 60 * MINUTE,
        planned_at=now,
        planned_by=alone,
    )
    User.objects.filter(pk=operator.pk).update(phone_verified_at=None)
    for seconds in (0, 2, 4):
        sweep(now + 3 * MINUTE + timedelta(seconds=seconds))
    assert quiet_line.staff == [alone.phone]


def test_a_telephone_that_stays_busy_does_not_stop_the_chains(
    red, homes, now, quiet_line, operator, alone
):
    """The one operator's ring never ends; the duty behind hears of the other case in its time."""
    (other,) = homes(1)
    set_light(other, "yellow", now=now)
    sweep(now)
    actions.stop_ai(case=Case.objects.get(household=other), by=operator, now=now)
    for seconds in range(180, 300, 20):
        sweep(now + timedelta(seconds=seconds))
    late = Case.objects.get(household=other)
    assert late.steps.filter(kind=StepKind.RING).count() == 1, "two minutes have not gone by"
    for minute in (5.1, 6.1, 8.1, 10.1):
        sweep(now + minute * MINUTE)
    assert quiet_line.staff == [operator.phone, alone.phone]
    passed = late.steps.filter(kind=StepKind.RING, result="busy").values_list("who", flat=True)
    assert list(passed) == ["operator", "shift_lead"]
    to_come = late.steps.get(kind=StepKind.RING, state=StepState.PENDING)
    assert (to_come.who, to_come.due_at) == ("county_official", now + 10 * MINUTE)
    check_invariants()


def test_a_ring_that_was_lost_has_one_next_link(red, now, quiet_line, operator):
    """A running rung without a call, as no write of ours leaves one."""
    sweep(now + 3 * MINUTE)
    StaffCall.objects.all().delete()
    sweep(now + 5 * MINUTE)
    rings = red.steps.filter(kind=StepKind.RING).order_by("seq")
    assert [(step.who, step.tries) for step in rings] == [("operator", 1), ("shift_lead", 0)]
    sweep(now + 5 * MINUTE)
    assert len(quiet_line.staff) == 2
    assert rings.count() == 2


def test_a_ring_that_was_lost_is_not_made_for_a_case_somebody_has(red, now, quiet_line, operator):
    sweep(now + 3 * MINUTE)
    StaffCall.objects.all().delete()
    actions.claim(case=red, by=operator, now=now + 4 * MINUTE)
    sweep(now + 5 * MINUTE)
    assert not red.steps.filter(kind=StepKind.RING, state=StepState.PENDING).exists()
    check_invariants()


def test_an_unknown_ring_is_asked_about_and_never_repeated_blindly(red, now, quiet_line, operator):
    quiet_line.answer = Uncertain()
    sweep(now + 3 * MINUTE)
    quiet_line.answer = None
    quiet_line.there = [ProviderCall("CAstaff", "ringing")]
    sweep(now + 4 * MINUTE)
    call = StaffCall.objects.get()
    assert (call.sid, call.status) == ("CAstaff", "ringing")
    assert quiet_line.staff == []


def test_a_ring_that_certainly_failed_is_made_again(red, now, quiet_line, operator):
    quiet_line.answer = NotPlaced("20429", retry=True)
    sweep(now + 3 * MINUTE)
    quiet_line.answer = None
    sweep(now + 4 * MINUTE + timedelta(seconds=1))
    assert quiet_line.staff == [operator.phone]
    check_invariants()


def test_stopping_the_ai_leaves_the_case_to_people(red, now, quiet_line, operator, company):
    actions.stop_ai(case=red, by=operator, now=now)
    actions.stop_ai(case=red, by=operator, now=now)
    case = fresh(red)
    assert kinds(case).count(EventKind.AI_STOPPED) == 1
    assert not case.steps.filter(kind="ai_call", state="pending").exists()
    play(now + MINUTE, now + 20 * MINUTE)
    assert len(quiet_line.dialled) == 1
    assert fresh(red).state == CaseState.WAITING


def test_stopping_the_ai_of_a_yellow_case_brings_it_to_the_desk(yellow, now, operator):
    actions.stop_ai(case=yellow, by=operator, now=now)
    assert fresh(yellow).state == CaseState.WAITING
    check_invariants()


# ── a mass event ─────────────────────────────────────────────────────────────
def test_a_mass_event_rings_in_order_of_risk_and_says_how_long(db, now, quiet_line):
    people = county.build(140, now=now)
    frail = people[34::35]
    groups = RiskAssessment.objects.filter(household__in=people)
    groups.update(group="general")
    groups.filter(household__in=frail).update(group="high")
    set_lights(people, "red", now=now)
    sweep(now)
    waiting = pace.waiting(now)
    assert (waiting.calls, waiting.seconds) == (138, 138.0)
    assert Case.objects.filter(wait_told_at__isnull=False).count() == 18
    for second in (2, 4, 6):
        sweep(now + timedelta(seconds=second))
    rung = CallAttempt.objects.order_by("id").values_list("household", flat=True)
    assert set(rung[:4]) == set(frail)
    told = Case.objects.filter(events__kind=EventKind.WAIT_TOLD)
    assert told.count() == 18  # once


def test_opening_many_writes_what_opening_one_writes(homes, now, quiet_line, person, jeongok):
    """Both ways leave the same rows, but for the numbers."""
    from dispatch.engine import silences

    person("clerk", Role.TOWNSHIP_CLERK, township=jeongok)
    people = homes(6)
    for number, household in enumerate(people):
        set_light(household, "red" if number % 3 == 0 else "yellow", now=now)
    assert silences.open_cases(now).count == 6
    many = [shape(case) for case in Case.objects.order_by("household")]
    others = homes(6)
    for number, household in enumerate(others):
        set_light(household, "red" if number % 3 == 0 else "yellow", now=now)
        silences.open_cases(now)
    one = [shape(c) for c in Case.objects.filter(household__in=others).order_by("household")]
    assert many == one


def shape(case):
    ignored = {"id", "uid", "number", "household_id", "assessment_id", "plan"}
    row = {k: v for k, v in Case.objects.filter(pk=case.pk).values()[0].items() if k not in ignored}
    plan = {key: value for key, value in case.plan.items() if key != "group"}
    steps = list(case.steps.order_by("seq").values_list("seq", "kind", "who", "due_at", "state"))
    events = list(case.events.order_by("id").values_list("kind", "data", "at"))
    return row, plan, steps, events, case.signals.count()
