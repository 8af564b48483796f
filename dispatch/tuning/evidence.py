"""What was kept of every home's hours (EvidenceDay), as arrays."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
from django.utils import timezone

from dispatch.tuning.alarms import Floats
from monitoring.models import EvidenceDay

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


def start_of(day: date) -> datetime:
    """Local midnight, aware."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def hour_at(first: date, hour: int) -> datetime:
    """The instant at which hour `hour`, counted from the midnight of `first`, begins."""
    return start_of(first) + timedelta(hours=hour)
