"""One telephone is rung by one call at a time, and no call is claimed by a guess."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection, transaction

from accounts.models import User
from dispatch import actions, calls, desk_calls, numbers, staff_calls
from dispatch.models import CallAttempt, Case, StaffCall
from dispatch.rules import CaseState, EventKind, Refused
from dispatch.telephony import ProviderCall, Uncertain
from households.actions import ContactInput
from tests.dispatch.world import MINUTE, check_invariants, fresh, kinds, reasons, set_light, sweep
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
NEIGHBOUR = "01044445555"


@pytest.fixture
def mine(red, operator, now):
    """The case of the home, claimed, nothing on its line."""
    actions.stop_ai(case=red, by=operator, now=now)
    calls.ended_by_company(red.calls.get().pk, now=now)
    return actions.claim(case=fresh(red), by=operator, now=now)


@pytest.fixture
def unknown(home, now, quiet_line):
    """An attempt whose request ended without an answer, fifteen seconds ago."""
    quiet_line.answer = Uncertain()
    set_light(home, "yellow", now=now)
    sweep(now)
    quiet_line.answer = None
    return CallAttempt.objects.select_related("case", "household").get()


# ── before dialling ──────────────────────────────────────────────────────────
def test_a_neighbour_who_talks_to_the_desk_is_not_rung_for_a_case_of_their_own(
    now, quiet_line, operator
):
    friend = ContactInput(
        name="이웃", phone=NEIGHBOUR, relation="neighbour", may_be_told="wellbeing"
    )
    home = make_household(now=now, contacts=[friend])
    own = make_household(phone=NEIGHBOUR, now=now)
    set_light(home, "red", now=now)
    sweep(now)
    case = Case.objects.get()
    calls.ended_by_company(case.calls.get().pk, now=now)
    actions.claim(case=case, by=operator, now=now)
    call = desk_calls.start(case=case, by=operator, now=now, contact=home.contacts.get())
    set_light(own, "red", now=now)
    sweep(now + 8 * SECOND)  # the line itself is free again
    assert NEIGHBOUR not in quiet_line.dialled, "two calls to one telephone"
    calls.ended_by_company(call.pk, now=now)
    sweep(now + 20 * SECOND)
    assert quiet_line.dialled[-1] == NEIGHBOUR


def test_a_contact_who_is_rung_by_the_machine_is_not_called_by_the_desk(now, quiet_line, operator):
    friend = ContactInput(
        name="이웃", phone=NEIGHBOUR, relation="neighbour", may_be_told="wellbeing"
    )
    home = make_household(now=now, contacts=[friend])
    own = make_household(phone=NEIGHBOUR, now=now)
    set_light(own, "yellow", now=now)
    set_light(home, "red", now=now)
    sweep(now)
    case = Case.objects.get(household=home)
    calls.ended_by_company(case.calls.get().pk, now=now)
    actions.claim(case=case, by=operator, now=now)
    with pytest.raises(Refused, match="이 번호로 다른 전화"):
        desk_calls.start(case=case, by=operator, now=now, contact=home.contacts.get())
    assert not CallAttempt.objects.filter(kind="desk").exists()


def test_an_operator_whose_telephone_rings_for_a_case_starts_no_call(mine, homes, operator, now):
    (other,) = homes(1)
    set_light(other, "red", now=now)
    sweep(now)
    sweep(now + 3 * MINUTE)
    assert StaffCall.objects.get().user == operator
    with pytest.raises(Refused, match="내 전화로 다른 전화"):
        desk_calls.start(case=fresh(mine), by=operator, now=now + 3 * MINUTE)


def test_an_operator_who_is_on_the_line_is_not_rung_by_the_chain(mine, homes, operator, now):
    (other,) = homes(1)
    set_light(other, "red", now=now)
    sweep(now)
    desk_calls.start(case=mine, by=operator, now=now + 2 * MINUTE)
    sweep(now + 3 * MINUTE)
    assert not StaffCall.objects.exists()


def test_two_workers_never_take_one_number_at_once(home):
    """What another session holds is not ours, before any row can be seen."""
    held, asked = Event(), Event()

    def another_worker():
        try:
            with transaction.atomic():
                took = numbers.take(home.phone)
                held.set()
                asked.wait(60)
            return took
        finally:
            held.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(another_worker)
        assert held.wait(60)
        mine = [numbers.take(one) for one in (home.phone, "+82 10-3333-4444", NEIGHBOUR, "")]
        asked.set()
        assert theirs.result()
    assert mine == [False, False, True, True], "however it is written; no number is nobody's"
    assert numbers.take(home.phone), "free with the end of the other's transaction"


# ── after a request of unknown end ───────────────────────────────────────────
def test_the_only_call_there_is_ours(unknown, now, quiet_line):
    quiet_line.there = [ProviderCall("CAours", "ringing", created_at=unknown.committed_at)]
    sweep(now + 16 * SECOND)
    unknown.refresh_from_db()
    assert (unknown.sid, unknown.status) == ("CAours", "ringing")


@pytest.mark.parametrize("what", ["two calls", "a request that was lost", "a ring of staff"])
def test_a_call_that_may_be_anothers_is_not_claimed(
    unknown, now, quiet_line, person, operator, what
):
    there = [ProviderCall("CAone", "ringing")]
    if what == "two calls":
        there.append(ProviderCall("CAtwo", "ringing"))
    elif what == "a request that was lost":
        CallAttempt.objects.create(
            case=unknown.case,
            household=unknown.household,
            token="lost",
            created_at=now - MINUTE,
            status="failed",
            outcome="not_placed",
            error_code="lost",
            ended_at=now - MINUTE,
        )
    else:
        User.objects.filter(pk=operator.pk).update(phone_index="")
        same = person("same", phone=unknown.household.phone)
        StaffCall.objects.create(
            case=unknown.case, user=same, who="operator", token="ring", created_at=now, check_at=now
            + 10 * MINUTE,
        )  # fmt: skip
    quiet_line.there = there
    for seconds in (16, 50, 110):
        sweep(now + seconds * SECOND)
    unknown.refresh_from_db()
    assert (unknown.sid, unknown.is_live) == (None, True)
    assert quiet_line.dialled == [], "dialled again although a telephone may ring"


def test_a_call_nobody_can_place_goes_to_a_person_after_some_minutes(unknown, now, quiet_line):
    quiet_line.there = [ProviderCall("CAone", "ringing"), ProviderCall("CAtwo", "ringing")]
    for minute in range(1, 12):
        sweep(now + minute * MINUTE)
    unknown.refresh_from_db()
    case = fresh(unknown.case)
    assert (unknown.sid, unknown.outcome, unknown.error_code) == (None, "not_placed", "unsure")
    assert (case.state, reasons(case)[0]) == (CaseState.WAITING, "line_down")
    assert quiet_line.dialled == []
    assert EventKind.CALL_FOUND not in kinds(case)
    check_invariants()


def test_a_call_of_last_week_is_not_ours(unknown, now, quiet_line):
    old = min(unknown.created_at, unknown.committed_at) - 6 * MINUTE
    quiet_line.there = [ProviderCall("CAold", "completed", created_at=old)]
    sweep(now + 16 * SECOND)
    unknown.refresh_from_db()
    assert (unknown.sid, unknown.error_code) == (None, "lost")
    sweep(now + 30 * SECOND)
    assert quiet_line.dialled == [unknown.household.phone]


def test_a_call_of_staff_is_not_taken_by_a_resident_nor_the_other_way(
    red, unknown_ring, now, quiet_line
):
    attempt = red.calls.get()
    staff_calls.adopt_sid(unknown_ring, str(attempt.sid), now=now)
    assert unknown_ring.sid is None
    staff_calls.adopt_sid(unknown_ring, "CAstaff", now=now)
    CallAttempt.objects.filter(pk=attempt.pk).delete()
    attempt.pk, attempt.sid = None, None
    attempt.token = "again"
    attempt.save()
    calls.adopt_sid(attempt, "CAstaff", now=now)
    assert attempt.sid is None


@pytest.fixture
def doubtful(red, operator, now, quiet_line):
    """A ring of staff whose request ended without an answer, three minutes into the case."""
    quiet_line.answer = Uncertain()
    sweep(now + 3 * MINUTE)
    quiet_line.answer = None
    call = StaffCall.objects.get()
    assert (call.status, call.sid) == ("unknown", None)
    return call


def test_a_ring_nobody_can_place_frees_the_telephone_after_two_minutes(
    doubtful, homes, now, quiet_line, operator, company, frozen_clock
):
    began = doubtful.created_at
    quiet_line.there = [ProviderCall("CAone", "ringing"), ProviderCall("CAtwo", "ringing")]
    for seconds in (16, 76, 119):
        sweep(began + seconds * SECOND)
        doubtful.refresh_from_db()
        assert doubtful.is_live
    sweep(began + 120 * SECOND)
    doubtful.refresh_from_db()
    assert (doubtful.outcome, doubtful.error_code) == ("not_placed", "unsure")
    assert (doubtful.step.state, numbers.is_rung(operator.phone)) == ("done", False)
    assert quiet_line.staff == [], "dialled again although the telephone may have rung"
    check_invariants()
    frozen_clock.move_to(began + 125 * SECOND)
    answer = company.post("staff", doubtful, sid="CAone", CallStatus="in-progress")
    doubtful.refresh_from_db()
    assert "<Gather" in answer.content.decode(), "its callback comes late, and names it"
    assert (doubtful.sid, doubtful.is_live) == ("CAone", True)
    check_invariants()


def test_a_ring_the_company_never_told_of_may_still_come_back(
    doubtful, now, quiet_line, monkeypatch
):
    def silent(*, phone):
        raise Uncertain

    monkeypatch.setattr(quiet_line, "list", silent)
    for minute in range(1, 20):
        sweep(doubtful.created_at + minute * MINUTE)
    doubtful.refresh_from_db()
    assert (doubtful.outcome, doubtful.error_code) == ("not_placed", "unsure")


def test_a_call_of_last_week_is_no_ring_of_ours(doubtful, quiet_line):
    old = min(doubtful.created_at, doubtful.committed_at) - 6 * MINUTE
    quiet_line.there = [ProviderCall("CAold", "completed", created_at=old)]
    sweep(doubtful.created_at + 16 * SECOND)
    doubtful.refresh_from_db()
    assert (doubtful.sid, doubtful.error_code) == (None, "lost")


@pytest.fixture
def unknown_ring(red, operator, now):
    return StaffCall.objects.create(
        case=red,
        user=operator,
        who="operator",
        token="ring",
        created_at=now,
        check_at=now + MINUTE,
    )
