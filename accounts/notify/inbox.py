"""The inbox: messages that wait inside the portal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Message
from accounts.notify.kinds import NotAllowed
from accounts.notify.texts import words


@dataclass(frozen=True)
class Letter:
    """One line of the inbox. `subject` is empty for a kind that no longer exists."""

    message: Message
    subject: str

    @classmethod
    def of(cls, message: Message) -> "Letter":
        try:
            return cls(message, words(message).subject)
        except NotAllowed:
            return cls(message, "")


def own_letters(user: Any, *, unread_only: bool = False) -> QuerySet[Message]:
    """This person's inbox, the newest first. Nobody else's, ever."""
    rows = Message.objects.filter(recipient_id=user.pk, channel=Message.Channel.INBOX)
    rows = rows.select_related("on_behalf_of").order_by("-created_at", "-id")
    return rows.filter(read_at__isnull=True) if unread_only else rows


@transaction.atomic
def open_letter(*, user: Any, uid: str, now: datetime) -> Message:
    """Mark one own message read (the first time counts). Message.DoesNotExist for others'."""
    message = own_letters(user).select_for_update(of=("self",)).get(uid=uid)
    if message.read_at is None:
        message.read_at = now
        message.save(update_fields=["read_at"])
    return message


def mark_read(*, user: Any, now: datetime) -> int:
    """Mark all own messages read; returns how many were not."""
    rows = Message.objects.filter(
        recipient_id=user.pk, channel=Message.Channel.INBOX, read_at__isnull=True
    )
    return rows.update(read_at=now)
