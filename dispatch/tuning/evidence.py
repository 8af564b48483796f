"""What was kept of every home's hours (EvidenceDay), as arrays."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
from django.utils import timezone

from dispatch.tuning.alarms import Flags, Floats
from households.models import Feed
from monitoring import feeds
from monitoring.models import EvidenceDay, Metric, SignalDay

HOURS = 24


def read(household_ids: Sequence[int], first: date, last: date, *, rule: str) -> Floats:
    """(H, days x 24) from `first` to `last`, both counted, by one rule; NaN = not there.

    Homes in the order of `household_ids`; one query.
    """
    days = (last - first).days + 1
    found = np.full((len(household_ids), days, HOURS), np.nan, np.float32)
    place = {household: i for i, household in enumerate(household_ids)}
    rows = EvidenceDay.objects.filter(
        rule=rule, day__range=(first, last), household_id__in=list(place)
    ).values_list("household_id", "day", "evidence")
    for household, day, stored in rows.iterator(chunk_size=20_000):
        found[place[household], (day - first).days] = np.frombuffer(stored, "<f4")
    return found.reshape(len(household_ids), days * HOURS)


def power_only(household_ids: Sequence[int], first: date, last: date) -> Flags:
    """(H,) homes of which nothing but electricity came in these days; one query. Scoring looks at
    the days before each hour; a home that lost its telephone in between counts by what it had."""
    metrics = [name for feed in Feed for name in feeds.connector(feed.value).metrics]
    rows = SignalDay.objects.filter(
        day__range=(first, last), household_id__in=list(household_ids), metric__in=metrics
    )
    came: dict[int, set[str]] = {}
    for household, metric in rows.order_by().values_list("household_id", "metric").distinct():
        came.setdefault(household, set()).add(metric)
    return np.array([came.get(one) == {Metric.POWER.value} for one in household_ids], bool)


def start_of(day: date) -> datetime:
    """Local midnight, aware."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def hour_at(first: date, hour: int) -> datetime:
    """The instant at which hour `hour`, counted from the midnight of `first`, begins."""
    return start_of(first) + timedelta(hours=hour)
