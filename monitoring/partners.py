"""The partner's token: made once, shown once, checked at every delivery.

Tokens live on real time: a demo clock that runs fast must not let them expire.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import AccessLog, Organisation, User
from monitoring.models import PartnerToken

VALID_FOR = timedelta(days=365)
_BYTES = 32
_HINT = 6
_LONGEST = 200
# last_used_at is for people who look for dead tokens; to the minute is enough.
_USED_STEP = timedelta(minutes=1)


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
) -> tuple[PartnerToken, str]:
    """A new token for one feed; returns the row and the secret, which is kept nowhere."""
    secret = secrets.token_urlsafe(_BYTES)
    token = PartnerToken.objects.create(
        digest=digest_of(secret),
        hint=secret[:_HINT],
        feed=feed,
        organisation=organisation,
        created_at=now,
        created_by=by,
        expires_at=now + valid_for,
    )
    audit.record(
        actor=by,
        action=AccessLog.Action.CREATED,
        subject_kind="partner_token",
        subject_uid=str(token.pk),
        now=now,
        detail={"feed": feed, "organisation": organisation.code},
    )
    return token, secret


@transaction.atomic
def revoke_all(*, feed: str, organisation: Organisation, by: User | None, now: datetime) -> int:
    """Ends every valid token of an organisation for a feed; returns how many there were."""
    valid = PartnerToken.objects.valid(at=now).filter(feed=feed, organisation=organisation)
    keys = list(valid.select_for_update().values_list("pk", flat=True))
    PartnerToken.objects.filter(pk__in=keys).update(revoked_at=now)
    for key in keys:
        audit.record(
            actor=by,
            action=AccessLog.Action.CHANGED,
            subject_kind="partner_token",
            subject_uid=str(key),
            now=now,
            detail={"revoked": True, "feed": feed},
        )
    return len(keys)


def holder(secret: str, *, at: datetime) -> PartnerToken | None:
    """The valid token with this secret, whatever its feed; None for anything else."""
    if not secret or len(secret) > _LONGEST:
        return None
    token = (
        PartnerToken.objects.valid(at=at)
        .select_related("organisation")
        .filter(digest=digest_of(secret))
        .first()
    )
    if token is not None:
        _mark_used(token, at)
    return token


def _mark_used(token: PartnerToken, at: datetime) -> None:
    if token.last_used_at is None or at - token.last_used_at >= _USED_STEP:
        PartnerToken.objects.filter(pk=token.pk).update(last_used_at=at)
