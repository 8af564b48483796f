"""Verbs of the tuning page: save budgets, ask for the curve."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit, county_settings
from accounts.models import AccessLog, SettingVersion, User
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch.rules import Refused
from dispatch.tuning import deciding, fitting
from dispatch.tuning.budgets import Budgets, setting_name, stored
from monitoring import own_points
from monitoring.models import TuningCurve


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


@transaction.atomic
def set_points(
    *, curve: TuningCurve | None, by: User, reason: str, now: datetime
) -> SettingVersion | None:
    """From now on a rule's points are those at which this county rings as often as it chose,
    measured by `curve`; None: what the card says. None when that is in force already.

    Raises Refused for anybody but a county official, for a curve of another rule than the live
    one and for one that measured nothing; ValidationError for a missing reason.
    """
    require(by, Role.COUNTY_OFFICIAL, now=now)
    value: dict[str, Any] = {}
    if curve is not None:
        found = fitting.measured(curve.points or ())
        if found is None:
            raise Refused(_("이 계산으로는 기준점을 맞출 수 없습니다. 다시 계산해 주세요."))
        if curve.rule != deciding.live().version:
            raise Refused(_("지금 쓰지 않는 감지 모델로 잰 곡선입니다. 다시 계산해 주세요."))
        value = own_points.written(curve.rule, found.fit)
    if county_settings.setting(own_points.SETTING, at=now) == value:
        return None
    version = county_settings.change(
        name=own_points.SETTING, value=value, valid_from=now, by=by, reason=reason, now=now
    )
    audit.record(
        actor=by,
        action=AccessLog.Action.CHANGED,
        subject_kind="setting",
        subject_uid=own_points.SETTING,
        now=now,
        reason=reason,
    )
    return version
