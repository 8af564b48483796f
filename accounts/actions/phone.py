"""A person's own telephone number: changed by its owner, proved by a code sent to it."""

import hmac
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import clock
from accounts.actions.base import Refused, locked, log, must_be_in_service
from accounts.actions.people import clean_phone
from accounts.crypto import blind_index
from accounts.models import PhoneCode, User
from accounts.models.access_log import AccessLog
from accounts.notify import notify

LIFE = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)
CODES_PER_HOUR = 5
TRIES = 5
CHANGED = AccessLog.Action.CHANGED


def _hash(user: User, code: str) -> str:
    return blind_index(f"{user.uid}:{code}", purpose="phone_code")


@transaction.atomic
def change_own_phone(*, user: User, phone: str, now: datetime) -> User:
    """The owner writes a new number; it gets no SMS until it is proved."""
    user = locked(user)
    must_be_in_service(user)
    new = clean_phone(phone)
    if new == user.phone:
        return user
    user.phone, user.phone_verified_at, user.sms_stopped_at = new, None, None
    user.save(update_fields=["phone", "phone_verified_at", "sms_stopped_at"])
    log(user, CHANGED, user, now, detail={"fields": ["phone"]})
    return user


@transaction.atomic
def request_phone_code(*, user: User, now: datetime) -> PhoneCode:
    """Send six digits to the person's number. At most one a minute and five an hour."""
    user = locked(user)
    must_be_in_service(user)
    real = clock.real_now()
    if not user.phone:
        raise Refused(_("먼저 휴대전화 번호를 저장하세요."))
    if user.sms_stopped_at is not None:
        raise Refused(
            _("이 번호는 문자를 받지 않기로 했습니다. ‘수신재개’라고 답장한 뒤 다시 해 주세요.")
        )
    recent = PhoneCode.objects.filter(user=user, created_at__gt=real - timedelta(hours=1))
    newest = recent.first()
    if newest is not None and newest.created_at > real - PAUSE:
        raise Refused(_("방금 인증번호를 보냈습니다. 1분 뒤에 다시 요청할 수 있습니다."))
    if recent.count() >= CODES_PER_HOUR:
        raise Refused(_("한 시간에 다섯 번까지 보낼 수 있습니다. 잠시 뒤에 다시 해 주세요."))
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = PhoneCode.objects.create(
        user=user,
        phone_index=user.phone_index,
        code_hash=_hash(user, code),
        created_at=real,
        expires_at=real + LIFE,
    )
    notify(to=user, kind="accounts.phone_code", link_path="", now=now, secret=code, urgent=True)
    return row


def confirm_phone(*, user: User, code: str, now: datetime) -> User:
    """Take the code; the number is verified from then on.

    Raises Refused for a wrong, late or used code. A wrong guess counts even though it is refused.
    """
    if not _code_fits(user, code):
        raise Refused(_("인증번호가 맞지 않거나 기한이 지났습니다."))
    return _verified(user, user.phone_index, now)


@transaction.atomic
def _code_fits(user: User, code: str) -> bool:
    """Counts the guess in a transaction of its own: a refusal must not undo the counting."""
    row = (
        PhoneCode.objects.select_for_update()
        .filter(user=user, used_at__isnull=True, expires_at__gt=clock.real_now())
        .first()
    )
    if row is None or row.attempts >= TRIES or row.phone_index != user.phone_index:
        return False
    row.attempts += 1
    fits = hmac.compare_digest(row.code_hash, _hash(user, code.strip()))
    row.used_at = clock.real_now() if fits else None
    row.save(update_fields=["attempts", "used_at"])
    return fits


@transaction.atomic
def _verified(user: User, proved_index: str, now: datetime) -> User:
    user = locked(user)
    if user.phone_index != proved_index:
        raise Refused(_("그 사이에 번호가 바뀌었습니다. 새 번호로 다시 확인해 주세요."))
    user.phone_verified_at = now
    user.save(update_fields=["phone_verified_at"])
    log(user, CHANGED, user, now, detail={"fields": ["phone_verified_at"]})
    return user
