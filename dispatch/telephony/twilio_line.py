"""Twilio behind the provider interface. No personal word goes into a URL, only the token."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest.api.v2010.account.call import CallInstance

from accounts import twilio_client
from dispatch.telephony.provider import (
    BAD_NUMBER,
    NotFound,
    NotPlaced,
    Placed,
    ProviderCall,
    Uncertain,
)

STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]
# Seconds after which the company ends the call, by the family of our addresses. A receiver that
# was not put back must not keep a line for hours; people who talk to people may take their time.
LONGEST_S = {"voice": 300, "staff": 300, "bridge": 3900}
_TRY_AGAIN = {408, 425, 429}
T = TypeVar("T")


class TwilioLine:
    """`accounts.twilio_client` gives the client: time-out, base URL, account, two tokens."""

    def configured(self) -> bool:
        return twilio_client.configured()

    def dial(self, *, phone: str, token: str, ring_seconds: int, hooks: str = "voice") -> Placed:
        to = _number(phone)
        detection = _machine_detection(token) if hooks == "voice" else {}
        call = _ask(
            lambda: twilio_client.client().calls.create(
                to=to,
                from_=settings.TWILIO["FROM_NUMBER"],
                url=_hook(hooks, token),
                method="POST",
                status_callback=_hook(f"{hooks}_status", token),
                status_callback_method="POST",
                status_callback_event=STATUS_EVENTS,
                timeout=ring_seconds,
                time_limit=LONGEST_S.get(hooks, LONGEST_S["voice"]),
                **detection,
            )
        )
        there = _read(call)
        return Placed(there.sid, there.status)

    def hangup(self, *, sid: str, ringing: bool) -> None:
        """A call that nobody has answered can only be cancelled, one that was only completed."""
        wanted = "canceled" if ringing else "completed"
        call = _read(_ask(lambda: twilio_client.client().calls(sid).update(status=wanted)))
        if ringing and call.status == "in-progress":
            raise NotPlaced("answered", retry=False)

    def fetch(self, *, sid: str) -> ProviderCall:
        return _read(_ask(lambda: twilio_client.client().calls(sid).fetch()))

    def list(self, *, phone: str, limit: int = 20) -> "list[ProviderCall]":
        to = _number(phone)
        sender = settings.TWILIO["FROM_NUMBER"]
        calls = _ask(lambda: twilio_client.client().calls.list(to=to, limit=limit))
        return [
            _read(call)
            for call in calls
            # The second leg of an operator's call is not a call that we asked for.
            if (not call._from or call._from == sender) and not call.parent_call_sid
        ]

    def verify_webhook(self, request: HttpRequest) -> bool:
        return twilio_client.verify(request)


def _machine_detection(token: str) -> dict[str, str]:
    """Only of residents' telephones: nobody of the staff is closed by a voicemail."""
    return {
        "machine_detection": "Enable",
        "async_amd": "true",
        "async_amd_status_callback": _hook("voice_amd", token),
        "async_amd_status_callback_method": "POST",
    }


def _hook(name: str, token: str) -> str:
    return twilio_client.public_url(reverse(f"dispatch:{name}", args=[token]))


def _number(phone: str) -> str:
    try:
        return twilio_client.e164(phone)
    except ValueError:
        raise NotPlaced(BAD_NUMBER, retry=False) from None


def _read(call: CallInstance) -> ProviderCall:
    """Raises Uncertain for an answer that was cut off: the company may have the call."""
    if not call.sid:
        raise Uncertain
    created = call.date_created if isinstance(call.date_created, datetime) else None
    return ProviderCall(str(call.sid), str(call.status), str(call.answered_by or ""), created)


def _ask(request: Callable[[], T]) -> T:
    """Run one request and sort its end. The exceptions raised carry codes only: the library's own
    texts hold numbers and addresses (`from None`)."""
    try:
        return request()
    except TwilioRestException as error:
        raise _sorted_out(error) from None
    except ImproperlyConfigured:
        raise NotPlaced("config", retry=False) from None
    except (TwilioException, OSError, ValueError, AttributeError, TypeError):
        # Every error of the connection (requests' are OSErrors), and an answer that the library
        # cannot read (a proxy's own page in place of a 201). Some come after acceptance.
        raise Uncertain from None


def _sorted_out(error: TwilioRestException) -> Exception:
    if error.status == 404:
        return NotFound()
    if error.status in _TRY_AGAIN:
        return NotPlaced(str(error.code or error.status), retry=True)
    if error.status >= 500:
        return Uncertain()
    return NotPlaced(str(error.code or error.status), retry=False)
