"""Not too many calls: per person, and for the one line of the account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.county_settings import setting
from dispatch.models import CallAttempt, DialLine, Step, StepKind, StepState
from dispatch.rules import CallOutcome, CallStatus, CaseState, EventKind

# At most so many calls to one person within the span before a new one.
PER_PERSON: tuple[tuple[int, timedelta], ...] = (
    (1, timedelta(minutes=1)),
    (3, timedelta(minutes=15)),
    (7, timedelta(hours=1)),
)
BURST_SECONDS = 2.0
"""The beat wakes the engine every two seconds; so much of the line may be used in one go."""


def person_free_at(household_id: int, *, now: datetime, contact_id: int | None = None) -> datetime:
    """When this person (or this contact) may be rung again: `now`, or later. Requests that never
    rang do not count. One that was taken back while it rang, for an operator to call, makes nobody
    wait the minute.

    Attempts "in the future" (a clock that was set back) do not count either.
    """
    longest = PER_PERSON[-1][1]
    whose = Q(contact__isnull=True) if contact_id is None else Q(contact_id=contact_id)
    recent = list(
        CallAttempt.objects.filter(
            whose, household_id=household_id, created_at__gt=now - longest, created_at__lte=now
        )
        .exclude(outcome__in=[CallOutcome.NOT_PLACED, CallOutcome.BAD_NUMBER])
        .order_by("-created_at")
        .values_list("created_at", "status")[:10]
    )
    free = now
    for most, span in PER_PERSON:
        counted = [at for at, status in recent if most > 1 or status != CallStatus.CANCELED]
        if len(counted) >= most:
            free = max(free, counted[most - 1] + span)
    return free


@dataclass(frozen=True)
class Waiting:
    """AI calls that are due and not yet rung, and how long the line needs for all of them."""

    calls: int
    seconds: float


def waiting(now: datetime) -> Waiting:
    """For the desk: after a mass event, how many people wait to be rung, and for how long."""
    rate = setting("dispatch.calls_per_second", at=now)
    calls = _due_calls(now).count()
    return Waiting(calls, calls / rate)


def _due_calls(now: datetime) -> QuerySet[Step]:
    return Step.objects.filter(
        Q(case__held_until__isnull=True) | Q(case__held_until__lte=now),
        kind=StepKind.AI_CALL,
        state=StepState.PENDING,
        due_at__lte=now,
        case__state__in=[CaseState.AI_CALL, CaseState.WAITING],
    )


TELL_AFTER_S = 120.0
"""Whoever waits longer for the line has it written into the log, once."""
TELL_LIMIT = 2000


def tell_waiting(now: datetime) -> int:
    """Write WAIT_TOLD for cases whose first call is more than two minutes away. How many.

    The place is that of the queue of calls: priority, then age. Nothing is read while the queue
    is short.
    """
    rate = setting("dispatch.calls_per_second", at=now)
    ahead = int(TELL_AFTER_S * rate)
    with connection.cursor() as cursor:
        cursor.execute(
            _TELL,
            {"now": now, "ahead": ahead, "rate": rate, "kind": EventKind.WAIT_TOLD.value,
             "limit": TELL_LIMIT},
        )  # fmt: skip
        return int(cursor.rowcount)


_TELL = """
    WITH queue AS (
        SELECT c.id, c.wait_told_at, row_number() OVER (ORDER BY c.priority DESC, c.opened_at, c.id)
            AS place
        FROM dispatch_step s JOIN dispatch_case c ON c.id = s.case_id
        WHERE s.kind = 'ai_call' AND s.state = 'pending' AND s.due_at <= %(now)s
          AND c.state IN ('ai_call', 'waiting')
          AND (c.held_until IS NULL OR c.held_until <= %(now)s)
    ), late AS (
        SELECT c.id, queue.place FROM queue JOIN dispatch_case c ON c.id = queue.id
        WHERE queue.place > %(ahead)s AND queue.wait_told_at IS NULL AND c.wait_told_at IS NULL
        ORDER BY queue.place LIMIT %(limit)s FOR UPDATE OF c SKIP LOCKED
    ), told AS (
        UPDATE dispatch_case c SET wait_told_at = %(now)s FROM late WHERE c.id = late.id
    )
    INSERT INTO dispatch_caseevent (case_id, at, kind, data, note, key)
    SELECT id, %(now)s, %(kind)s,
           jsonb_build_object('place', place, 'seconds', round(place / %(rate)s)), '', ''
    FROM late
"""


def line_is_full(now: datetime) -> bool:
    """Whether no call is left for the moment; read without a lock, before a case is looked for."""
    row = DialLine.objects.filter(pk=1).first()
    if row is None:
        return False
    passed = (now - row.filled_at).total_seconds()
    if passed < 0:  # the clock was set back: take_line begins anew
        return False
    return row.tokens + passed * setting("dispatch.calls_per_second", at=now) < 1.0


def take_line(*, now: datetime, first: bool = False) -> bool:
    """Take one call from the account's line, if there is one left. Holds the line's row lock until
    the transaction ends, which is before anything is dialled.

    `first`: an operator's call goes before all that waits; it takes the next one in advance.
    """
    rate = setting("dispatch.calls_per_second", at=now)
    full = max(1.0, rate * BURST_SECONDS)
    DialLine.objects.get_or_create(pk=1, defaults={"tokens": full, "filled_at": now})
    line = DialLine.objects.select_for_update().get(pk=1)
    passed = (now - line.filled_at).total_seconds()
    gained = passed * rate if passed >= 0 else 1.0  # a clock that was set back stops nobody
    line.tokens, line.filled_at = min(full, line.tokens + gained), now
    enough = first or line.tokens >= 1.0
    if enough:
        line.tokens -= 1.0
    line.save()
    return enough
