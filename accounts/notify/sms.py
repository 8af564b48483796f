"""Short messages through the telephone company: send one, or ask whether it was sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from twilio.base.exceptions import TwilioRestException

from accounts import twilio_client
from accounts.models import Message
from accounts.notify.texts import words

LOOK_BACK = timedelta(hours=1)
"""How far before the crashed attempt the company's list is searched."""

RETRY_STATUS = {408, 425, 429}


class Refused(Exception):
    """The company said no for good. Carries its error code, never a number or a text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Exception):
    """Nobody knows whether the company took the message: ask it before sending again."""


@dataclass(frozen=True)
class Receipt:
    sid: str
    status: str


def send(message: Message) -> Receipt:
    """Hand one message to the company. Raises Refused or NoAnswer; both without personal words."""
    callback = twilio_client.public_url(reverse("sms_status") + f"?m={message.uid}")
    try:
        sent = twilio_client.client().messages.create(
            to=_number(message),
            from_=settings.TWILIO["FROM_NUMBER"],
            body=words(message).sms,
            status_callback=callback,
        )
    except TwilioRestException as error:
        raise _sorted_out(error) from None
    except OSError:
        # Every error of the connection: refused, reset, timed out. Some come after acceptance.
        raise NoAnswer from None
    return Receipt(str(sent.sid), str(sent.status))


def find(message: Message, *, since: datetime) -> Receipt | None:
    """The company's own record of this message, if it took it before we could write that down.

    `since` is real time. Raises NoAnswer when the company cannot be asked.
    """
    body = words(message).sms
    try:
        there = twilio_client.client().messages.list(
            to=_number(message), from_=settings.TWILIO["FROM_NUMBER"], limit=50
        )
    except (TwilioRestException, OSError):
        raise NoAnswer from None
    candidates = [
        found
        for found in there
        if found.body == body
        and (found.date_created is None or found.date_created >= since - LOOK_BACK)
    ]
    known = set(
        Message.objects.filter(sid__in=[found.sid for found in candidates]).values_list(
            "sid", flat=True
        )
    )
    for found in candidates:
        if found.sid not in known:
            return Receipt(str(found.sid), str(found.status))
    return None


def _number(message: Message) -> str:
    try:
        return twilio_client.e164(message.recipient.phone)
    except ValueError:
        raise Refused("bad_number") from None


def _sorted_out(error: TwilioRestException) -> Refused | NoAnswer:
    if error.status >= 500 or error.status in RETRY_STATUS:
        return NoAnswer()
    return Refused(str(error.code or error.status))
