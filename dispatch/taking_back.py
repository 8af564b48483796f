"""A person takes over: the AI call that still rings at the resident's is ended, and so is a ring
of staff that asks for somebody who takes the case.

Only one that rings. Somebody who has just taken the receiver off is not cut short: the AI asks, and
the operator sees what was said. Only an operator who stops the AI ends its conversation too.

The attempt is the order: whoever claims a case makes its call due for a look (`check_at`), and the
engine, which leases it, asks the company and hangs up (calls.shall_end). No claim and no webhook
waits for the company, and a worker that dies leaves the order standing. Only an operator's own
call, which cannot begin before the line is free, waits (desk_calls.start), outside any lock.
"""

from datetime import datetime
from enum import Enum

from django.db import transaction

from dispatch import calls
from dispatch.models import CallAttempt, CallKind, Case, StaffCall
from dispatch.rules import CallStatus, CaseState
from dispatch.telephony import NotFound, NotPlaced, Uncertain, line
from dispatch.waking import wake


class End(Enum):
    FREE = "free"  # no AI call is on the line any more
    TALKING = "talking"
    UNKNOWN = "unknown"  # the company cannot be asked, or does not have the call yet


def order(case: Case, *, now: datetime) -> None:
    """Have the AI call of the (locked) case ended as soon as this is committed, and the rings of
    staff when somebody has it. One that the company does not have yet is ended when it is
    placed."""
    live = CallAttempt.objects.filter(case=case, kind=CallKind.AI, ended_at__isnull=True)
    ordered = live.exclude(sid=None).update(check_at=now)
    if case.state != CaseState.WAITING:
        rings = StaffCall.objects.filter(case=case, ended_at__isnull=True, status__in=calls.RINGS)
        ordered += rings.exclude(sid=None).update(check_at=now)
    if ordered:
        wake()


def free_line(household_id: int, *, now: datetime) -> End:
    """End whatever AI call rings at this person's; outside any transaction."""
    live = CallAttempt.objects.filter(
        household_id=household_id, kind=CallKind.AI, ended_at__isnull=True
    ).first()
    return End.FREE if live is None else hang_up(live.pk, now=now)


def hang_up(attempt_id: int, *, now: datetime) -> End:
    """Ask the company how the call stands and end it if it rings; outside any transaction."""
    attempt = CallAttempt.objects.select_related("case").get(pk=attempt_id)
    if not attempt.is_live:
        return End.FREE
    if attempt.sid is None:
        return End.UNKNOWN
    try:
        there = line().fetch(sid=attempt.sid)
        talking = there.status == CallStatus.IN_PROGRESS
        if talking and not calls.shall_end(attempt.case, attempt, there.status):
            return End.TALKING
        if talking or there.status in calls.RINGS:
            return end_there(attempt, ringing=not talking, now=now)
        _over(attempt_id, there.status, now=now)  # it had ended by itself, and counts as rung
    except NotFound:
        _over(attempt_id, CallStatus.CANCELED, now=now)
    except (NotPlaced, Uncertain):
        return End.UNKNOWN
    return End.FREE


def end_there(attempt: CallAttempt, *, ringing: bool, now: datetime) -> End:
    """End a placed call at the company and write that down. Raises Uncertain and NotFound; UNKNOWN
    when it is not in that state any more: it is asked about again."""
    try:
        line().hangup(sid=str(attempt.sid), ringing=ringing)
    except NotPlaced:
        return End.UNKNOWN
    _over(attempt.pk, CallStatus.CANCELED if ringing else CallStatus.COMPLETED, now=now)
    return End.FREE


@transaction.atomic
def _over(attempt_id: int, status: str, *, now: datetime) -> None:
    case, attempt = calls.lock_attempt(attempt_id)
    calls.rise(case, attempt, status, now=now)
