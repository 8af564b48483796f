"""One-time links: to join, and to come back after a reset. Real time, token stored as a digest."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from axes.utils import reset as reset_lock_out
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.actions.base import (
    Refused,
    locked,
    log,
    must_administer,
    must_be_another,
    must_be_in_service,
    must_have_reason,
)
from accounts.actions.sessions import kill_sessions
from accounts.models import Invitation, User
from accounts.models.access_log import AccessLog
from accounts.notify import notify
from accounts.twilio_client import public_url

LIFE = timedelta(hours=72)
Purpose = Invitation.Purpose
Action = AccessLog.Action


@dataclass(frozen=True)
class Link:
    """A fresh link. `url` is shown once and is stored nowhere; repr and logs do not show it."""

    invitation: Invitation
    url: str = field(repr=False)


def digest(token: str) -> str:
    """What is stored of a token. The token is 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(*, by: User | None, user: User, purpose: str, now: datetime) -> Link:
    """Write the invitation and its messages inside the caller's transaction.

    Older open links of the same person die, whatever their purpose: only the newest works.
    """
    real = clock.real_now()
    Invitation.objects.filter(user=user, accepted_at__isnull=True, revoked_at__isnull=True).update(
        revoked_at=real, revoked_by=by
    )
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        user=user,
        purpose=purpose,
        token_hash=digest(token),
        created_at=real,
        created_by=by,
        expires_at=real + LIFE,
    )
    path = reverse("invitation", args=[":secret:"])
    kind = "accounts.invitation" if purpose == Purpose.JOIN else "accounts.reset"
    notify(to=user, kind=kind, link_path=path, now=now, secret=token, urgent=True)
    return Link(invitation, public_url(path.replace(":secret:", token)))


def find_invitation(token: str) -> Invitation | None:
    """The invitation of a token if it can still be used; None for anything else."""
    return (
        Invitation.objects.select_related("user")
        .filter(
            token_hash=digest(token),
            accepted_at__isnull=True,
            revoked_at__isnull=True,
            expires_at__gt=clock.real_now(),
            user__is_active=True,
            user__ended_at__isnull=True,
        )
        .first()
    )


@transaction.atomic
def accept_invitation(*, token: str, password: str, now: datetime) -> User:
    """Set the person's own password. The link works once.

    Raises Refused when it was used, replaced or is too old; ValidationError for a bad password.
    """
    found = find_invitation(token)
    if found is None:
        raise Refused(
            _("이 링크는 이미 썼거나 기한이 지났습니다. 시스템 관리자에게 새 링크를 요청하세요.")
        )
    user = locked(found.user)
    if find_invitation(token) is None:
        raise Refused(_("이 링크는 방금 사용되었습니다."))
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    found.accepted_at = clock.real_now()
    found.save(update_fields=["accepted_at"])
    kill_sessions(user)
    log(user, Action.CHANGED, user, now, detail={"fields": ["password"], "by_link": found.purpose})
    return user


@transaction.atomic
def invite_again(*, by: User, user: User, now: datetime) -> Link:
    """A new link for somebody who has not joined yet; the old one stops working."""
    must_administer(by, now)
    must_be_another(by, user)
    user = locked(user)
    must_be_in_service(user)
    if user.has_usable_password():
        raise Refused(_("이미 가입한 사람입니다. 필요하면 로그인 초기화를 쓰세요."))
    log(by, Action.CHANGED, user, now, detail={"invited": "again"})
    return make_link(by=by, user=user, purpose=Purpose.JOIN, now=now)


@transaction.atomic
def reset_access(*, by: User, user: User, reason: str, now: datetime) -> Link:
    """Take away password, second factor and sessions; give a link to set a new password.

    By an administrator for somebody else: who lost the telephone cannot help himself, and one
    administrator is helped by another.
    """
    must_administer(by, now)
    must_be_another(by, user)
    user = locked(user)
    must_be_in_service(user)
    why = must_have_reason(reason)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    kill_sessions(user)
    reset_lock_out(username=user.username)
    log(by, Action.CHANGED, user, now, reason=why, detail={"fields": ["password", "second_factor"]})
    return make_link(by=by, user=user, purpose=Purpose.RESET, now=now)


@transaction.atomic
def unlock(*, by: User, user: User, now: datetime) -> int:
    """Lift the lock-out after failed sign-ins; returns how many records were cleared."""
    must_administer(by, now)
    must_be_another(by, user)
    user = locked(user)
    cleared = reset_lock_out(username=user.username)
    log(by, Action.UNLOCKED, user, now, detail={"cleared": cleared})
    return int(cleared)
