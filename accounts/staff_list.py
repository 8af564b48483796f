"""The staff list: filters of the URL to rows, with the roles of each person in two queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Prefetch, Q, QuerySet

from accounts.models import RoleGrant, User


@dataclass(frozen=True)
class Row:
    """One person of the list."""

    person: User
    grants: list[RoleGrant]
    joined: bool


def staff(filters: dict[str, Any], *, now: datetime) -> QuerySet[User]:
    """People that fit the (clean) filters, by name, with `grants_now` prefetched."""
    current = RoleGrant.objects.current(at=now).select_related("township", "organisation")
    people = _in_state(User.objects.all(), filters.get("state") or "")
    if words := (filters.get("q") or "").strip():
        people = people.filter(Q(name__icontains=words) | Q(username__icontains=words))
    if organisation := filters.get("organisation"):
        people = people.filter(organisation=organisation)
    if role := filters.get("role"):
        holders = RoleGrant.objects.current(at=now).filter(role=role).values("user_id")
        people = people.filter(pk__in=holders)
    prefetch = Prefetch("grants", queryset=current, to_attr="grants_now")
    shown = people.select_related("organisation").prefetch_related(prefetch)
    return shown.order_by("name", "id")


def _in_state(people: QuerySet[User], state: str) -> QuerySet[User]:
    if state == "all":
        return people
    if state == "ended":
        return people.filter(ended_at__isnull=False)
    people = people.filter(ended_at__isnull=True)
    if state != "invited":
        return people
    # Without a usable password: not joined yet, or waiting behind a reset.
    return people.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def rows(people: list[User]) -> list[Row]:
    """The people of one page as the template needs them."""
    return [
        Row(person, getattr(person, "grants_now", []), person.has_usable_password())
        for person in people
    ]
