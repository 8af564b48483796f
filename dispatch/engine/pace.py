"""Not too many calls: per person, and for the one line of the account."""

from datetime import datetime, timedelta

from accounts.county_settings import setting
from dispatch.models import CallAttempt, DialLine
from dispatch.rules import CallOutcome

# At most so many calls to one person within the span before a new one.
PER_PERSON: tuple[tuple[int, timedelta], ...] = (
    (1, timedelta(minutes=1)),
    (3, timedelta(minutes=15)),
    (7, timedelta(hours=1)),
)
BURST_SECONDS = 2.0
"""The beat wakes the engine every two seconds; so much of the line may be used in one go."""


def person_free_at(household_id: int, *, now: datetime) -> datetime:
    """When this person may be rung again: `now`, or later. Requests that never rang do not count.

    Attempts "in the future" (a clock that was set back) do not count either.
    """
    longest = PER_PERSON[-1][1]
    recent = list(
        CallAttempt.objects.filter(
            household_id=household_id, created_at__gt=now - longest, created_at__lte=now
        )
        .exclude(outcome=CallOutcome.NOT_PLACED)
        .order_by("-created_at")
        .values_list("created_at", flat=True)[:10]
    )
    free = now
    for most, span in PER_PERSON:
        if len(recent) >= most:
            free = max(free, recent[most - 1] + span)
    return free


def take_line(*, now: datetime) -> bool:
    """Take one call from the account's line, if there is one left. Holds the line's row lock until
    the transaction ends, which is before anything is dialled."""
    rate = setting("dispatch.calls_per_second", at=now)
    full = max(1.0, rate * BURST_SECONDS)
    DialLine.objects.get_or_create(pk=1, defaults={"tokens": full, "filled_at": now})
    line = DialLine.objects.select_for_update().get(pk=1)
    passed = max(0.0, (now - line.filled_at).total_seconds())
    line.tokens, line.filled_at = min(full, line.tokens + passed * rate), now
    enough = line.tokens >= 1.0
    if enough:
        line.tokens -= 1.0
    line.save()
    return enough
