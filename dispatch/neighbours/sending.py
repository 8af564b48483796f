"""The messages with neighbours' links: rows are the queue, a lease while one is under way.

A sender that dies leaves a row whose lease runs out. Nobody knows then whether the company took
the message, so it is asked before anything is sent again.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from twilio.base.exceptions import TwilioRestException

from accounts import twilio_client
from dispatch.models import NeighbourAsk, SmsState
from dispatch.neighbours.actions import address

LEASE = timedelta(seconds=60)
MOST_TRIES = 5
RETRY_STATUS = {408, 425, 429}


@transaction.atomic
def claim(now: datetime) -> NeighbourAsk | None:
    """The next message to send, leased; None when nothing waits."""
    due = Q(sms_state=SmsState.QUEUED) | Q(sms_state=SmsState.SENDING, sms_lease_until__lte=now)
    ask = (
        NeighbourAsk.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(due)
        .select_related("contact", "case")
        .order_by("asked_at", "id")
        .first()
    )
    if ask is None:
        return None
    ask.sms_state, ask.sms_lease_until = SmsState.SENDING, now + LEASE
    ask.sms_tries += 1
    ask.save(update_fields=["sms_state", "sms_lease_until", "sms_tries"])
    return ask


def send(ask: NeighbourAsk, now: datetime) -> None:
    """One attempt, outside any transaction: the claim is committed before the company hears."""
    if now >= ask.expires_at or not ask.case.is_open:
        _finish(ask, SmsState.FAILED)
        return
    try:
        if ask.sms_tries == 1 or not _was_sent(ask):
            twilio_client.client().messages.create(
                to=twilio_client.e164(ask.contact.phone),
                from_=settings.TWILIO["FROM_NUMBER"],
                body=_body(ask),
            )
    except TwilioRestException as error:
        if error.status >= 500 or error.status in RETRY_STATUS:
            _later(ask)
            return
        _finish(ask, SmsState.FAILED)
        return
    except (ValueError, ImproperlyConfigured):
        _finish(ask, SmsState.FAILED)
        return
    except OSError:  # refused, reset, timed out: some of these come after the company has accepted
        _later(ask)
        return
    _finish(ask, SmsState.SENT)


def _body(ask: NeighbourAsk) -> str:
    """No name, no place: a message may be read over a shoulder."""
    return _("[연천군 신호등] 이웃의 안부를 여쭙습니다. 단추 하나만 눌러 주세요. %(link)s") % {
        "link": address(ask.token)
    }


def _was_sent(ask: NeighbourAsk) -> bool:
    """Whether the company has this very message: its link is like no other."""
    there = twilio_client.client().messages.list(
        to=twilio_client.e164(ask.contact.phone), from_=settings.TWILIO["FROM_NUMBER"], limit=50
    )
    link = address(ask.token)  # a trial account puts words of its own before the message
    return any(link in (message.body or "") for message in there)


def _later(ask: NeighbourAsk) -> None:
    """The lease runs out and the next pass asks the company first; after some tries no more."""
    if ask.sms_tries >= MOST_TRIES:
        _finish(ask, SmsState.FAILED)


def _finish(ask: NeighbourAsk, state: SmsState) -> None:
    ask.sms_state, ask.sms_lease_until, ask.token = state, None, ""
    ask.save(update_fields=["sms_state", "sms_lease_until", "token"])
