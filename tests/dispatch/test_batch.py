"""Many due rungs at once leave what one after the other leaves, and one bad row harms nobody."""

import pytest
from django.db import connection

from accounts.models import Message
from dispatch import actions, machine
from dispatch.engine import batch, silences, steps
from dispatch.engine.tally import Tally
from dispatch.models import Case, Step
from dispatch.rules import AskReason, CaseState
from tests.dispatch.world import MINUTE, check_invariants, kinds, reasons, set_light

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(homes, now, quiet_line, operator):
    """Yellow cases whose desk rung is due at `now` + 75 minutes, their calls unanswered."""

    def make(number):
        people = homes(number)
        for household in people:
            set_light(household, "yellow", now=now)
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
    told = list(
        Message.objects.filter(subject_uid=str(case.household.uid)).values_list(
            "recipient", "kind", "channel", "state", "created_at", "due_at", "sent_at", "urgent"
        )
    )
    return row, rungs, events, told


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


def test_five_hundred_cost_as_many_statements_as_five(due, now, django_assert_max_num_queries):
    due(40)
    with django_assert_max_num_queries(16):
        assert steps.to_desk(now + 75 * MINUTE).count == 40
    assert connection.in_atomic_block
