"""Which rows a user may see, and the questions asked of them.

Every `visible_to` goes through accounts.scope and fails closed: no scope, no rows.
"""

from datetime import date, datetime
from typing import Any, Self

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.querysets import ScopedQuerySet
from accounts.scope import Scope, scope_of
from households.rules import READERS, WATCHED_STATES, State

_READER_ROLES = frozenset(role.value for role in READERS)


def reading_scope(user: Any, *, now: datetime) -> Scope | None:
    """The scope of the user's reading roles, or None when none of his roles may read."""
    scope = scope_of(user, now=now).only(*_READER_ROLES)
    return scope if scope else None


class HouseholdQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, *, now: datetime) -> Self:
        scope = reading_scope(user, now=now)
        return self.within(scope) if scope else self.none()

    def watched(self) -> Self:
        """Homes whose silence means something: learning or active."""
        return self.filter(enrolment__state__in=WATCHED_STATES)

    def watched_between(self, first: date, last: date) -> Self:
        """Watched on at least one of these days, both included, as the enrolment's log tells.

        The log and not the dates of the enrolment: whoever paused or came back has new dates.
        """
        from households.models import EnrolmentEvent

        steps = EnrolmentEvent.objects.filter(enrolment__household=OuterRef("pk"))
        before = steps.filter(at__date__lt=first).order_by("-at", "-id").values("to_state")[:1]
        began = steps.filter(at__date__range=(first, last), to_state__in=WATCHED_STATES)
        return self.annotate(state_before=Subquery(before)).filter(
            Q(state_before__in=WATCHED_STATES) | Q(Exists(began))
        )

    def with_risk_group(self, *, on: date) -> Self:
        """Annotate `risk_group`: the group in force on the day `on`, or None."""
        from households.models import RiskAssessment

        latest = RiskAssessment.objects.filter(
            household=OuterRef("pk"), from_date__lte=on
        ).order_by("-from_date", "-id")
        return self.annotate(risk_group=Subquery(latest.values("group")[:1]))

    def handover_due(self, *, by_month: date) -> Self:
        """Still in the programme and 65 years old in the month `by_month` or before it."""
        return self.filter(turns_65_month__lte=by_month).exclude(enrolment__state=State.ENDED)


class HouseholdOwnedQuerySet(ScopedQuerySet):
    """Rows that belong to one household: seen by whoever may see the household."""

    def visible_to(self, user: Any, *, now: datetime) -> Self:
        scope = reading_scope(user, now=now)
        return self.within(scope, township="household__township") if scope else self.none()


class ConsentQuerySet(HouseholdOwnedQuerySet):
    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class FeedLinkQuerySet(HouseholdOwnedQuerySet):
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
            Q(effective_end__gt=start) & Q(effective_end__gt=F("starts_at")), starts_at__lt=end
        )

    def away_at(self, at: datetime) -> Self:
        return self.with_effective_end().filter(starts_at__lte=at, effective_end__gt=at)
