"""Deliveries and stored hours for tests of the feeds' health, written past the door."""

from datetime import date, datetime, time, timedelta

import numpy as np

from accounts.models import Township
from households.models import Household
from monitoring.models import Delivery, SignalDay
from monitoring.partitions import ensure_partitions
from monitoring.schedules import HOUR, SEOUL
from tests.cast import NOON
from tests.households.factories import make_household

TODAY = date(2026, 7, 1)
DAY = timedelta(days=1)


def seoul(day: int, hour: int = 0, minute: int = 0, *, month: int = 7) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SEOUL)


def arrived(feed: str, until: datetime, *, at: datetime = NOON) -> Delivery:
    """A partner's file came at `at`, whose newest hour ended at `until`."""
    return Delivery.objects.create(
        feed=feed,
        source="command",
        state="accepted",
        sha256="0" * 64,
        filename="hours.csv",
        received_at=at,
        seconds=0.0,
        data_until=until,
    )


def homes(count: int, *, feed: str = "power", township: Township | None = None) -> list[Household]:
    """Watched homes, linked to one feed."""
    name = {"power": "meter", "telecom": "line", "app": "device"}[feed]
    number = Household.objects.count()
    return [
        make_household(township=township, **{name: f"{feed}-{number + at}"}) for at in range(count)
    ]


def store(home: Household, metric: str, values: np.ndarray, *, first: date) -> None:
    """(days, 24) of one metric from the local day `first` on; a day that is there is replaced."""
    ensure_partitions(first, first + len(values) * DAY)
    days = [first + at * DAY for at in range(len(values))]
    SignalDay.objects.filter(household_id=home.pk, metric=metric, day__in=days).delete()
    SignalDay.objects.bulk_create(
        SignalDay(
            day=day,
            household_id=home.pk,
            metric=metric,
            values=np.asarray(hours, "<f4").tobytes(),
        )
        for day, hours in zip(days, values, strict=True)
    )


def living(days: int) -> np.ndarray:
    """(days, 24) kWh of somebody who is at home."""
    return np.full((days, 24), 0.3, np.float32)


def slot(moment: datetime, first: date) -> tuple[int, int]:
    """Day and hour of `moment` in an array that begins with the local day `first`."""
    return divmod(int((moment - datetime.combine(first, time(), SEOUL)) // HOUR), 24)
