"""The partner's token: made once, shown once, changed without a gap, checked at every delivery.

Tokens live on real time: a demo clock that runs fast must not let them expire. `by` is None where
a command of the installation acts; a person must be an administrator.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.actions import Refused
from accounts.actions.base import must_administer
from accounts.models import AccessLog, Organisation, User
from households.models import Feed
from monitoring import networks as cidr
from monitoring.models import PartnerToken

VALID_FOR = timedelta(days=365)
LONGEST = timedelta(days=730)
OVERLAP = timedelta(days=14)
LONGEST_OVERLAP = timedelta(days=60)
PER_MINUTE = 240
MOST_PER_MINUTE = 6000
_BYTES = 32
_HINT = 6
_LONGEST_SECRET = 200
# last_used_at is for people who look for dead tokens; to the minute is enough.
_USED_STEP = timedelta(minutes=1)
# A second press of the button is not a second wish.
_TWICE = timedelta(seconds=10)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue(
    *,
    feed: str,
    organisation: Organisation,
    by: User | None,
    now: datetime,
    valid_for: timedelta = VALID_FOR,
    networks: Sequence[str] = (),
    per_minute: int = PER_MINUTE,
) -> tuple[PartnerToken, str]:
    """A new token for one feed; returns the row and the secret, which is kept nowhere.

    Raises Refused, also for a network that cannot be read.
    """
    _may(by, now)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    _not_twice(feed, organisation, by, now)
    return _make(
        feed=_feed(feed),
        organisation=organisation,
        by=by,
        now=now,
        expires_at=now + _at_most(valid_for, LONGEST),
        networks=_networks(networks),
        per_minute=_rate(per_minute),
    )


@transaction.atomic
def rotate(
    *,
    token: PartnerToken,
    by: User | None,
    now: datetime,
    overlap: timedelta = OVERLAP,
    valid_for: timedelta = VALID_FOR,
) -> tuple[PartnerToken, str]:
    """A new token like `token`; the old one still opens for `overlap` and then ends by itself.

    Raises Refused for a token that is over, and for a second press of the button.
    """
    _may(by, now)
    old = _valid_row(token, now)
    _not_twice(old.feed, old.organisation, by, now)
    new, secret = _make(
        feed=old.feed,
        organisation=old.organisation,
        by=by,
        now=now,
        expires_at=now + _at_most(valid_for, LONGEST),
        networks=old.networks,
        per_minute=old.per_minute,
        replaces=old.pk,
    )
    old.expires_at = min(old.expires_at, now + _at_most(overlap, LONGEST_OVERLAP))
    old.save(update_fields=["expires_at"])
    _log(old, by, now, rotated_to=new.pk, overlap_hours=int(overlap.total_seconds() // 3600))
    return new, secret


@transaction.atomic
def revoke(*, token: PartnerToken, by: User | None, now: datetime) -> PartnerToken:
    """From this moment the token opens nothing. Raises Refused for one that is over already."""
    _may(by, now)
    row = _valid_row(token, now)
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    _log(row, by, now, revoked=True)
    return row


@transaction.atomic
def revoke_all(*, feed: str, organisation: Organisation, by: User | None, now: datetime) -> int:
    """Ends every valid token of an organisation for a feed; returns how many there were."""
    _may(by, now)
    valid = PartnerToken.objects.valid(at=now).filter(feed=feed, organisation=organisation)
    tokens = list(valid.select_for_update())
    PartnerToken.objects.filter(pk__in=[row.pk for row in tokens]).update(revoked_at=now)
    for row in tokens:
        _log(row, by, now, revoked=True)
    return len(tokens)


@transaction.atomic
def set_limits(
    *,
    token: PartnerToken,
    networks: Sequence[str],
    per_minute: int,
    by: User | None,
    now: datetime,
) -> PartnerToken:
    """From where and how often the token may be used. Raises Refused."""
    _may(by, now)
    row = _valid_row(token, now)
    row.networks, row.per_minute = _networks(networks), _rate(per_minute)
    row.save(update_fields=["networks", "per_minute"])
    _log(row, by, now, networks=len(row.networks), per_minute=row.per_minute)
    return row


def holder(secret: str, *, at: datetime) -> PartnerToken | None:
    """The valid token with this secret, whatever its feed; None for anything else."""
    if not secret or len(secret) > _LONGEST_SECRET:
        return None
    return (
        PartnerToken.objects.valid(at=at)
        .select_related("organisation")
        .filter(digest=digest_of(secret))
        .first()
    )


def mark_used(token: PartnerToken, *, at: datetime) -> None:
    if token.last_used_at is None or at - token.last_used_at >= _USED_STEP:
        PartnerToken.objects.filter(pk=token.pk).update(last_used_at=at)


def without_successor(tokens: Sequence[PartnerToken], *, at: datetime) -> list[PartnerToken]:
    """Those whose partner has no other token of the feed that outlives them."""
    return [token for token in tokens if not _successors(token, at).exists()]


# ── shared ───────────────────────────────────────────────────────────────────
def _secret() -> str:
    """One that does not begin with a dash: its first letters are an argument of a command."""
    while (secret := secrets.token_urlsafe(_BYTES)).startswith("-"):
        pass
    return secret


def _make(
    *, by: User | None, now: datetime, replaces: int | None = None, **fields: Any
) -> tuple[PartnerToken, str]:
    secret = _secret()
    token = PartnerToken.objects.create(
        digest=digest_of(secret),
        hint=secret[:_HINT],
        created_at=now,
        created_by=by,
        **{**fields, "networks": list(fields["networks"])},
    )
    audit.record(
        actor=by,
        action=AccessLog.Action.CREATED,
        subject_kind="partner_token",
        subject_uid=str(token.pk),
        now=now,
        detail={
            "feed": token.feed,
            "organisation": token.organisation.code,
            "networks": len(token.networks),
            "replaces": replaces,
        },
    )
    return token, secret


def _valid_row(token: PartnerToken, now: datetime) -> PartnerToken:
    """The row as it is now, held to the end of the transaction: two clicks come one by one."""
    row = PartnerToken.objects.select_for_update(of=("self",)).select_related("organisation")
    found: PartnerToken = row.get(pk=token.pk)
    if found.revoked_at is not None or found.expires_at <= now:
        raise Refused(_("이미 끝난 열쇠입니다."))
    return found


def _successors(token: PartnerToken, at: datetime) -> Any:
    return PartnerToken.objects.valid(at=at).filter(
        feed=token.feed,
        organisation_id=token.organisation_id,
        created_at__gte=token.created_at,
        pk__gt=token.pk,
        expires_at__gt=token.expires_at,
    )


def _not_twice(feed: str, organisation: Organisation, by: User | None, now: datetime) -> None:
    made = PartnerToken.objects.valid(at=now).filter(
        feed=feed, organisation=organisation, created_by=by, created_at__gt=now - _TWICE
    )
    if by is not None and made.exists():
        raise Refused(_("방금 만든 열쇠가 있습니다. 보지 못했다면 거두고 다시 만드세요."))


def _may(by: User | None, now: datetime) -> None:
    if by is not None:
        must_administer(by, now)


def _feed(feed: str) -> str:
    if feed not in Feed.values:
        raise Refused(_("그런 자료는 없습니다."))
    return feed


def _networks(texts: Sequence[str]) -> list[str]:
    try:
        return cidr.normal_list(texts)
    except cidr.BadNetwork as bad:
        raise Refused(
            _("네트워크로 읽을 수 없습니다: %(text)s (예: 203.0.113.0/28)") % {"text": bad.text}
        ) from bad


def _rate(per_minute: int) -> int:
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise Refused(_("1분에 받는 파일 수는 1에서 %(n)s까지입니다.") % {"n": MOST_PER_MINUTE})
    return per_minute


def _at_most(span: timedelta, longest: timedelta) -> timedelta:
    if not timedelta(0) < span <= longest:
        raise Refused(_("기간은 %(n)s일까지입니다.") % {"n": longest.days})
    return span


def _log(token: PartnerToken, by: User | None, now: datetime, **detail: Any) -> None:
    audit.record(
        actor=by,
        action=AccessLog.Action.CHANGED,
        subject_kind="partner_token",
        subject_uid=str(token.pk),
        now=now,
        detail={"feed": token.feed, **detail},
    )
