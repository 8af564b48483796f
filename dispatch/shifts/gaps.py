"""Where the plan of shifts has holes, and who is planned without a telephone that can be rung."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from dispatch.duty import can_be_rung
from dispatch.models import Duty, Shift


@dataclass(frozen=True)
class Gap:
    """A span in which nobody is planned for a duty."""

    duty: str
    starts_at: datetime
    ends_at: datetime


def gaps(first: datetime, last: datetime) -> list[Gap]:
    """Every hole between two instants, per duty. All duties are watched around the clock."""
    planned = list(shifts_between(first, last))
    return [
        gap
        for duty in Duty.values
        for gap in _holes(duty, [s for s in planned if s.duty == duty], first, last)
    ]


def unreachable(first: datetime, last: datetime) -> list[Shift]:
    """Shifts of people whose number is missing or not verified."""
    return [shift for shift in shifts_between(first, last) if not can_be_rung(shift.user)]


def shifts_between(first: datetime, last: datetime) -> Iterable[Shift]:
    """Standing shifts that touch the span, the earliest first, with their people."""
    return (
        Shift.objects.filter(Q(starts_at__lt=last, ends_at__gt=first), cancelled_at__isnull=True)
        .select_related("user")
        .order_by("starts_at", "id")
    )


def _holes(duty: str, shifts: list[Shift], first: datetime, last: datetime) -> list[Gap]:
    holes, covered_until = [], first
    for shift in shifts:
        if shift.starts_at > covered_until:
            holes.append(Gap(duty, covered_until, shift.starts_at))
        covered_until = max(covered_until, shift.ends_at)
    if covered_until < last:
        holes.append(Gap(duty, covered_until, last))
    return holes
