"""Who may see whose data: the one function that HTML, API, export and digest all use.

It fails closed: whoever is anonymous, inactive, ended or without a grant in force has an empty
scope, and an empty scope finds nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from accounts.models import RoleGrant, User
from accounts.roles import COUNTY_WIDE_ROLES, Role


class _All:
    """Every township there is: contains everything, cannot be listed by accident."""

    def __contains__(self, code: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return "ALL"


ALL: Final = _All()


@dataclass(frozen=True)
class Scope:
    """What a person may reach at one instant.

    `townships` speaks of residents: codes whose households the person sees, or ALL. Rows that
    somebody reaches for another reason (an assigned visit, a review) are added by the queryset
    of that row, never here.
    """

    roles: frozenset[str] = frozenset()
    townships: "frozenset[str] | _All" = frozenset()
    organisations: frozenset[int] = field(default=frozenset())
    grants: tuple[RoleGrant, ...] = field(default=(), repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.roles)

    def has(self, *roles: str) -> bool:
        """Whether the person holds at least one of these roles."""
        return not self.roles.isdisjoint(roles)

    def covers(self, township_code: str) -> bool:
        return township_code in self.townships

    def only(self, *roles: str) -> "Scope":
        """The scope as if the person held these roles alone.

        Whoever writes must reach the row through a role that may write: a clerk who is also an
        operator reads every township, and writes in his own.
        """
        return _scope_from(grant for grant in self.grants if grant.role in roles)

    def roles_in(self, township_code: str) -> frozenset[str]:
        """The roles in which this person reaches the residents of that township."""
        return frozenset(role for role in self.roles if self.only(role).covers(township_code))

    @property
    def sees_all_townships(self) -> bool:
        return isinstance(self.townships, _All)

    @property
    def township_codes(self) -> frozenset[str]:
        """The codes as a set; ValueError for ALL, which must be asked for by its own name."""
        if isinstance(self.townships, _All):
            raise ValueError("the scope covers every township")
        return self.townships


EMPTY: Final = Scope()


def grants_of(user: Any, *, now: datetime) -> list[RoleGrant]:
    """Grants in force; none for anybody who is not an active, unended member of staff."""
    # isinstance also holds for request.user, whose lazy wrapper gives the class of its content.
    if not isinstance(user, User) or user.pk is None or not user.is_in_service():
        return []
    return list(RoleGrant.objects.filter(user_id=user.pk).current(at=now).order_by("id"))


def roles_of(user: Any, *, now: datetime) -> frozenset[str]:
    """The roles this person holds at `now` (UTC); empty for anybody else."""
    return frozenset(grant.role for grant in grants_of(user, now=now))


def scope_of(user: Any, *, now: datetime) -> Scope:
    """The scope of this person at `now`. One query; anonymous and ended users get EMPTY."""
    return _scope_from(grants_of(user, now=now))


def _scope_from(grants: Iterable[RoleGrant]) -> Scope:
    grants = list(grants)
    if not grants:
        return EMPTY
    roles = frozenset(grant.role for grant in grants)
    townships: frozenset[str] | _All = frozenset(
        grant.township_id
        for grant in grants
        if grant.role == Role.TOWNSHIP_CLERK and grant.township_id is not None
    )
    if roles & COUNTY_WIDE_ROLES:
        townships = ALL
    return Scope(
        roles=roles,
        townships=townships,
        organisations=frozenset(grant.organisation_id for grant in grants),
        grants=tuple(grants),
    )


def holders(*roles: str, now: datetime, township: str | None = None) -> list[User]:
    """People in service who hold one of these roles at `now`, by name.

    With `township` (a code): only grants for that township or for the whole county.
    """
    grants = RoleGrant.objects.current(at=now).filter(
        role__in=roles, user__is_active=True, user__ended_at__isnull=True
    )
    if township is not None:
        grants = grants.filter(township_id=township) | grants.filter(township__isnull=True)
    return list(User.objects.filter(pk__in=grants.values("user_id")).select_related("organisation"))
