"""What the telephone company reports back: how a message fared, and what people answer."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts import crypto
from accounts.models import InboundSms, Message, User

State = Message.State

LAST_WORD = 40
RANKS = {
    "accepted": 5,
    "scheduled": 5,
    "queued": 10,
    "sending": 20,
    "sent": 30,
    "delivered": LAST_WORD,
    "undelivered": LAST_WORD,
    "failed": LAST_WORD,
    "canceled": LAST_WORD,
    "read": LAST_WORD,
}
"""Callbacks arrive late, twice and out of order; only a higher rank changes anything."""

STOP_WORDS = {"stop", "수신거부", "수신 거부", "거부", "그만"}
START_WORDS = {"start", "수신재개", "수신 재개", "재개"}


def rank_of(status: str) -> int:
    """How final a status is; 0 for a word the company never documented."""
    return RANKS.get(status, 0)


@transaction.atomic
def record_status(
    *, message_uid: str, sid: str, status: str, error_code: str, now: datetime
) -> bool:
    """Take in one status callback. False when no message of ours is meant (harmless).

    The callback may come before the sender could write the sid down: then it proves that the
    company took the message, and the row adopts the sid.
    """
    message = Message.objects.select_for_update().filter(uid=message_uid).first()
    if message is None or message.channel != Message.Channel.SMS:
        return False
    if message.sid and message.sid != sid:
        return False
    rank = rank_of(status)
    if rank <= message.status_rank:
        return True
    message.sid, message.provider_status, message.status_rank = sid, status, rank
    if message.state in (State.QUEUED, State.SENDING):
        message.state, message.sent_at = State.SENT, message.sent_at or now
        message.lease_until, message.secret, message.error_code = None, "", ""
    if status in ("delivered", "read"):
        message.state, message.delivered_at = State.DELIVERED, now
    elif rank == LAST_WORD:
        message.state, message.failed_at = State.FAILED, now
        message.error_code = (error_code or status)[:40]
    message.save()
    return True


@transaction.atomic
def record_inbound(*, sid: str, sender: str, body: str, now: datetime) -> InboundSms:
    """Keep one incoming message, encrypted, once. "수신거부" stops our messages to that number."""
    index = crypto.phone_index(sender, purpose="staff_phone")
    people = User.objects.filter(phone_index=index) if index else User.objects.none()
    meaning = _meaning(body)
    row, created = InboundSms.objects.get_or_create(
        sid=sid,
        defaults={
            "user": people.order_by(F("ended_at").desc(nulls_first=True), "id").first(),
            "from_index": index,
            "meaning": meaning,
            "body": body,
            "received_at": now,
        },
    )
    if created and meaning == InboundSms.Meaning.STOP:
        people.update(sms_stopped_at=now)
    elif created and meaning == InboundSms.Meaning.START:
        people.update(sms_stopped_at=None)
    return row


def _meaning(body: str) -> str:
    word = body.strip().lower()
    if word in STOP_WORDS:
        return InboundSms.Meaning.STOP
    return InboundSms.Meaning.START if word in START_WORDS else InboundSms.Meaning.OTHER
