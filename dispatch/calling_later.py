""" "Call me later": one further call, as much later as the plan says, within the ladder.

Never later than the desk's turn, never a second time, never on red: putting off is not an answer,
and somebody who always puts off is somebody a person should hear.
"""

from datetime import datetime

from dispatch import machine, plan
from dispatch.models import CallAttempt, Case, Step, StepKind, StepState
from dispatch.rules import CallOutcome, CaseState, Light


def put_off(case: Case, attempt: CallAttempt, *, now: datetime) -> bool:
    """Replace the AI calls still to come by one; False when the (locked) case has to go to a person
    instead."""
    if case.state != CaseState.AI_CALL or case.light == Light.RED:
        return False
    before = case.calls.filter(outcome=CallOutcome.LATER).exclude(pk=attempt.pk)
    at = _when(case, now=now)
    if before.exists() or at is None:
        return False
    to_come = case.steps.filter(kind=StepKind.AI_CALL, state=StepState.PENDING)
    first = to_come.order_by("due_at", "seq").first()
    if first is None:
        last = case.steps.order_by("-seq").values_list("seq", flat=True).first() or 0
        first = Step(case=case, seq=last + 1, kind=StepKind.AI_CALL)
    first.due_at = at
    first.save()
    to_come.exclude(pk=first.pk).update(state=StepState.CANCELLED, finished_at=now)
    machine.schedule(case, now=now)
    return True


def _when(case: Case, *, now: datetime) -> datetime | None:
    """After the plan's minutes, or at the desk's turn if that is first; None when it has come."""
    desk = case.steps.filter(kind=StepKind.DESK, state=StepState.PENDING).order_by("due_at")
    turn = desk.values_list("due_at", flat=True).first()
    at = now + plan.minutes(case, "later_minutes")
    if turn is None or turn >= at:
        return at
    return turn if turn > now else None
