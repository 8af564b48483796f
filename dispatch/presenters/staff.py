"""Who can be sent, and to whom a case can be handed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import RoleGrant, User
from accounts.roles import Role
from dispatch.models import Case, Visit


@dataclass(frozen=True)
class Responder:
    uid: str
    name: str
    words: str
    is_free: bool
    is_near: bool
    checked: bool = False


def responders(case: Case, *, now: datetime) -> list[Responder]:
    """Everybody who goes out today: those of this township first, the busy ones last."""
    grants = (
        RoleGrant.objects.current(at=now)
        .filter(role=Role.RESPONDER, user__is_active=True, user__ended_at__isnull=True)
        .select_related("user__organisation", "township")
        .annotate(busy=Exists(Visit.objects.open().filter(responder=OuterRef("user"))))
        .order_by("user__name", "id")
    )
    here = case.household.township_id
    people: dict[int, Responder] = {}
    for grant in grants:
        near = grant.township_id in (None, here)
        known = people.get(grant.user_id)
        if known is None or (near and not known.is_near):
            people[grant.user_id] = _responder(grant, near=near)
    ordered = sorted(people.values(), key=lambda r: (not r.is_free, not r.is_near, r.name))
    return _first_checked(ordered)


def _responder(grant: Any, *, near: bool) -> Responder:
    place = grant.township.name if grant.township else _("군 전체")
    state = _("다른 출동 중") if grant.busy else _("갈 수 있음")
    return Responder(
        uid=str(grant.user.uid),
        name=grant.user.name,
        words=f"{place} · {state}",
        is_free=not grant.busy,
        is_near=near,
    )


def _first_checked(ordered: list[Responder]) -> list[Responder]:
    if not ordered or not (ordered[0].is_free and ordered[0].is_near):
        return ordered
    first = ordered[0]
    return [
        Responder(first.uid, first.name, first.words, first.is_free, first.is_near, checked=True),
        *ordered[1:],
    ]


def free_responders(case: Case, *, now: datetime) -> QuerySet[User]:
    """The same people as rows, for the form that checks the choice."""
    uids = [person.uid for person in responders(case, now=now) if person.is_free]
    return User.objects.filter(uid__in=uids)


def operators(user: Any, *, now: datetime) -> QuerySet[User]:
    """Other control operators in service."""
    grants = RoleGrant.objects.current(at=now).filter(role=Role.CONTROL_OPERATOR)
    return User.objects.filter(
        pk__in=grants.values("user"), is_active=True, ended_at__isnull=True
    ).exclude(pk=user.pk)


def of_visits(visits: Any) -> QuerySet[User]:
    """Who was sent already: a second click names the same person."""
    return User.objects.filter(pk__in=visits.values("responder"))
