"""What all staff verbs share: who may, who is left, and the line in the log."""

from datetime import datetime
from typing import Any

from allauth.core import context
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import RoleGrant, User
from accounts.roles import Role
from accounts.scope import roles_of


class Refused(ValidationError):
    """Not allowed, or not possible now. Its message is one Korean sentence for the screen."""


def locked(user: User) -> User:
    """The person's row as it is now, held until the end of the transaction.

    Every verb on a person starts here, so two administrators who click at once come one after the
    other and the second one meets the first one's result.
    """
    # no_key: rows that merely name this person (granted_by) may be written meanwhile.
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


def must_administer(by: User, now: datetime) -> None:
    """Raises Refused unless `by` is an administrator at `now`."""
    if Role.ADMINISTRATOR not in roles_of(by, now=now):
        raise Refused(_("시스템 관리자만 할 수 있습니다."))


def must_be_another(by: User, user: User) -> None:
    """Raises Refused when somebody would do to himself what needs a second person."""
    if by.pk == user.pk:
        raise Refused(_("자기 계정에는 할 수 없습니다. 다른 시스템 관리자에게 요청하세요."))


def must_be_in_service(user: User) -> None:
    if not user.is_in_service():
        raise Refused(_("이미 사용이 종료된 계정입니다."))


def must_have_reason(reason: str) -> str:
    """The reason without blanks around it; Refused when there is none."""
    if not (clean := reason.strip()[:200]):
        raise Refused(_("사유를 입력하세요."))
    return clean


def must_leave_an_administrator(user: User, now: datetime) -> None:
    """Raises Refused when nobody but `user` administers the portal: it would be locked for all."""
    # All are held, in one order: two administrators who end each other must not both succeed.
    rows = (
        RoleGrant.objects.current(at=now)
        .filter(role=Role.ADMINISTRATOR, ends_at__isnull=True)
        .filter(user__is_active=True, user__ended_at__isnull=True)
        .order_by("id")
        .select_for_update(of=("self",), no_key=True)
    )
    if all(grant.user_id == user.pk for grant in rows):
        raise Refused(_("마지막 시스템 관리자입니다. 먼저 다른 사람에게 관리자 역할을 주세요."))


def log(
    by: User | None,
    action: str,
    user: User,
    now: datetime,
    *,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """One line in the access log about a member of staff, with the address of the request."""
    audit.record(
        actor=by,
        action=action,
        subject_kind="user",
        subject_uid=str(user.uid),
        now=now,
        request=context.request,
        reason=reason,
        detail=detail,
    )
