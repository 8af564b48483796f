"""Random orders of everything that can happen never reach a forbidden state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from dispatch import actions, engine
from dispatch.handover import actions as handover
from dispatch.models import CallAttempt, Case, StaffCall, Visit
from dispatch.rules import (
    CASE,
    CallResult,
    CaseDo,
    CaseState,
    CloseReason,
    DeclineReason,
    EvidenceKind,
    FoundState,
    Refused,
)
from dispatch.telephony import NotPlaced, Uncertain
from tests.cast import NOON
from tests.dispatch.world import Company, check_invariants, set_light

pytestmark = pytest.mark.django_db

STATUSES = ["initiated", "ringing", "in-progress", "completed", "busy", "no-answer", "failed"]
MACHINES = ["human", "machine_start", "machine_end_beep", "unknown", "fax"]


class World:
    """One household, two operators, one responder, a telephone; each method is one event."""

    def __init__(self, company: Company, line: Any, home: Any, staff: list[User]) -> None:
        self.company, self.line, self.home = company, line, home
        self.operators, self.responder = staff[:2], staff[2]
        self.now = NOON

    def case(self) -> Case | None:
        return Case.objects.filter(household=self.home).order_by("-id").first()

    def attempt(self, back: int) -> CallAttempt | None:
        rows = CallAttempt.objects.filter(household=self.home).order_by("-id")
        return rows[back : back + 1].first()

    def visit(self) -> Visit | None:
        return Visit.objects.order_by("-id").first()

    # ── events ───────────────────────────────────────────────────────────────
    def time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def sweep(self, seconds: int) -> None:
        self.time(seconds)
        report = engine.sweep(now=self.now)
        assert report.clean, [part for part in report.parts if part.fault]

    def light(self, light: str) -> None:
        set_light(self.home, light, now=self.now)

    def company_says(self, answer: Exception | None) -> None:
        self.line.answer = answer

    def status(self, back: int, status: str, sequence: int) -> None:
        if attempt := self.attempt(back):
            self.company.status(attempt, status, sequence)

    def answer(self, back: int, round_: int, digits: str, speech: str) -> None:
        if attempt := self.attempt(back):
            self.company.answers(attempt, round_=round_, Digits=digits, SpeechResult=speech)

    def machine(self, back: int, word: str) -> None:
        if attempt := self.attempt(back):
            self.company.post("voice_amd", attempt, AnsweredBy=word)

    def staff(self, name: str, digits: str, status: str) -> None:
        """What the company says of the last ring of a member of staff."""
        call = StaffCall.objects.order_by("-id").first()
        if call is not None:
            self.company.post(name, call, Digits=digits, CallStatus=status)

    def stop_ai(self, who: int) -> None:
        if case := self.case():
            actions.stop_ai(case=case, by=self.operators[who], now=self.now)

    def claim(self, who: int) -> None:
        if case := self.case():
            actions.claim(case=case, by=self.operators[who], now=self.now)

    def release(self, who: int) -> None:
        if case := self.case():
            actions.release(case=case, by=self.operators[who], now=self.now)

    def hand_over(self, who: int) -> None:
        if case := self.case():
            to = self.operators[1 - who]
            made = handover.offer(case=case, to=to, by=self.operators[who], now=self.now)
            handover.accept(handover=made, by=to, now=self.now)

    def record_call(self, who: int, result: str) -> None:
        if case := self.case():
            actions.record_call(case=case, by=self.operators[who], result=result, now=self.now)

    def send(self, who: int) -> None:
        if case := self.case():
            actions.send_responder(
                case=case, responder=self.responder, by=self.operators[who], now=self.now
            )

    def close(self, who: int, reason: str, evidence: str) -> None:
        if case := self.case():
            actions.close(
                case=case,
                by=self.operators[who],
                reason=reason,
                evidence_kind=evidence,
                note="시험",
                now=self.now,
            )

    def walk(self, verb: str) -> None:
        if visit := self.visit():
            getattr(actions, verb)(visit=visit, by=self.responder, now=self.now)

    def decline(self, reason: str) -> None:
        if visit := self.visit():
            actions.decline_visit(visit=visit, by=self.responder, reason=reason, now=self.now)

    def cancel(self, who: int) -> None:
        if visit := self.visit():
            actions.cancel_visit(visit=visit, by=self.operators[who], now=self.now)

    def found(self, state: str) -> None:
        if visit := self.visit():
            actions.record_found(
                visit=visit, by=self.responder, found_state=state, note="", now=self.now
            )

    def finish(self, state: str, reason: str) -> None:
        if visit := self.visit():
            actions.finish_visit(
                visit=visit,
                by=self.responder,
                found_state=state,
                close_reason=reason,
                note="",
                now=self.now,
            )


BUSY_LINE = NotPlaced("20429", retry=True)
BAD_NUMBER = NotPlaced("21211", retry=False)
who = st.integers(0, 1)
back = st.integers(0, 2)
EVENTS = st.one_of(
    st.tuples(st.just("sweep"), st.sampled_from([0, 2, 20, 61, 180, 300, 900, 3600])),
    st.tuples(st.just("sweep"), st.sampled_from([2, 60, 900])),
    st.tuples(st.just("light"), st.sampled_from(["yellow", "red", "green", "grey"])),
    st.tuples(
        st.just("company_says"),
        st.sampled_from(
            [
                None,
                None,
                Uncertain(),
                NotPlaced("20429", retry=True),
                NotPlaced("21211", retry=False),
            ]
        ),
    ),
    st.tuples(st.just("status"), back, st.sampled_from(STATUSES), st.integers(0, 5)),
    st.tuples(
        st.just("answer"),
        back,
        st.integers(1, 3),
        st.sampled_from(["", "1", "1", "2", "7"]),
        st.sampled_from(["", "", "도와주세요"]),
    ),
    st.tuples(st.just("machine"), back, st.sampled_from(MACHINES)),
    st.tuples(
        st.just("staff"),
        st.sampled_from(["staff", "staff_answer", "staff_status"]),
        st.sampled_from(["", "1", "1", "5"]),
        st.sampled_from(STATUSES),
    ),
    st.tuples(st.just("stop_ai"), who),
    st.tuples(st.just("claim"), who),
    st.tuples(st.just("claim"), who),
    st.tuples(st.just("release"), who),
    st.tuples(st.just("hand_over"), who),
    st.tuples(st.just("record_call"), who, st.sampled_from(CallResult.values)),
    st.tuples(st.just("send"), who),
    st.tuples(
        st.just("close"),
        who,
        st.sampled_from(CloseReason.values),
        st.sampled_from(EvidenceKind.values),
    ),
    st.tuples(st.just("walk"), st.sampled_from(["accept_visit", "depart", "arrive"])),
    st.tuples(st.just("decline"), st.sampled_from(DeclineReason.values)),
    st.tuples(st.just("cancel"), who),
    st.tuples(st.just("found"), st.sampled_from(FoundState.values)),
    st.tuples(
        st.just("finish"),
        st.sampled_from(FoundState.values),
        st.sampled_from(CloseReason.values),
    ),
)


def closed_rows() -> list[dict[str, Any]]:
    return list(Case.objects.filter(state=CaseState.CLOSED).order_by("id").values())


@pytest.fixture
def world(
    client: Client,
    company: Company,
    quiet_line: Any,
    home: Any,
    operator: User,
    operator2: User,
    responder: User,
) -> Callable[[], World]:
    return lambda: World(company, quiet_line, home, [operator, operator2, responder])


@given(events=st.lists(EVENTS, min_size=5, max_size=30), first=st.sampled_from(["yellow", "red"]))
@settings(
    max_examples=25,
)
def test_no_order_of_events_reaches_a_forbidden_state(world, frozen_clock, events, first):
    from django.db import transaction

    with transaction.atomic():
        one = world()
        one.line.answer = None
        one.light(first)
        one.sweep(0)
        closed = closed_rows()
        for name, *arguments in events:
            frozen_clock.move_to(one.now)
            try:
                with transaction.atomic():
                    getattr(one, name)(*arguments)
            except Refused:
                pass
            check_invariants()
            now_closed = closed_rows()
            assert now_closed[: len(closed)] == closed, "a closed case was changed"
            assert not [row for row in now_closed if by_machine_on_red(row)]
            closed = now_closed
        transaction.set_rollback(True)


def by_machine_on_red(row: dict[str, Any]) -> bool:
    return row["closed_by_id"] is None and "red" in (row["light"], row["opened_light"])


def test_the_table_and_the_verbs_agree(red, operator, now):
    """An event that the table has not for a state is refused, whatever the verb."""
    actions.claim(case=red, by=operator, now=now)
    actions.close(case=red, by=operator, reason="work", evidence_kind="spoke", note="", now=now)
    assert not [do for (state, do) in CASE if state == CaseState.CLOSED]
    for do in (CaseDo.CLAIM, CaseDo.RELEASE):
        with pytest.raises(Refused):
            getattr(actions, do.value)(case=red, by=operator, now=now)
