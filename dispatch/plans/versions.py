"""Which plan is in force, and saving the next one."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch.models import EscalationPlan
from dispatch.plans.default import DEFAULT
from dispatch.plans.schema import Plan, PlanError, parse, parse_text, within_limits
from dispatch.rules import Refused

_LOCK = "dispatch:plan"


@dataclass(frozen=True)
class InForce:
    """A version and what it says. `row` is None for the default plan (version 0)."""

    version: int
    plan: Plan
    body: dict[str, Any]
    row: EscalationPlan | None


def in_force(now: datetime) -> InForce:
    """The plan that a case opened at `now` gets."""
    rows = EscalationPlan.objects.filter(made_at__lte=now).select_related("made_by")
    row = rows.order_by("-version").first()
    body = DEFAULT if row is None else within_limits(row.body)
    plan = parse_text(json.dumps(body, sort_keys=True))
    return InForce(0 if row is None else row.version, plan, body, row)


@transaction.atomic
def save_plan(
    *, body: dict[str, Any], base: int, by: User, reason: str, now: datetime
) -> EscalationPlan:
    """A new version, in force at once for cases that open from now on.

    `base`: the version that was edited. Raises PlanError for a body that is no plan, Refused for a
    missing reason, no right, nothing changed, or when somebody saved another version meanwhile.
    The same save twice (a second click) gives the version of the first.
    """
    if Role.COUNTY_OFFICIAL.value not in roles_of(by, now=now):
        raise Refused(_("대응 계획은 군 담당자만 바꿀 수 있습니다."))
    if not reason.strip():
        raise Refused(_("변경 사유를 입력하세요."))
    parse(body)
    _one_at_a_time()
    newest = EscalationPlan.objects.order_by("-version").first()
    standing = 0 if newest is None else newest.version
    if newest is not None and standing == base + 1 and _same(newest, body, by):
        return newest
    if standing != base:
        raise Refused(_("그사이 다른 사람이 새 판을 저장했습니다. 다시 열어 확인해 주세요."))
    if body == (DEFAULT if newest is None else newest.body):
        raise Refused(_("바꾼 것이 없습니다."))
    return EscalationPlan.objects.create(
        version=standing + 1, body=body, made_at=now, made_by=by, reason=reason.strip()[:200]
    )


def _same(row: EscalationPlan, body: dict[str, Any], by: User) -> bool:
    return row.body == body and row.made_by_id == by.pk


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_LOCK])


__all__ = ["InForce", "PlanError", "in_force", "save_plan"]
