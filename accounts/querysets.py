"""Reads of the accounts floor, and the base class of every scoped queryset above it."""

from abc import abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.scope import Scope


class ScopedQuerySet(models.QuerySet[Any]):
    """A queryset whose rows belong to somebody: views start from visible_to(), never from all()."""

    def __init_subclass__(cls, **options: Any) -> None:
        """A class that forgets it fails when the program starts, not when somebody looks."""
        super().__init_subclass__(**options)
        if cls.visible_to is ScopedQuerySet.visible_to:
            raise TypeError(f"{cls.__name__} must say who sees what: define visible_to")

    @abstractmethod
    def visible_to(self, user: Any, *, now: datetime) -> Self:
        """Rows this user may see at that time; none for anybody without a current grant."""

    def within(self, scope: "Scope", *, township: str = "township") -> Self:
        """Rows whose township lies in the scope; `township` is the path to the foreign key."""
        if scope.sees_all_townships:
            return self.all()
        if not scope.townships:
            return self.none()
        return self.filter(**{f"{township}__in": scope.township_codes})


class RoleGrantQuerySet(models.QuerySet[Any]):
    def current(self, *, at: datetime) -> Self:
        """Grants in force at that instant: started, not ended. The end itself is outside."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), starts_at__lte=at)
