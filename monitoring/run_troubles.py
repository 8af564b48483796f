"""Tells the county that lights are judged otherwise than it decided, or not at all."""

from datetime import datetime

from django.db import transaction

from accounts.models import Message
from accounts.notify import notify, register_kind
from accounts.roles import Role
from accounts.scope import holders
from monitoring.scoring import rule

UNUSABLE = "monitoring.rule_unusable"
GIVEN_UP = "monitoring.homes_not_judged"
_TOLD = (Role.COUNTY_OFFICIAL, Role.ADMINISTRATOR)

register_kind(
    UNUSABLE,
    subject_ko="쓰던 감지 기준을 이 프로그램이 읽을 수 없어, 함께 온 기준으로 판단합니다.",
    sms_ko="[연천군 신호등] 쓰던 감지 기준을 읽을 수 없어 함께 온 기준으로 판단합니다. {link}",
    channels=("inbox", "email"),
)
register_kind(
    GIVEN_UP,
    subject_ko="신호등을 판단하지 못한 가구가 있습니다. 관리자에게 알려 주세요.",
    sms_ko="[연천군 신호등] 신호등을 판단하지 못한 가구가 있습니다. {link}",
    channels=("inbox", "email"),
)


def tell_unusable_rule(*, now: datetime) -> None:
    """Once per rule, however often it is met."""
    version = rule.unusable()
    if version is not None:
        _tell(UNUSABLE, version, "/tuning/rules/", now)


def tell_given_up(run_id: int, *, now: datetime) -> None:
    """Once per day, however many homes and runs fail."""
    _tell(GIVEN_UP, now.date().isoformat(), "/", now)


@transaction.atomic
def _tell(kind: str, subject: str, path: str, now: datetime) -> None:
    if Message.objects.filter(kind=kind, subject_uid=subject).exists():
        return
    for person in holders(*_TOLD, now=now):
        notify(to=person, kind=kind, link_path=path, subject_uid=subject, now=now)
