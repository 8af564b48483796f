"""A person takes over: the AI call that still rings at the resident's is ended.

Only one that rings. Somebody who has just taken the receiver off is not cut short: the AI asks, and
the operator sees what was said.
"""

from datetime import datetime
from enum import Enum
from functools import partial

from django.db import transaction

from dispatch import calls
from dispatch.models import CallAttempt, CallKind, Case
from dispatch.rules import CallStatus
from dispatch.telephony import NotFound, NotPlaced, Uncertain, line

RINGS = (CallStatus.QUEUED, CallStatus.INITIATED, CallStatus.RINGING)


class End(Enum):
    FREE = "free"  # no AI call is on the line any more
    TALKING = "talking"
    UNKNOWN = "unknown"  # the company cannot be asked, or does not have the call yet


def after_claim(case: Case, *, now: datetime) -> None:
    """End the ringing call of the (locked) case once the claim is committed."""
    live = CallAttempt.objects.filter(case=case, kind=CallKind.AI, ended_at__isnull=True)
    for attempt_id in live.exclude(sid=None).values_list("pk", flat=True):
        transaction.on_commit(partial(hang_up_ringing, attempt_id, now=now), robust=True)


def free_line(household_id: int, *, now: datetime) -> End:
    """End whatever AI call rings at this person's; outside any transaction."""
    live = CallAttempt.objects.filter(
        household_id=household_id, kind=CallKind.AI, ended_at__isnull=True
    ).first()
    return End.FREE if live is None else hang_up_ringing(live.pk, now=now)


def hang_up_ringing(attempt_id: int, *, now: datetime) -> End:
    """Ask the company how the call stands and end it if it rings; outside any transaction."""
    attempt = CallAttempt.objects.get(pk=attempt_id)
    if not attempt.is_live:
        return End.FREE
    if attempt.sid is None:
        return End.UNKNOWN
    if attempt.status == CallStatus.IN_PROGRESS:
        return End.TALKING
    ended = CallStatus.CANCELED.value
    try:
        there = line().fetch(sid=attempt.sid)
        if there.status == CallStatus.IN_PROGRESS:
            return End.TALKING
        if there.status in RINGS:
            line().hangup(sid=attempt.sid)
        else:
            ended = there.status  # it had ended by itself, and counts as rung
    except NotFound:
        pass
    except (NotPlaced, Uncertain):
        return End.UNKNOWN
    _over(attempt_id, ended, now=now)
    return End.FREE


@transaction.atomic
def _over(attempt_id: int, status: str, *, now: datetime) -> None:
    case, attempt = calls.lock_attempt(attempt_id)
    calls.rise(case, attempt, status, now=now)
