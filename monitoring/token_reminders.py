"""Tells officials and administrators that a partner's key ends soon, 30 and 7 days before."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Message
from accounts.notify import notify, register_kind
from accounts.roles import Role
from accounts.scope import holders
from monitoring import partners
from monitoring.models import PartnerToken

# The shorter one first: a key found with five days left needs one message, not two.
STEPS = (7, 30)
_KIND = "monitoring.token_ends_%d"
_TOLD = (Role.COUNTY_OFFICIAL, Role.ADMINISTRATOR)

for _days in STEPS:
    register_kind(
        _KIND % _days,
        subject_ko=f"협력기관 열쇠가 {_days}일 안에 끝납니다. 새 열쇠를 전해 주세요.",
        sms_ko=f"[연천군] 협력기관 열쇠가 {_days}일 안에 끝납니다. {{link}}",
        channels=("inbox", "email"),
    )


@transaction.atomic
def remind(*, now: datetime, at: datetime) -> int:
    """Returns how many keys somebody was told of. `at` is real time, on which keys live; `now` is
    programme time, for the message. Told once per key and step, however often it is called."""
    ending = PartnerToken.objects.valid(at=at).filter(expires_at__lte=at + _step(max(STEPS)))
    rows = list(ending.select_for_update().order_by("pk"))
    told = 0
    for token in partners.without_successor(rows, at=at):
        days = next(step for step in STEPS if token.expires_at <= at + _step(step))
        told += _tell(token, days, now)
    return told


def _tell(token: PartnerToken, days: int, now: datetime) -> int:
    kind, subject = _KIND % days, str(token.pk)
    if Message.objects.filter(kind=kind, subject_uid=subject).exists():
        return 0
    for person in holders(*_TOLD, now=now):
        notify(to=person, kind=kind, link_path="/feeds/tokens/", subject_uid=subject, now=now)
    return 1


def _step(days: int) -> timedelta:
    return timedelta(days=days)
