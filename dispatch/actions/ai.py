"""The operator stops the machine: no further AI call, and the one on the line ends."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from dispatch import calls, machine, taking_back
from dispatch.actions.common import require_role
from dispatch.models import CallAttempt, CallKind, Case, StepKind, StepState
from dispatch.rules import CaseDo, CaseState, EventKind


@transaction.atomic
def stop_ai(*, case: Case, by: User, now: datetime) -> Case:
    """No more AI calls for this case; the engine ends the one on the line at the company.

    A case that only the telephone was working on goes to the desk. A second click does nothing.
    """
    require_role(by, CaseDo.STOP_AI, now=now)
    case = machine.lock(case.pk)
    live = CallAttempt.objects.filter(case=case, kind=CallKind.AI, ended_at__isnull=True).first()
    to_come = case.steps.filter(kind=StepKind.AI_CALL, state=StepState.PENDING)
    if case.is_open and not to_come.exists() and (live is None or calls.is_stopped(case, live)):
        return case
    before = machine.fire(case, CaseDo.STOP_AI)
    stopped = machine.cancel_calls(case, now=now)
    if before == CaseState.AI_CALL:
        machine.enter_queue(case, now=now)
    case.save()
    data = {"cancelled": stopped, "attempt": None if live is None else live.pk}
    machine.log(case, EventKind.AI_STOPPED, now=now, by=by, data=data)
    taking_back.order(case, now=now)
    return case
