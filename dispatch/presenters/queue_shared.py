"""What every operator with the same view sees of the queue: found once for all who poll.

Fifty operators poll the same thousand cases. Whether anything happened is two small questions a
poll (the newest line of the log, the open incidents); only after something did, and once a second,
one of them reads the cases again, for all. It is a memory of this process and of a second: a
process that has none reads for itself, and nothing depends on it.
"""

import hashlib
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Case as When_
from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language

from accounts.scope import scope_of
from dispatch.handover.offers import all_standing_offers
from dispatch.models import Case, CaseEvent
from dispatch.presenters import board_bar, queue_rows, strips
from dispatch.presenters.queue_rows import Drawn
from dispatch.presenters.strips import Strip
from dispatch.presenters.timers import FAR_AWAY
from dispatch.presenters.visit_card import two_together
from dispatch.querysets import sees_every_case
from dispatch.rules import PRIORITY_CRISIS, CaseState, Light
from monitoring.models import FeedIncident

ROWS_SHOWN = 100
CLOSED_SHOWN = 5
NEVER = float("-inf")
LOOK_S = 1.0
"""How long a finding may be old although the log says nothing: the order follows the evidence,
which is judged anew without a line in the log, and a line with a lower number may be committed
after one with a higher number was seen."""
STALE_S = 3.0
"""What a desk's own clock asks for may be as old as that, its interval, while another one reads."""


@dataclass(frozen=True)
class ClosedRow:
    uid: str
    at: datetime
    words: str


@dataclass(frozen=True)
class Closed:
    today: list[ClosedRow] = field(default_factory=list)
    count: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True)
class Shared:
    """One finding; instants are monotonic seconds. `marks`: what the shown rows depend on, in their
    order. What stands below `drawn_at` is of that instant."""

    key: tuple[Any, ...]
    etag: str
    news: tuple[Any, ...]
    found_at: float
    total: int
    red_count: int
    marks: dict[int, tuple[Any, ...]]
    drawn_at: float = NEVER
    rows: list[Drawn] = field(default_factory=list)
    closed: Closed = field(default_factory=Closed)
    strips: list[Strip] = field(default_factory=list)
    owners: list[tuple[int, str, int]] = field(default_factory=list)  # pk, name, open cases
    offered_to: frozenset[int] = frozenset()  # who is asked to take a case over

    @property
    def newest(self) -> int:
        """The newest line of the log that is in it."""
        return self.news[0] or 0


_Key = tuple[Any, ...]
_kept: dict[_Key, Shared] = {}
_locks: defaultdict[_Key, threading.Lock] = defaultdict(threading.Lock)


def of(
    user: Any, *, now: datetime, roles: frozenset[str] | None = None, seen: int | None = None
) -> Shared:
    """The present state of the queue for whoever sees what `user` sees.

    `roles`: those of the user now, where the caller has read them. `seen`: the newest line of the
    log that the asking page knows of, if it does not want to wait: while somebody else is reading,
    what was found at most STALE_S ago and with that line is good enough.
    """
    held = scope_of(user, now=now).roles if roles is None else roles
    view = "all" if sees_every_case(held) else user.pk
    key = (view, get_language(), timezone.localdate(now))
    news = _news()
    found = _kept.get(key)
    if found is not None and _holds(found, news):
        return found
    enough = found is not None and seen is not None and _is_enough(found, seen)
    if not _locks[key].acquire(blocking=not enough) and found is not None:
        return found
    try:
        return _read(user, key, news, now=now)
    finally:
        _locks[key].release()


def _read(user: Any, key: _Key, news: tuple[Any, ...], *, now: datetime) -> Shared:
    """Under the lock: what others have found meanwhile, or else what there is. Nobody sees a
    finding before it is drawn."""
    kept = _kept.get(key)
    if kept is not None and _holds(kept, news):
        return kept
    found = _look(user, key, kept, news, now=now)
    if found.drawn_at == NEVER:
        found = _draw(found, user, now=now)
    _keep(key, found)
    return found


def _holds(found: Shared, news: tuple[Any, ...]) -> bool:
    return found.news == news and found.found_at >= time.monotonic() - LOOK_S


def _is_enough(found: Shared, seen: int) -> bool:
    """Never older than what the page shows already, maybe by another process."""
    return found.newest >= seen and found.found_at >= time.monotonic() - STALE_S


def drawn(found: Shared, user: Any, *, now: datetime) -> Shared:
    """`found`, or what was found since, with nothing in it drawn too long ago."""
    if _is_fresh(found):
        return found
    with _locks[found.key]:
        found = _kept.get(found.key, found)
        if not _is_fresh(found):
            found = _draw(found, user, now=now)
            _keep(found.key, found)
        return found


def _is_fresh(found: Shared) -> bool:
    return found.drawn_at >= time.monotonic() - queue_rows.KEPT_S


def forget() -> None:
    """Empty the memory (between tests, which all live in one second)."""
    _kept.clear()


