"""Which model decides: a candidate runs beside the live one for days, and only then takes over."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.county_settings import setting
from accounts.models import AccessLog, User
from accounts.roles import Role
from accounts.scope import scope_of
from households.rules import Refused
from monitoring.detection.model import Model, UnusableModel
from monitoring.models import DetectionRule, RuleState
from monitoring.scoring.rule import Rule, at_first, named, rules

__all__ = ["go_back", "go_live", "live_model", "live_rule", "retire", "run_in_shadow"]


def live_rule() -> Rule:
    """The rule that decides now: version, points, and its model (None: the fused sum decides)."""
    return rules().live


def live_model() -> Model | None:
    return live_rule().model


@transaction.atomic
def run_in_shadow(
    *, model: bytes, card: dict[str, Any], by: User, reason: str, now: datetime
) -> DetectionRule:
    """A candidate begins to judge every hour beside the live rule; nobody is alarmed by it.

    `Refused` when the model cannot be used, is known already, or another runs in the shadow.
    """
    _may(by, now, Role.ADMINISTRATOR)
    try:
        version = Model.load(model, card).version
    except UnusableModel as error:
        raise Refused(_("쓸 수 없는 모형입니다: %(why)s") % {"why": error}) from None
    if version == at_first().version or DetectionRule.objects.filter(version=version).exists():
        raise Refused(_("이미 있는 감지 기준입니다."))
    if DetectionRule.objects.filter(state=RuleState.SHADOW).exists():
        raise Refused(_("옆에서 돌려 보는 감지 기준이 이미 있습니다. 먼저 그것을 물리세요."))
    rule = DetectionRule.objects.create(
        version=version,
        model=model,
        card=card,
        state=RuleState.SHADOW,
        shadow_since=now,
        by=by,
        reason=_reason(reason),
    )
    _log(rule, by, now, "rule_in_shadow")
    return rule


@transaction.atomic
def go_live(*, version: str, by: User, reason: str, now: datetime) -> DetectionRule:
    """The candidate takes over; the rule before it retires and is kept for replays.

    `Refused` unless it has run in the shadow for as long as the county asks.
    """
    _may(by, now)
    rule = _locked(version)
    if rule.state != RuleState.SHADOW:
        raise Refused(_("옆에서 돌려 본 감지 기준만 쓰기 시작할 수 있습니다."))
    days = int(setting("monitoring.shadow_days", at=now))
    if now < rule.shadow_since + timedelta(days=days):
        raise Refused(_("%(days)d일 동안 옆에서 돌려 본 뒤에 쓸 수 있습니다.") % {"days": days})
    DetectionRule.objects.filter(state=RuleState.LIVE).update(
        state=RuleState.RETIRED, retired_at=now
    )
    rule.state, rule.live_since, rule.reason = RuleState.LIVE, now, _reason(reason)
    rule.by = by
    rule.save(update_fields=["state", "live_since", "reason", "by"])
    _log(rule, by, now, "rule_live")
    return rule


@transaction.atomic
def retire(*, version: str, by: User, reason: str, now: datetime) -> DetectionRule:
    """A candidate is given up, or the live rule makes way for the one the program came with."""
    _may(by, now)
    rule = _locked(version)
    if rule.state == RuleState.RETIRED:
        raise Refused(_("이미 물러난 감지 기준입니다."))
    rule.state, rule.retired_at, rule.reason = RuleState.RETIRED, now, _reason(reason)
    rule.save(update_fields=["state", "retired_at", "reason"])
    _log(rule, by, now, "rule_retired")
    return rule


@transaction.atomic
def go_back(*, by: User, reason: str, now: datetime) -> DetectionRule | None:
    """The live rule makes way for the one that decided until it came; that one has proved itself
    and needs no shadow. None: the one the program came with decides again.

    `Refused` while that one decides anyway.
    """
    _may(by, now)
    live = DetectionRule.objects.select_for_update().filter(state=RuleState.LIVE).first()
    if live is None:
        raise Refused(_("함께 온 감지 기준을 쓰고 있어 되돌릴 것이 없습니다."))
    before = DetectionRule.objects.filter(
        state=RuleState.RETIRED, live_since__isnull=False, retired_at=live.live_since
    ).first()
    retire(version=live.version, by=by, reason=reason, now=now)
    if before is None:
        return None
    before.state, before.live_since, before.retired_at = RuleState.LIVE, now, None
    before.by, before.reason = by, _reason(reason)
    before.save(update_fields=["state", "live_since", "retired_at", "by", "reason"])
    _log(before, by, now, "rule_live")
    return before


def _may(by: User, now: datetime, *also: Role) -> None:
    if not scope_of(by, now=now).has(Role.COUNTY_OFFICIAL, *also):
        raise Refused(_("이 일을 할 권한이 없습니다."))


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Refused(_("까닭을 적어 주세요."))
    return reason.strip()[:200]


def _locked(version: str) -> DetectionRule:
    found = DetectionRule.objects.select_for_update().filter(version=version).first()
    if found is None:
        raise Refused(_("그런 감지 기준이 없습니다."))
    named.cache_clear()  # its state changes; the model itself never does
    return found


def _log(rule: DetectionRule, by: User, now: datetime, what: str) -> None:
    audit.record(
        actor=by,
        action=AccessLog.Action.CHANGED,
        subject_kind="detection_rule",
        subject_uid=rule.version,
        now=now,
        detail={"what": what},
    )
