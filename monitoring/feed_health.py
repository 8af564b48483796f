"""How every feed stands: when it last delivered, and until when we know anything."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.db.models import Max, Q

from accounts.county_settings import setting
from households.models import Feed
from monitoring.intake import ACCEPTED_FEEDS
from monitoring.models import Delivery
from monitoring.models.deliveries import DeliveryState


class FeedHealth(TypedDict):
    """`last_delivery_s`: programme seconds since the last accepted file. `data_until`: the end of
    the newest hour ever stored, ISO 8601 in UTC. `late`: an accepted feed once delivered and now
    has brought nothing new for longer than the county's setting."""

    last_delivery_s: float | None
    late: bool
    data_until: str | None


def summary(*, now: datetime) -> dict[str, FeedHealth]:
    """{feed: how it stands}, every feed of the programme; two queries."""
    limit = timedelta(hours=setting("monitoring.feed_late_hours", at=now))
    accepted = Q(state=DeliveryState.ACCEPTED)
    newest = {
        row["feed"]: row
        for row in Delivery.objects.order_by()
        .values("feed")
        .annotate(
            received=Max("received_at", filter=accepted), until=Max("data_until", filter=accepted)
        )
    }
    return {feed.value: _health(feed, newest.get(feed), limit, now) for feed in Feed}


def _health(
    feed: Feed, row: dict[str, datetime | None] | None, limit: timedelta, now: datetime
) -> FeedHealth:
    received = row["received"] if row else None
    until = row["until"] if row else None
    return {
        "last_delivery_s": None if received is None else (now - received).total_seconds(),
        "late": feed in ACCEPTED_FEEDS
        and received is not None
        and (until is None or now - until > limit),
        "data_until": None if until is None else until.isoformat(),
    }
