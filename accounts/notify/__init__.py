"""notify: one verb that tells a member of staff something, in the caller's transaction.

It only writes rows. Whatever the caller's transaction decides, the message shares its fate: a case
that was not opened sends nothing. `notify.outbox.flush` sends afterwards and survives a crash.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from accounts.models import Message, User
from accounts.notify import quiet
from accounts.notify.kinds import CHANNELS, Kind, NotAllowed, kind_named, register_kind

__all__ = ["NotAllowed", "notify", "register_kind"]

Channel = Message.Channel
State = Message.State


@dataclass(frozen=True)
class _Notice:
    """What one call of notify() says; the same for every channel."""

    kind: Kind
    link_path: str
    subject_uid: str
    count: int | None
    secret: str
    urgent: bool


@transaction.atomic
def notify(
    *,
    to: User,
    kind: str,
    link_path: str,
    now: datetime,
    subject_uid: str = "",
    channels: tuple[str, ...] | None = None,
    urgent: bool = False,
    count: int | None = None,
    secret: str = "",
) -> list[Message]:
    """Write one outbox row per channel for `to`, or for whoever stands in for that person.

    `link_path` is a path of ours ("/cases/<uuid>/"); `channels` None means those of the kind.
    `urgent` (or an urgent kind) ignores the quiet hours. `secret` is a one-time token or a code
    that the text must carry: it is stored encrypted, replaces ":secret:" in the link, never goes
    to a stand-in and is emptied once the message is over.

    A channel that cannot reach the person (number not verified, no e-mail address) gets a
    cancelled row that says why, so that silence is visible. A person who has ended gets nothing.
    Raises NotAllowed for an unknown kind or channel.
    """
    known = kind_named(kind)
    wanted = known.channels if channels is None else tuple(channels)
    if unknown := set(wanted) - CHANNELS:
        raise NotAllowed(f"unknown channels {sorted(unknown)}")
    notice = _Notice(known, link_path, subject_uid, count, secret, urgent or known.urgent)
    stand_in = None if secret else to.stand_in_at(now)
    if stand_in is not None and not stand_in.is_in_service():
        stand_in = None
    recipient = stand_in or to
    if not recipient.is_in_service():
        return []
    notice_uid = uuid4()
    rows = [_row(notice, channel, recipient, now) for channel in wanted]
    for row in rows:
        row.notice_uid = notice_uid
        row.on_behalf_of = to if stand_in else None
    return Message.objects.bulk_create(rows)


def _row(notice: _Notice, channel: str, recipient: User, now: datetime) -> Message:
    row = Message(
        recipient=recipient,
        channel=channel,
        kind=notice.kind.key,
        link_path=notice.link_path,
        subject_uid=notice.subject_uid,
        count=notice.count,
        urgent=notice.urgent,
        created_at=now,
        due_at=now,
    )
    if channel == Channel.INBOX:
        row.state, row.sent_at, row.delivered_at = State.DELIVERED, now, now
        return row
    if why := unreachable(recipient, channel, proves_number=notice.kind.proves_address):
        row.state, row.error_code = State.CANCELLED, why
        return row
    row.secret = notice.secret
    if channel == Channel.SMS and not notice.urgent:
        row.due_at = quiet.earliest(now)
    return row


def unreachable(person: User, channel: str, *, proves_number: bool = False) -> str:
    """Why this channel cannot reach the person, as a short code; "" when it can."""
    if channel == Channel.EMAIL:
        return "" if person.email else "no_email"
    if not person.phone:
        return "no_number"
    if person.sms_stopped_at:
        return "stopped_by_recipient"
    if person.phone_verified_at is None and not proves_number:
        return "number_not_verified"
    return ""
