"""Verbs of the tuning page: save budgets, ask for the curve."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit, county_settings
from accounts.models import AccessLog, SettingVersion, User
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch.rules import Refused
from dispatch.tuning.budgets import Budgets, setting_name, stored


def require(by: User, *roles: Role, now: datetime) -> None:
    """Raise Refused unless the person holds one of these roles."""
    if not roles_of(by, now=now) & {role.value for role in roles}:
        raise Refused(_("이 일을 할 권한이 없습니다."))


@transaction.atomic
def save_budgets(
    *, budgets: Budgets, by: User, reason: str, valid_from: datetime, now: datetime
) -> list[SettingVersion]:
    """Write every number that differs from the one in force at `valid_from`; the county decides.

    Nothing differs: nothing is written (a second click). Raises Refused, or ValidationError with
    a Korean sentence for a missing reason, a date that reaches back or a number out of range.
    """
    require(by, Role.COUNTY_OFFICIAL, now=now)
    if valid_from < now:
        raise ValidationError(_("적용 일시는 지금보다 앞설 수 없습니다."))
    changed = budgets.changed_from(Budgets.at(valid_from))
    versions = [
        county_settings.change(
            name=setting_name(field),
            value=stored(budgets.values[field]),
            valid_from=valid_from,
            by=by,
            reason=reason,
            now=now,
        )
        for field in changed
    ]
    for field in changed:
        audit.record(
            actor=by,
            action=AccessLog.Action.CHANGED,
            subject_kind="setting",
            subject_uid=setting_name(field),
            now=now,
            reason=reason,
        )
    return versions
