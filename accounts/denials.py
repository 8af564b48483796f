"""Refused pages in the access log: who asked for which page, and of whom.

The same page is written at most once a minute per person: an open page that refreshes itself after
a role ended would fill a log from which nothing is ever deleted early.
"""

import logging
from collections.abc import Sequence

import redis
from django.core.cache import cache
from django.http import HttpRequest

from accounts import audit, clock
from accounts.models import AccessLog

log = logging.getLogger(__name__)

ONCE_IN_S = 60
_LONGEST = AccessLog._meta.get_field("subject_uid").max_length


def record(request: HttpRequest, *, why: str, subjects: Sequence[str] = ()) -> None:
    """One line: the page by its name in the table of URLs, never its address. `why`: the sentence
    that the person was shown. `subjects`: opaque ids of those whose page it was."""
    match = request.resolver_match
    page = match.view_name if match else ""
    if not _first_this_minute(f"{request.user.pk}:{request.method}:{page}:{','.join(subjects)}"):
        return
    audit.record(
        actor=request.user,
        action=AccessLog.Action.DENIED,
        subject_kind="page",
        subject_uid=page[:_LONGEST],
        now=clock.now(),
        request=request,
        reason=why,
        detail={"method": request.method, "of": list(subjects)},
    )


def _first_this_minute(what: str) -> bool:
    try:
        return bool(cache.add(f"page-refused:{what}", 1, timeout=ONCE_IN_S))
    except redis.RedisError as error:
        log.warning("refused pages are not counted: %s", type(error).__name__)
        return True
