"""Which rows of the watch a user may see."""

from datetime import datetime
from typing import Any, Self

from django.db import models

from accounts.querysets import ScopedQuerySet
from accounts.roles import Role
from accounts.scope import scope_of

# Deliveries hold no resident's name, but meter numbers of the whole county.
FEED_READERS = (Role.COUNTY_OFFICIAL, Role.CONTROL_OPERATOR)


class DeliveryQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, *, now: datetime) -> Self:
        scope = scope_of(user, now=now)
        return self.all() if scope.has(*FEED_READERS) else self.none()


class PartnerTokenQuerySet(models.QuerySet[Any]):
    def valid(self, *, at: datetime) -> Self:
        return self.filter(revoked_at__isnull=True, created_at__lte=at, expires_at__gt=at)
