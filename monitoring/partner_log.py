"""What partners did at their door, in the access log: who, from where, with which token.

A refusal is written at most once a minute per token (or address) and reason, so that somebody who
knocks in a loop cannot fill a log from which nothing is ever deleted early.
"""

import logging
from typing import Any

import redis
from django.core.cache import cache

from accounts import audit, clock
from accounts.models import AccessLog
from monitoring.models import Delivery, PartnerToken

log = logging.getLogger(__name__)

_ONCE_IN_SECONDS = 60


def delivered(request: Any, delivery: Delivery) -> None:
    """In the transaction of the delivery: no readings come in that the log does not tell of."""
    audit.record(
        actor=None,
        action=AccessLog.Action.CREATED,
        subject_kind="delivery",
        subject_uid=str(delivery.uid),
        now=delivery.received_at,
        request=_plain(request),
        detail={"token": delivery.token_id, "feed": delivery.feed, "state": delivery.state},
    )


def refused(request: Any, *, why: str, token: PartnerToken | None = None) -> None:
    """`why` is a code. The token that was shown, if it is none of ours, is not written."""
    address = audit.client_ip(_plain(request))
    if not _first_this_minute(f"{why}:{token.pk if token else address}"):
        return
    audit.record(
        actor=None,
        action=AccessLog.Action.DENIED,
        subject_kind="partner_token",
        subject_uid=str(token.pk) if token else "",
        now=clock.now(),
        request=_plain(request),
        detail={"why": why},
    )


def _plain(request: Any) -> Any:
    """Django's own request, whose META no parser has touched."""
    return getattr(request, "_request", request)


def _first_this_minute(what: str) -> bool:
    try:
        return bool(cache.add(f"partner-refused:{what}", 1, timeout=_ONCE_IN_SECONDS))
    except redis.RedisError as error:
        log.warning("refusals are not counted: %s", type(error).__name__)
        return True
