"""Who is on duty at an instant. The one question of the escalation, the desk and the sign-out.

A duty is what a shift says (`dispatch.models.Duty`). Where nobody is planned, the holders of the
matching role answer instead: a gap in the plan is announced a day ahead, but must never mean that
nobody is rung.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Role
from accounts.scope import holders
from dispatch.models.shifts import Duty, Shift

ROLE_OF: dict[str, str] = {
    Duty.OPERATOR: Role.CONTROL_OPERATOR.value,
    Duty.SHIFT_LEAD: Role.CONTROL_OPERATOR.value,
    Duty.COUNTY_OFFICIAL: Role.COUNTY_OFFICIAL.value,
}
"""Which role somebody must hold to do a duty. The lead of a shift is one of its operators."""


def on_duty(role: str, *, now: datetime) -> list[User]:
    """People to turn to for this duty now, in the order in which to ring them.

    `role`: "operator", "shift_lead" or "county_official" (ValueError for another word). Those on
    a shift first, by its beginning, and among them whoever can be rung (a verified number) before
    whoever cannot. Only people in service who hold the role today. Where no shift covers `now`,
    everybody who holds the role, in the same order; empty only if the county has nobody.
    """
    return on_shift(role, now=now) or _reachable_first(able(role, now=now))


def able(role: str, *, now: datetime) -> list[User]:
    """Everybody in service who may do this duty, planned or not."""
    return holders(Role(ROLE_OF[Duty(role)]), now=now)


def on_shift(role: str, *, now: datetime) -> list[User]:
    """The same, by the plan alone: empty in a gap of the plan."""
    may = {person.pk for person in able(role, now=now)}
    shifts = shifts_at(now).filter(duty=Duty(role)).select_related("user")
    return _reachable_first(shift.user for shift in shifts if shift.user_id in may)


def shifts_at(now: datetime) -> QuerySet[Shift]:
    """Shifts under way at that instant, the earliest first."""
    return Shift.objects.filter(
        cancelled_at__isnull=True, starts_at__lte=now, ends_at__gt=now
    ).order_by("starts_at", "id")


def can_be_rung(user: User) -> bool:
    """A telephone that its owner has proved to be theirs."""
    return bool(user.phone) and user.phone_verified_at is not None


def _reachable_first(people: Iterable[User]) -> list[User]:
    return sorted(dict.fromkeys(people), key=lambda person: not can_be_rung(person))
