"""The one door into the access log (안전성 확보조치 기준 §8)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import AccessLog, User
from accounts.scope import roles_of

# Hexadecimal neighbours are excluded, or every hundredth UUID would look like a number.
_PHONE = re.compile(r"(?<![0-9a-f-])\(?0\d{1,2}\)?[-. ]?\d{3,4}[-. ]?\d{4}(?![0-9a-f-])")
_REASON_LENGTH = 200
_serving: ContextVar[HttpRequest | None] = ContextVar("serving", default=None)


@contextmanager
def serving(request: HttpRequest) -> Iterator[None]:
    """While a request is served, verbs that know of no request still log where it came from."""
    token = _serving.set(request)
    try:
        yield
    finally:
        _serving.reset(token)


def record(
    *,
    actor: Any,
    action: str,
    subject_kind: str,
    subject_uid: str = "",
    now: datetime,
    request: HttpRequest | None = None,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> AccessLog:
    """Writes one line: who did what to whose data, from where, and why.

    `actor` None or anonymous is "nobody" (a failed sign-in) or the system itself. `subject_uid` is
    opaque; `detail` holds counts, ids, codes and field names. A detail that looks like a telephone
    number is a programming error and raises ValueError, as does an unknown action.
    """
    if action not in AccessLog.Action.values:
        raise ValueError(f"unknown action in the access log: {action!r}")
    _refuse_personal_data(detail or {})
    request = request or _serving.get()
    person = actor if isinstance(actor, User) and actor.pk is not None else None
    return AccessLog.objects.create(
        at=now,
        actor_id=None if person is None else person.pk,
        actor_role=",".join(sorted(roles_of(person, now=now))),
        action=action,
        subject_kind=subject_kind,
        subject_uid=str(subject_uid),
        reason=reason.strip()[:_REASON_LENGTH],
        ip=None if request is None else client_ip(request),
        detail=detail or {},
    )


def client_ip(request: HttpRequest) -> str | None:
    """The address the request came from.

    X-Forwarded-For can be written by anybody, so it counts only where the installation says how
    many proxies of its own stand in front (settings.TRUSTED_PROXY_COUNT): that many entries from
    the right are theirs.
    """
    proxies = int(getattr(settings, "TRUSTED_PROXY_COUNT", 0))
    if proxies:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(hops) >= proxies and is_valid_ip(hops[-proxies]):
            return hops[-proxies]
    remote = request.META.get("REMOTE_ADDR", "")
    return remote if is_valid_ip(remote) else None


def is_valid_ip(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address, and so fits the log's column."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _refuse_personal_data(value: Any) -> None:
    """Guards the log against the most likely slip: a number copied into the detail."""
    if isinstance(value, dict):
        for item in value.values():
            _refuse_personal_data(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_personal_data(item)
    elif isinstance(value, str) and _PHONE.search(value):
        raise ValueError("the access log takes no telephone numbers")
