"""The one way to the telephone company: official client, moved base URL, timeout, signature check.

Dispatch (calls) and notify (messages) both take their client here, so that a checking server or
the fake company of the demo can stand in for all of it by `TWILIO_API_BASE_URL`.
"""

import logging
import re
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from accounts.crypto import normal_phone

TIMEOUT_S = 10.0
"""Seconds for one request. The client's own default is to wait for ever."""


class MovedHttpClient(TwilioHttpClient):
    """Sends every request of the client to `base_url`, whatever host the library chose."""

    def __init__(self, *, base_url: str, timeout: float) -> None:
        # The library logs addresses and form fields (telephone numbers) on its own logger.
        silent = logging.getLogger("accounts.twilio_client.silent")
        silent.disabled = True
        super().__init__(timeout=timeout, logger=silent)
        self._base = urlsplit(base_url) if base_url else None

    def request(self, method: str, url: str, *args: object, **kwargs: object) -> Response:
        return super().request(method, self._moved(url), *args, **kwargs)

    def _moved(self, url: str) -> str:
        if self._base is None:
            return url
        there = urlsplit(url)
        path = self._base.path.rstrip("/") + there.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, there.query, ""))


def configured() -> bool:
    """Whether the portal has an account with the telephone company at all."""
    return all(settings.TWILIO[key] for key in ("ACCOUNT_SID", "AUTH_TOKEN", "FROM_NUMBER"))


def client(*, timeout: float = TIMEOUT_S) -> Client:
    """The official client, bound to this county's account.

    Raises ImproperlyConfigured when account, token or sending number is missing: a portal without
    a telephone must say so, not guess.
    """
    if not configured():
        raise ImproperlyConfigured(
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM_NUMBER are required"
        )
    return Client(
        settings.TWILIO["ACCOUNT_SID"],
        settings.TWILIO["AUTH_TOKEN"],
        http_client=MovedHttpClient(base_url=settings.TWILIO["API_BASE_URL"], timeout=timeout),
    )


def public_url(path: str) -> str:
    """Address of `path` as the telephone company must call it. Never built from request headers."""
    return f"{settings.PUBLIC_BASE_URL}{path}"


def verify(request: HttpRequest) -> bool:
    """Whether the company signed this webhook with one of our two tokens. Fails closed.

    The signed URL comes from PUBLIC_BASE_URL, because headers behind a proxy can be forged. With no
    token configured nothing is accepted. The second token is for changing tokens without a gap.
    """
    signature = request.headers.get("X-Twilio-Signature", "")
    tokens = [settings.TWILIO["AUTH_TOKEN"], settings.TWILIO["AUTH_TOKEN_SECONDARY"]]
    if not signature:
        return False
    url = public_url(request.get_full_path())
    return any(RequestValidator(t).validate(url, request.POST, signature) for t in tokens if t)


def e164(phone: str) -> str:
    """A Korean number as the telephone company wants it: '010-1234-5678' → '+821012345678'.

    Raises ValueError, without the number, for what no Korean telephone has.
    """
    digits = normal_phone(phone)
    if not re.fullmatch(r"0[0-9]{8,10}", digits):
        raise ValueError("not a Korean telephone number")
    return "+82" + digits[1:]
