"""The secret of one visit for one person: given to their phone, believed until revoked or too old.

The phone derives from it, with HKDF-SHA-256, a key that encrypts what lies on the phone and a key
that signs what it sends. It keeps both as keys that cannot be read out again, never the secret.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.actions.sessions import kill_sessions
from accounts.models import User
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch import machine
from dispatch.models import FieldKey, Visit
from dispatch.rules import EventKind, Refused

CARD_LIFE = timedelta(hours=12)
"""So long a card stays readable on a phone that meets nobody."""

SEND_LIFE = timedelta(hours=72)
"""So long after that phone was last here its queue is still taken."""

MOST_KEYS = 8
"""Secrets of one visit: a new one follows a lost phone or twelve hours; more is no honest use."""

REVOKERS = frozenset({Role.CONTROL_OPERATOR.value, Role.ADMINISTRATOR.value})


@dataclass(frozen=True)
class Issued:
    """`secret` (base64url) only for a phone that did not name this key: it has it otherwise."""

    key: FieldKey
    secret: str = ""


@transaction.atomic
def key_for(*, visit: Visit, by: User, known: str, now: datetime) -> Issued:
    """The phone's own key if it names one (`known`: its uid) that still holds; otherwise the living
    key of this visit and person, so that a browser that keeps nothing does not use them up; a new
    one where there is none.

    Raises Refused for somebody else's visit, for one that is over, and for too many keys.
    """
    Visit.objects.select_for_update().only("pk").get(pk=visit.pk)  # two tabs get one key
    standing = _known(visit, by, known)
    if standing is not None and is_alive(standing, now=now):
        return Issued(_seen(standing, now=now))
    if visit.responder_id != by.pk or not visit.is_open:
        raise Refused(_("끝났거나 다른 사람에게 맡긴 출동입니다."))
    living = visit.keys.filter(user=by, revoked_at__isnull=True, card_until__gt=now).first()
    if living is not None and living.secret:
        return Issued(_seen(living, now=now), living.secret)
    if visit.keys.count() >= MOST_KEYS:
        raise Refused(_("이 출동 카드를 받은 휴대폰이 너무 많습니다. 관제에 알려 주세요."))
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    key = FieldKey.objects.create(
        visit=visit,
        user=by,
        secret=secret,
        issued_at=now,
        seen_at=now,
        card_until=now + CARD_LIFE,
        send_until=now + SEND_LIFE,
    )
    return Issued(key, secret)


def _seen(key: FieldKey, *, now: datetime) -> FieldKey:
    """This phone is here: what it queues from now on is taken for a while."""
    key.seen_at, key.send_until = now, now + SEND_LIFE
    key.save(update_fields=["seen_at", "send_until"])
    return key


def _known(visit: Visit, by: User, known: str) -> FieldKey | None:
    try:
        return visit.keys.filter(uid=known, user=by).first() if known else None
    except (ValueError, TypeError):
        return None


def is_alive(key: FieldKey, *, now: datetime) -> bool:
    """Whether the card behind this key may still lie on a phone."""
    return key.revoked_at is None and now < key.card_until and key.visit.is_open


def may_send(key: FieldKey, *, now: datetime) -> bool:
    """Whether what this phone has queued is still taken: longer than the card lives."""
    return key.revoked_at is None and bool(key.secret) and now < key.send_until


def signing_key(secret: str) -> bytes:
    """What the phone derives from the secret to sign with; 32 bytes."""
    raw = base64.urlsafe_b64decode(secret)
    return HKDF(algorithm=SHA256(), length=32, salt=b"", info=b"yeoncheon-field-send").derive(raw)


def is_signed(key: FieldKey, text: str, signature: str) -> bool:
    """Whether this phone signed exactly this text (HMAC-SHA-256, lower-case hex)."""
    if not key.secret:
        return False
    made = hmac.new(signing_key(key.secret), text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, signature)


@transaction.atomic
def revoke_cards(*, visit: Visit, by: User, now: datetime) -> int:
    """A phone is lost: every key of this visit dies and its responder is signed out everywhere.
    The phone wipes the card when it next meets us. Returns how many keys there were.

    The responder goes on from another phone by signing in again. Twice is the same as once.
    """
    if not roles_of(by, now=now) & REVOKERS:
        raise Refused(_("출동 카드를 회수할 권한이 없습니다."))
    case = machine.lock(visit.case_id)
    count = visit.keys.filter(revoked_at__isnull=True).update(
        revoked_at=now, revoked_by=by, secret=""
    )
    if count:
        kill_sessions(visit.responder)
        data = {"visit": str(visit.uid), "keys": count}
        machine.log(case, EventKind.CARD_REVOKED, now=now, by=by, data=data)
    return count


def end_cards(*, user: User, now: datetime) -> int:
    """The person signed out: their cards are over, and a page that asks wipes its own. What they
    had queued is still taken once they have signed in again. Returns how many there were."""
    living = FieldKey.objects.filter(user=user, revoked_at__isnull=True, card_until__gt=now)
    return living.update(card_until=now)


def purge(*, now: datetime) -> int:
    """Empty the secrets that nothing may be signed with any more: their phones were last here
    SEND_LIFE ago. Those of a visit that is over are believed until then, for what still waits in a
    dead spot. Returns how many."""
    # Cast: an encrypted field compares with nothing, but an empty one is empty as it is stored.
    kept = FieldKey.objects.annotate(token=Cast("secret", TextField())).exclude(token="")
    return kept.filter(send_until__lte=now).update(secret="")
