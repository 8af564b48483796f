"""Role grants: given, ended, lent to a stand-in. Append-only, kept three years (고시 §5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actions.base import (
    Refused,
    locked,
    log,
    must_administer,
    must_be_another,
    must_be_in_service,
    must_have_reason,
    must_leave_an_administrator,
)
from accounts.models import Organisation, RoleGrant, Township, User
from accounts.models.access_log import AccessLog
from accounts.querysets import RoleGrantQuerySet
from accounts.roles import TOWNSHIP_ROLES, Role

CHANGED = AccessLog.Action.CHANGED


@dataclass(frozen=True)
class NewGrant:
    """What a grant says. `ends_at` None means until it is ended."""

    role: str
    organisation: Organisation
    township: Township | None
    starts_at: datetime
    ends_at: datetime | None
    reason: str


@transaction.atomic
def grant_role(
    *,
    by: User,
    user: User,
    role: str,
    organisation: Organisation,
    township: Township | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    reason: str,
    now: datetime,
) -> RoleGrant:
    """Give a role from `starts_at` (now when left out) until `ends_at`.

    Raises Refused: not an administrator, to oneself, without a reason, backwards in time, a
    township that does not fit the role, or the same role already given for that time.
    """
    must_administer(by, now)
    must_be_another(by, user)
    user = locked(user)
    must_be_in_service(user)
    new = NewGrant(
        role=Role(role).value,
        organisation=organisation,
        township=township,
        starts_at=starts_at or now,
        ends_at=ends_at,
        reason=must_have_reason(reason),
    )
    return write_grant(by=by, user=user, new=new, now=now)


def write_grant(*, by: User | None, user: User, new: NewGrant, now: datetime) -> RoleGrant:
    """Check and write one grant inside the caller's transaction; the person is locked already."""
    _check(new, now)
    if _overlapping(user, new).exists():
        raise Refused(_("이 기간에 같은 역할이 이미 있습니다."))
    grant = RoleGrant.objects.create(
        user=user,
        role=new.role,
        organisation=new.organisation,
        township=new.township,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        granted_by=by,
        granted_at=now,
        reason=new.reason,
    )
    log(by, CHANGED, user, now, reason=new.reason, detail={"granted": new.role, "grant": grant.pk})
    return grant


def _check(new: NewGrant, now: datetime) -> None:
    if new.role == Role.TOWNSHIP_CLERK and new.township is None:
        raise Refused(_("읍·면 담당자는 담당 읍·면을 골라야 합니다."))
    if new.township is not None and new.role not in TOWNSHIP_ROLES:
        raise Refused(_("이 역할은 읍·면을 정하지 않습니다."))
    if new.starts_at < now:
        raise Refused(_("시작은 지금보다 앞설 수 없습니다."))
    if new.ends_at is not None and new.ends_at <= new.starts_at:
        raise Refused(_("종료는 시작보다 뒤여야 합니다."))


def _overlapping(user: User, new: NewGrant) -> RoleGrantQuerySet:
    same = RoleGrant.objects.filter(
        user=user, role=new.role, organisation=new.organisation, township=new.township
    ).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=new.starts_at))
    return same if new.ends_at is None else same.filter(starts_at__lt=new.ends_at)


@transaction.atomic
def end_role(*, by: User, grant: RoleGrant, reason: str, now: datetime) -> RoleGrant:
    """End a role at once; one that has not begun never begins.

    Raises Refused: not an administrator, without a reason, ended already, the last administrator.
    """
    must_administer(by, now)
    locked(grant.user)
    grant = RoleGrant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    if grant.ended_at is not None or (grant.ends_at is not None and grant.ends_at <= now):
        raise Refused(_("이미 끝난 역할입니다."))
    if grant.role == Role.ADMINISTRATOR and grant.starts_at <= now:
        must_leave_an_administrator(grant.user, now)
    return close_grant(by=by, grant=grant, reason=must_have_reason(reason), now=now)


def close_grant(*, by: User, grant: RoleGrant, reason: str, now: datetime) -> RoleGrant:
    """Write the end of one locked grant inside the caller's transaction."""
    grant.ends_at = max(now, grant.starts_at)
    grant.ended_at, grant.ended_by, grant.end_reason = now, by, reason
    grant.save(update_fields=["ends_at", "ended_at", "ended_by", "end_reason"])
    detail = {"ended": grant.role, "grant": grant.pk}
    log(by, CHANGED, grant.user, now, reason=reason, detail=detail)
    return grant


@transaction.atomic
def set_stand_in(
    *,
    by: User,
    user: User,
    stand_in: User,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    now: datetime,
    grants: Sequence[RoleGrant] | None = None,
) -> list[RoleGrant]:
    """Let `stand_in` do the work of `user` from `starts_at` until `ends_at`.

    Messages go to the stand-in for that time, and the stand-in gets dated grants of the same roles
    (`grants` None: all that `user` holds at the start, but never the administrator's). Roles the
    stand-in already has for that time are left out. Raises Refused as grant_role does.
    """
    must_administer(by, now)
    must_be_another(by, stand_in)
    if user.pk == stand_in.pk:
        raise Refused(_("자기 자신을 대직자로 정할 수 없습니다."))
    first, second = sorted((user, stand_in), key=lambda one: one.pk)
    people = {one.pk: one for one in (locked(first), locked(second))}
    user, stand_in = people[user.pk], people[stand_in.pk]
    must_be_in_service(user)
    must_be_in_service(stand_in)
    why = must_have_reason(reason)
    if starts_at < now or ends_at <= starts_at:
        raise Refused(_("대직 기간을 확인하세요. 시작은 지금 이후, 종료는 시작보다 뒤여야 합니다."))
    lent = _lendable(user, starts_at) if grants is None else list(grants)
    if not lent:
        raise Refused(_("대직할 역할이 없습니다."))
    user.stand_in, user.stand_in_from, user.stand_in_until = stand_in, starts_at, ends_at
    user.save(update_fields=["stand_in", "stand_in_from", "stand_in_until"])
    log(by, CHANGED, user, now, reason=why, detail={"stand_in": str(stand_in.uid)})
    made = []
    for grant in lent:
        new = _like(grant, starts_at=starts_at, ends_at=ends_at, reason=why)
        if not _overlapping(stand_in, new).exists():
            made.append(write_grant(by=by, user=stand_in, new=new, now=now))
    return made


def _lendable(user: User, at: datetime) -> list[RoleGrant]:
    held = RoleGrant.objects.filter(user=user).current(at=at)
    return list(held.exclude(role=Role.ADMINISTRATOR).select_related("organisation", "township"))


def _like(grant: RoleGrant, *, starts_at: datetime, ends_at: datetime, reason: str) -> NewGrant:
    new = NewGrant(grant.role, grant.organisation, grant.township, starts_at, ends_at, reason)
    return replace(new, ends_at=min(ends_at, grant.ends_at)) if grant.ends_at else new
