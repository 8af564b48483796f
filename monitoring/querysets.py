"""Which rows of the watch a user may see."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef

from accounts.querysets import ScopedQuerySet
from accounts.roles import Role
from accounts.scope import scope_of
from households.models import FeedLink
from households.querysets import HouseholdOwnedQuerySet

# Deliveries hold no resident's name, but meter numbers of the whole county.
FEED_READERS = (Role.COUNTY_OFFICIAL, Role.CONTROL_OPERATOR)


class DeliveryQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, *, now: datetime) -> Self:
        scope = scope_of(user, now=now)
        return self.all() if scope.has(*FEED_READERS) else self.none()


class UnknownIdQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, *, now: datetime) -> Self:
        scope = scope_of(user, now=now)
        return self.all() if scope.has(*FEED_READERS) else self.none()

    def still_unlinked(self) -> Self:
        """Without those that somebody has linked to a household since."""
        linked = FeedLink.objects.filter(
            feed=OuterRef("feed"), partner_id=OuterRef("partner_id"), valid_to__isnull=True
        )
        return self.exclude(Exists(linked)).filter(discarded_at__isnull=True)


class FeedIncidentQuerySet(ScopedQuerySet):
    """No resident stands in an incident: who works with lights may know that a feed is down."""

    def visible_to(self, user: Any, *, now: datetime) -> Self:
        scope = scope_of(user, now=now)
        return self.all() if scope.has(*FEED_READERS, Role.TOWNSHIP_CLERK) else self.none()

    def still_open(self) -> Self:
        return self.filter(closed_at__isnull=True)


class IntakeDayQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, *, now: datetime) -> Self:
        scope = scope_of(user, now=now)
        return self.all() if scope.has(*FEED_READERS) else self.none()


class HouseholdNoteQuerySet(HouseholdOwnedQuerySet):
    """Hints about one home each: seen by whoever may see the household."""

    def still_open(self) -> Self:
        return self.filter(state="open")


class PartnerTokenQuerySet(models.QuerySet[Any]):
    def valid(self, *, at: datetime) -> Self:
        return self.filter(revoked_at__isnull=True, created_at__lte=at, expires_at__gt=at)
