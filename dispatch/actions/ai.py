"""The operator stops the machine: no further AI call, and the ringing one ends."""

from contextlib import suppress
from datetime import datetime
from functools import partial

from django.db import transaction

from accounts.models import User
from dispatch import machine, telephony
from dispatch.actions.common import require_role
from dispatch.models import CallAttempt, CallKind, Case, StepKind, StepState
from dispatch.rules import CaseDo, CaseState, EventKind


@transaction.atomic
def stop_ai(*, case: Case, by: User, now: datetime) -> Case:
    """No more AI calls for this case; one that rings is ended at the company after the commit.

    A case that only the telephone was working on goes to the desk. A second click does nothing.
    """
    require_role(by, CaseDo.STOP_AI, now=now)
    case = machine.lock(case.pk)
    live = CallAttempt.objects.filter(case=case, kind=CallKind.AI, ended_at__isnull=True).first()
    to_come = case.steps.filter(kind=StepKind.AI_CALL, state=StepState.PENDING)
    if case.is_open and not to_come.exists() and (live is None or _is_stopped(case, live)):
        return case
    before = machine.fire(case, CaseDo.STOP_AI)
    stopped = machine.cancel_calls(case, now=now)
    if before == CaseState.AI_CALL:
        machine.enter_queue(case, now=now)
    case.save()
    data = {"cancelled": stopped, "attempt": None if live is None else live.pk}
    machine.log(case, EventKind.AI_STOPPED, now=now, by=by, data=data)
    if live is not None and live.sid:
        transaction.on_commit(partial(_hang_up, live.sid), robust=True)
    return case


def _is_stopped(case: Case, live: CallAttempt) -> bool:
    return case.events.filter(kind=EventKind.AI_STOPPED, data__attempt=live.pk).exists()


def _hang_up(sid: str) -> None:
    """When the company cannot be asked, the call ends by itself."""
    with suppress(telephony.NotFound, telephony.NotPlaced, telephony.Uncertain):
        telephony.line().hangup(sid=sid)