def _keep(key: _Key, found: Shared) -> None:
    """Yesterday's memory goes with the first finding of today."""
    for old in [one for one in list(_kept) if one[:2] == key[:2] and one != key]:
        _kept.pop(old, None)
    _kept[key] = found


def _news() -> tuple[Any, ...]:
    """Changes with every line of the log and every incident: two small queries."""
    newest = CaseEvent.objects.order_by("-id").values_list("id", flat=True).first()
    incidents = FeedIncident.objects.filter(closed_at=None).order_by("pk")
    return newest, tuple(incidents.values_list("pk", "households"))


def _look(
    user: Any, key: _Key, kept: Shared | None, news: tuple[Any, ...], *, now: datetime
) -> Shared:
    """Read the order of the cases. What was drawn before stays while it still says the same."""
    cases = cases_in_order(user, now=now)
    newest = CaseEvent.objects.filter(case=OuterRef("pk")).order_by("-id").values("id")[:1]
    seen = cases.annotate(version=Subquery(newest), ai_line=queue_rows.live_ai_call())
    rows = [
        (*row, queue_rows.line_words(row[2], status))
        for *row, status in seen.values_list(
            "pk", "version", "state", "light", "owner_id", "next_action_at", "held_by_id", "ai_line"
        )[:ROWS_SHOWN]
    ]
    # Of the cases beyond the shown ones only their number is told, and who has how many.
    counts = cases.order_by().aggregate(
        total=Count("pk"), reds=Count("pk", filter=Q(light=Light.RED)), owned=Count("owner")
    )
    is_night = any(row[2] == CaseState.VISITING for row in rows) and _is_night(now)
    told = repr((timezone.localdate(now), rows, counts, news, is_night))
    etag = hashlib.sha256(told.encode()).hexdigest()[:32]
    if kept is not None and kept.etag == etag:
        return replace(kept, news=news, found_at=time.monotonic())
    return Shared(
        key=key,
        etag=etag,
        news=news,
        found_at=time.monotonic(),
        total=counts["total"],
        red_count=counts["reds"],
        marks={
            row[0]: (*row, _is_far(row[5], now), is_night and row[2] == CaseState.VISITING)
            for row in rows
        },
        rows=kept.rows if kept else [],
    )


def _is_night(now: datetime) -> bool:
    """Whether two must go in because of the hour: a row says so of a visit on which one goes, and
    no line of the log tells that the hour has come."""
    return two_together(at=now, log={}, answer="") is not None


def _is_far(at: datetime | None, now: datetime) -> bool:
    """A next action that is far away is told by its hour, a near one by a clock that runs."""
    return at is not None and at - now > FAR_AWAY


def _draw(found: Shared, user: Any, *, now: datetime) -> Shared:
    before = {row.pk: row for row in found.rows}
    return replace(
        found,
        drawn_at=time.monotonic(),
        rows=queue_rows.draw(found.marks, before, now=now),
        closed=_closed(user, now=now),
        strips=strips.of_everybody(now=now),
        owners=board_bar.owners(),
        offered_to=frozenset(all_standing_offers().values_list("taker_id", flat=True)),
    )


def _closed(user: Any, *, now: datetime) -> Closed:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    closed = Case.objects.visible_to(user, now=now).filter(state=CaseState.CLOSED)
    counted = closed.aggregate(
        last=Max("closed_at"), today=Count("pk", filter=Q(closed_at__gte=midnight))
    )
    today = closed.filter(closed_at__gte=midnight).order_by("-closed_at")[:CLOSED_SHOWN]
    return Closed(
        today=[
            ClosedRow(
                uid=str(case.uid),
                at=case.closed_at,
                words=f"{case.get_evidence_kind_display()} · {case.get_close_reason_display()}",
            )
            for case in today
        ],
        count=counted["today"],
        last_at=counted["last"],
    )


def cases_in_order(user: Any, *, now: datetime) -> Any:
    """Open cases this person may see, the most urgent first.

    Nobody has them: cries for help, then reds. Then everything by light and answer (the hundreds
    of `priority`), how many feeds are silent together, how far the silence is beyond the person's
    own habit (the evidence, as of now), the survey's group, and age: the oldest first.
    """
    return _in_order().visible_to(user, now=now)


@cache
def _in_order() -> Any:
    """Put together once, which takes longer than asking it."""
    return (
        Case.objects.open()
        .annotate(
            # A held case waits for a feed, not for a person: it stands behind all others.
            turn=When_(
                When(held_by__isnull=False, then=Value(3)),
                When(priority__gte=PRIORITY_CRISIS, owner__isnull=True, then=Value(0)),
                When(light=Light.RED, owner__isnull=True, then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            ),
            band=F("priority") / 100,
            feeds_silent=Coalesce(F("household__monitoring_state__rests_on__len"), 0),
            beyond=Coalesce("household__monitoring_state__evidence", 0.0),
        )
        .order_by("turn", "-band", "-feeds_silent", "-beyond", "-priority", "opened_at", "id")
    )
