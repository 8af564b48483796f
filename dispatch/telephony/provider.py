"""What the engine asks of a telephone company, and the three ways a request can end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from dispatch.telephony import twiml
from dispatch.telephony.turns import Heard, Turn

BAD_NUMBER = "21211"
"""The code of a number that cannot be dialled, whoever finds that out."""


class NotPlaced(Exception):
    """The company said no: certainly no telephone rang. Carries its code, never a number."""

    def __init__(self, code: str, *, retry: bool) -> None:
        super().__init__(code)
        self.code = code
        self.retry = retry


class Uncertain(Exception):
    """Nobody knows whether the company took the request (time-out, reset, 5xx). Never redial
    blindly: ask the company for its calls first."""


class NotFound(Exception):
    """The company knows no call of this id."""


@dataclass(frozen=True)
class Placed:
    """The company's receipt."""

    sid: str
    status: str


@dataclass(frozen=True)
class ProviderCall:
    """A call as the company lists it. `status` in its own words (`rules.CallStatus`), `created_at`
    by its own clock; None when it does not say."""

    sid: str
    status: str
    answered_by: str = ""
    created_at: datetime | None = None


class Provider(Protocol):
    """Every method raises `Uncertain` when the company cannot be asked.

    A company that does not call back as Twilio does, or does not read TwiML, also has
    `hear(request) -> Heard` and `respond(turn) -> HttpResponse`; one that may lack its account has
    `configured() -> bool`. See docs/recipes/add-a-carrier.md.
    """

    def dial(self, *, phone: str, token: str, ring_seconds: int, hooks: str = "voice") -> Placed:
        """Ring `phone` (as the household wrote it). `hooks`: the family of our addresses that the
        company calls (`dispatch:{hooks}`, `dispatch:{hooks}_status`). Raises NotPlaced."""
        ...

    def hangup(self, *, sid: str, ringing: bool) -> None:
        """End the call: one that still rings (`ringing`), or one that somebody has answered. Raises
        NotPlaced when it is not in that state any more; somebody who has just taken the receiver
        off is not cut short."""
        ...

    def fetch(self, *, sid: str) -> ProviderCall:
        """One call. Raises NotFound."""
        ...

    def list(self, *, phone: str, limit: int = 20) -> "list[ProviderCall]":
        """Calls of ours to this number, the newest first. Raises NotPlaced for a bad number."""
        ...

    def verify_webhook(self, request: HttpRequest) -> bool:
        """Whether the company signed this request. Fails closed."""
        ...


_standing_in: list[Provider] = []


def line() -> Provider:
    """The company in use: `TELEPHONE_LINE`, the dotted path of its class."""
    if _standing_in:
        return _standing_in[-1]
    company: Provider = import_string(settings.TELEPHONE_LINE)()
    return company


def configured() -> bool:
    """Whether there is a line to dial on at all."""
    own = getattr(line(), "configured", None)
    return True if own is None else bool(own())


def hear(request: HttpRequest) -> Heard:
    """The (verified) webhook in words of our own."""
    own = getattr(line(), "hear", None)
    heard: Heard = twiml.hear(request) if own is None else own(request)
    return heard


def respond(turn: Turn) -> HttpResponse:
    """The turn as this company wants to read it."""
    own = getattr(line(), "respond", None)
    response: HttpResponse = twiml.respond(turn) if own is None else own(turn)
    return response


@contextmanager
def use(other: Provider) -> Iterator[Provider]:
    """Another company for the length of a block (a second provider being tried out)."""
    _standing_in.append(other)
    try:
        yield other
    finally:
        _standing_in.remove(other)
