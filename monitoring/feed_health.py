"""How every feed stands: when it last delivered, how far the data reach, whether it is late."""

from datetime import datetime
from typing import TypedDict

from django.db.models import Max, Min, Q

from households.days import day_start, local_day
from households.models import Feed, FeedLink
from households.rules import WATCHED_STATES
from monitoring import schedules
from monitoring.models import Delivery
from monitoring.models.deliveries import DeliveryState


class FeedHealth(TypedDict):
    """`last_delivery_s`: programme seconds since the last accepted file. `data_until`: the end of
    the newest hour ever stored, ISO 8601 in UTC. `late`: somebody watched depends on the feed,
    and it is behind its schedule by more than its grace."""

    last_delivery_s: float | None
    late: bool
    data_until: str | None


class Arrivals(TypedDict):
    """When a feed last delivered, and the end of its newest hour; None: never."""

    received: datetime | None
    until: datetime | None


def summary(*, now: datetime) -> dict[str, FeedHealth]:
    """{feed: how it stands}, every feed of the programme."""
    newest = arrivals()
    late = late_feeds(newest, now=now)
    return {
        feed.value: _health(newest[feed.value], late=feed.value in late, now=now) for feed in Feed
    }


def arrivals() -> dict[str, Arrivals]:
    """{feed: what came last}, every feed; one query."""
    accepted = Q(state=DeliveryState.ACCEPTED)
    rows = (
        Delivery.objects.order_by()
        .values("feed")
        .annotate(
            received=Max("received_at", filter=accepted), until=Max("data_until", filter=accepted)
        )
    )
    found: dict[str, Arrivals] = {
        row["feed"]: {"received": row["received"], "until": row["until"]} for row in rows
    }
    nothing: Arrivals = {"received": None, "until": None}
    return {feed.value: found.get(feed.value, nothing) for feed in Feed}


def late_feeds(newest: dict[str, Arrivals], *, now: datetime) -> dict[str, datetime]:
    """{feed: since when it is late} of those that are late as a whole.

    A feed that nobody depends on any more is not late for ever, and one that never delivered is
    late from the first link on.
    """
    behind = {
        feed: since
        for feed, came in newest.items()
        if (since := schedules.late_since(feed, until=came["until"], now=now)) is not None
    }
    silent = [feed for feed, came in newest.items() if came["until"] is None]
    if not behind and not silent:
        return {}
    linked = (
        FeedLink.objects.not_over(local_day(now))
        .filter(
            feed__in=[*behind, *silent],
            household__enrolment__state__in=WATCHED_STATES,
        )
        .order_by()
    )
    begun = linked.values("feed").annotate(first=Min("valid_from"))
    first = dict(begun.values_list("feed", "first"))
    for feed in silent:
        linked_on = day_start(first[feed]) if feed in first else None
        since = schedules.late_since(feed, until=None, now=now, begun=linked_on)
        if since is not None:
            behind[feed] = since
    return {feed: since for feed, since in behind.items() if feed in first}


def _health(came: Arrivals, *, late: bool, now: datetime) -> FeedHealth:
    received, until = came["received"], came["until"]
    return {
        "last_delivery_s": None if received is None else (now - received).total_seconds(),
        "late": late,
        "data_until": None if until is None else until.isoformat(),
    }
