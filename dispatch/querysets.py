"""Who sees which cases and visits, and the lists the desk asks for."""

from datetime import datetime
from typing import Any, Self

from django.db.models import Q

from accounts.querysets import ScopedQuerySet
from accounts.roles import Role
from accounts.scope import scope_of

_WHOLE_COUNTY = frozenset(
    {Role.COUNTY_OFFICIAL.value, Role.CONTROL_OPERATOR.value, Role.PRIVACY_OFFICER.value}
)
_OPEN_VISITS = ("assigned", "accepted", "en_route", "on_site")


def sees_every_case(roles: frozenset[str]) -> bool:
    """Whether these roles see all cases: then two people with them see the same."""
    return bool(roles & _WHOLE_COUNTY)


class CaseQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, *, now: datetime) -> Self:
        """Operators, the county and its privacy officer: all; a clerk: his township; a responder:
        the cases he has an open visit for. Everybody else: none."""
        scope = scope_of(user, now=now)
        if sees_every_case(scope.roles):
            return self.all()
        seen = Q()
        if Role.TOWNSHIP_CLERK.value in scope.roles:
            seen |= Q(household__township__in=scope.township_codes)
        if Role.RESPONDER.value in scope.roles:
            from dispatch.models import Visit

            mine = Visit.objects.filter(responder=user, state__in=_OPEN_VISITS)
            seen |= Q(pk__in=mine.values("case"))
        return self.filter(seen) if seen else self.none()

    def open(self) -> Self:
        return self.exclude(state="closed")

    def in_queue_order(self) -> Self:
        """Most urgent first; among equals the one that has waited longest."""
        return self.order_by("-priority", "opened_at", "id")

    def auto_closed_unconfirmed(self) -> Self:
        """Closed by the resident's own key and not yet looked at by a person."""
        return self.filter(state="closed", closed_by__isnull=True).exclude(events__kind="confirmed")

    def due(self, now: datetime) -> Self:
        return self.open().not_held(now).filter(next_action_at__lte=now)

    def not_held(self, now: datetime) -> Self:
        """Without those that wait for a feed. A hold that is over holds nothing, ended or not."""
        return self.filter(Q(held_until__isnull=True) | Q(held_until__lte=now))


class VisitQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, *, now: datetime) -> Self:
        """Operators, the county: all; a clerk: his township; a responder: his own."""
        scope = scope_of(user, now=now)
        if scope.roles & _WHOLE_COUNTY:
            return self.all()
        seen = Q()
        if Role.TOWNSHIP_CLERK.value in scope.roles:
            seen |= Q(case__household__township__in=scope.township_codes)
        if Role.RESPONDER.value in scope.roles:
            seen |= Q(responder=user)
        return self.filter(seen) if seen else self.none()

    def open(self) -> Self:
        return self.filter(state__in=_OPEN_VISITS)


class HouseholdRowQuerySet(ScopedQuerySet):
    """Rows that hang on a household and are for its township: follow-ups, needs."""

    def visible_to(self, user: Any, *, now: datetime) -> Self:
        """Operators, the county, its privacy officer: all; a clerk: his township; else none."""
        scope = scope_of(user, now=now)
        if scope.roles & _WHOLE_COUNTY:
            return self.all()
        if Role.TOWNSHIP_CLERK.value in scope.roles:
            return self.filter(household__township__in=scope.township_codes)
        return self.none()
