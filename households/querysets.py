"""Which rows a user may see, and the questions asked of them.

Every `visible_to` goes through accounts.scope and fails closed: no scope, no rows.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.scope import ALL, ScopedQuerySet, scope_of
from households.rules import READERS, WATCHED_STATES

if TYPE_CHECKING:
    from accounts.models import User

_READER_ROLES = frozenset(role.value for role in READERS)


def _in_scope(prefix: str, user: Any, now: datetime) -> Q | None:
    """Filter on the township reached through `prefix`; None when nothing may be seen."""
    scope = scope_of(user, now=now)
    if not scope.roles & _READER_ROLES:
        return None
    if scope.townships is ALL:
        return Q()
    if not scope.townships:
        return None
    return Q(**{f"{prefix}township_id__in": scope.townships})


class HouseholdQuerySet(ScopedQuerySet):
    def visible_to(self, user: "User | Any", *, now: datetime) -> Self:
        condition = _in_scope("", user, now)
        return self.none() if condition is None else self.filter(condition)

    def watched(self) -> Self:
        """Homes whose silence means something: learning or active."""
        return self.filter(enrolment__state__in=WATCHED_STATES)

    def with_risk_group(self, *, on: date) -> Self:
        """Annotate `risk_group`: the group in force on the day `on`, or None."""
        from households.models import RiskAssessment

        latest = RiskAssessment.objects.filter(
            household=OuterRef("pk"), from_date__lte=on
        ).order_by("-from_date", "-id")
        return self.annotate(risk_group=Subquery(latest.values("group")[:1]))

    def handover_due(self, *, by_month: date) -> Self:
        """Still in the programme and 65 years old in the month `by_month` or before it."""
        return self.filter(turns_65_month__lte=by_month).exclude(enrolment__state="ended")


class HouseholdOwnedQuerySet(ScopedQuerySet):
    """Rows that belong to one household: seen by whoever may see the household."""

    def visible_to(self, user: "User | Any", *, now: datetime) -> Self:
        condition = _in_scope("household__", user, now)
        return self.none() if condition is None else self.filter(condition)


class ConsentQuerySet(HouseholdOwnedQuerySet):
    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class FeedLinkQuerySet(HouseholdOwnedQuerySet):
    def on_day(self, day: date) -> Self:
        return self.filter(valid_from__lte=day).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        )

    def not_over(self, day: date) -> Self:
        """Running on `day` or beginning after it."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))


class ContactQuerySet(HouseholdOwnedQuerySet):
    def current(self) -> Self:
        return self.filter(removed_at__isnull=True)


class AbsenceQuerySet(HouseholdOwnedQuerySet):
    def with_effective_end(self) -> Self:
        """Annotate `effective_end`: when it really ended, or is planned to."""
        return self.annotate(effective_end=Coalesce(F("ended_at"), F("ends_at")))

    def overlapping(self, start: datetime, end: datetime) -> Self:
        """Absences that share an instant with [start, end); taken-back ones have none."""
        return self.with_effective_end().filter(
            starts_at__lt=end, effective_end__gt=start, effective_end__gte=F("starts_at")
        ).exclude(effective_end=F("starts_at"))

    def away_at(self, at: datetime) -> Self:
        return self.with_effective_end().filter(starts_at__lte=at, effective_end__gt=at)


def local_day(at: datetime) -> date:
    """The Seoul calendar day of an instant."""
    return timezone.localtime(at).date()


__all__ = [
    "AbsenceQuerySet",
    "ConsentQuerySet",
    "ContactQuerySet",
    "FeedLinkQuerySet",
    "HouseholdOwnedQuerySet",
    "HouseholdQuerySet",
    "local_day",
    "models",
]
