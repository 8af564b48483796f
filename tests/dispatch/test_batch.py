"""Many due rungs at once leave what one after the other leaves, and one bad row harms nobody."""

import pytest
from django.db import connection

from accounts.models import Message
from dispatch import actions, machine, telling
from dispatch.engine import batch, silences, steps
from dispatch.engine import due as due_cases
from dispatch.engine.tally import Tally
from dispatch.models import Case, Step
from dispatch.rules import AskReason, CaseState
from households.models import RiskAssessment
from tests.dispatch.world import MINUTE, check_invariants, kinds, reasons, set_lights
from yeoncheon_portal.bench import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(db, now, quiet_line, operator):
    """Yellow cases whose desk rung is due at `now` + 75 minutes, their calls unanswered."""

    def make(number):
        people = county.build(number, now=now)
        RiskAssessment.objects.update(group="general")
        set_lights(people, "yellow", now=now)
        silences.open_cases(now)
        Step.objects.filter(kind="ai_call").update(
            state="done", finished_at=now, result="not_reached"
        )
        Case.objects.update(next_action_at=now + 75 * MINUTE)
        return list(Case.objects.filter(household__in=people).order_by("id"))

    return make


def shape(case):
    row = Case.objects.values(
        "state", "priority", "queued_at", "reminders", "next_action_at", "owner", "lease_until"
    ).get(pk=case.pk)
    rungs = list(case.steps.order_by("seq").values_list(
        "seq", "kind", "who", "due_at", "state", "started_at", "finished_at", "result", "tries"
    ))  # fmt: skip
    events = list(case.events.order_by("id").values_list("kind", "data", "at", "actor"))
    told = Message.objects.filter(subject_uid=str(case.household.uid), channel="inbox")
    columns = ("recipient", "kind", "created_at", "due_at", "state", "sent_at", "urgent")
    return row, rungs, events, sorted(told.values_list(*columns))


def test_a_batch_leaves_what_one_by_one_leaves(due, now, operator):
    cases, at = due(6), now + 75 * MINUTE
    answered = cases[1]
    Case.objects.filter(pk=answered.pk).update(answer="ok", answered_at=now)
    Case.objects.filter(pk=cases[4].pk).update(answer="ok", answered_at=now)
    slow = [case.steps.get(kind="desk").pk for case in cases[:3]]
    tally = Tally()
    steps.one_by_one(slow, at, tally)
    assert steps.to_desk(at).count == tally.count == 3
    assert [shape(case) for case in cases[:3]] == [shape(case) for case in cases[3:]]
    assert all(reasons(case) == ["no_answer"] for case in cases)
    check_invariants()


def test_cases_of_every_state_in_one_batch(due, now, operator):
    cases, at = due(4), now + 75 * MINUTE
    waiting, owned, closed, _plain = cases
    machine.ask_human(machine.lock(waiting.pk), reason=AskReason.SPEECH, now=now)
    for case in (owned, closed):
        actions.claim(case=case, by=operator, now=at - MINUTE)
    actions.close(
        case=closed, by=operator, reason="fine", evidence_kind="spoke", note="", now=at - MINUTE
    )
    Step.objects.filter(kind="desk").update(state="pending", finished_at=None, result="")
    tally = steps.to_desk(at)
    assert (tally.count, tally.fault) == (4, "")
    states = {case.pk: Case.objects.get(pk=case.pk).state for case in cases}
    assert list(states.values()) == [
        CaseState.WAITING,
        CaseState.CLAIMED,
        CaseState.CLOSED,
        CaseState.WAITING,
    ]
    assert closed.steps.get(kind="desk").state == "cancelled"
    assert waiting.steps.filter(kind="ring", state="pending").count() == 1


def test_one_poisoned_row_holds_up_nobody(due, now, monkeypatch):
    cases, at = due(5), now + 75 * MINUTE
    poisoned = cases[2].pk
    write, ask = batch._write, machine.ask_human

    def write_some(rows, moment):
        if poisoned in [row.case for row in rows]:
            raise ValueError("a row that cannot be written")
        write(rows, moment)

    def ask_some(case, **kwargs):
        if case.pk == poisoned:
            raise ValueError("still not")
        ask(case, **kwargs)

    monkeypatch.setattr(batch, "_write", write_some)
    monkeypatch.setattr(machine, "ask_human", ask_some)
    tally = steps.to_desk(at)
    assert (tally.count, tally.fault) == (4, "ValueError")
    waiting = Case.objects.filter(state=CaseState.WAITING).values_list("pk", flat=True)
    assert set(waiting) == {case.pk for case in cases} - {poisoned}
    assert kinds(cases[2]).count("human_asked") == 0


def test_reminders_of_many_are_those_of_each(due, now, operator, official):
    cases = due(6)
    steps.to_desk(now + 75 * MINUTE)
    for times in (1, 2):  # from the second on the county hears of it as well
        at = Case.objects.values_list("next_action_at", flat=True)[0]
        for case in cases[:3]:
            due_cases._unclaimed(machine.lock(case.pk), at)
        assert due_cases.remind(at).count == 3
        told = Message.objects.filter(kind="dispatch.unclaimed", created_at=at)
        people = {operator} if times == 1 else {operator, official}
        assert {message.recipient for message in told} >= people
        # One short message a minute for each of them; the inbox has each case.
        texts = told.filter(channel="sms").values_list("recipient", flat=True)
        assert len(texts) == len(set(texts)) >= len(people)
        assert told.filter(channel="inbox", recipient=operator).count() == 6
    assert [shape(case) for case in cases[:3]] == [shape(case) for case in cases[3:]]
    check_invariants()


def test_a_reminder_that_cannot_be_written_holds_up_nobody(due, now, operator, monkeypatch):
    cases = due(4)
    steps.to_desk(now + 75 * MINUTE)
    poisoned = cases[1].household.uid
    tell = telling.tell_unclaimed

    def tell_some(case, *, now):
        if case.household.uid == poisoned:
            raise ValueError("not this one")
        tell(case, now=now)

    def tell_none(*about, now):
        raise ValueError("not with this one")

    monkeypatch.setattr(telling, "tell_unclaimed", tell_some)
    monkeypatch.setattr(telling, "tell_unclaimed_many", tell_none)
    tally = due_cases.remind(now + 78 * MINUTE)
    assert (tally.count, tally.fault) == (3, "ValueError")
    assert Case.objects.filter(reminders=1).count() == 3


def test_five_hundred_cost_as_many_statements_as_five(due, now, django_assert_max_num_queries):
    due(40)
    with django_assert_max_num_queries(16):
        assert steps.to_desk(now + 75 * MINUTE).count == 40
    with django_assert_max_num_queries(20):
        assert due_cases.remind(now + 78 * MINUTE).count == 40
    assert connection.in_atomic_block
