"""Partner files for tests, as text."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from monitoring import intake
from monitoring.models import Delivery, Metric, SignalDay
from tests.cast import NOON

HEADER = "meter_id,read_at,kwh"
Row = tuple[str, str, Any]


def csv(rows: Iterable[Row], header: str = HEADER) -> bytes:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows), ""]).encode()


def day_rows(meter: str, day: date = date(2026, 6, 30), kwh: float = 0.5) -> list[Row]:
    """24 hourly rows; the hour is told by its third decimal, so that no two are alike."""
    return [(meter, f"{day}T{hour:02d}:00", round(kwh + hour / 1000, 4)) for hour in range(24)]


def deliver(content: bytes | list[Row], *, now: datetime = NOON, **options: Any) -> Delivery:
    if isinstance(content, list):
        content = csv(content)
    given: dict[str, Any] = {"feed": "power", "filename": "power.csv", "source": "folder"}
    return intake.deliver(content=content, now=now, **{**given, **options})


def slots(household_id: int, day: date = date(2026, 6, 30)) -> list[float | None]:
    """The 24 slots of a day, None where nothing was received; empty when there is no row."""
    row = SignalDay.objects.filter(day=day, household_id=household_id, metric=Metric.POWER).first()
    if row is None:
        return []
    values = np.frombuffer(row.values, "<f4").tolist()
    return [None if value != value else round(value, 4) for value in values]


def table() -> dict[tuple[date, int], bytes]:
    """Everything stored, for comparison."""
    return {
        (day, household_id): bytes(values)
        for day, household_id, values in SignalDay.objects.values_list(
            "day", "household_id", "values"
        )
    }


def quarters(meter: str, hour: datetime, values: Iterable[float]) -> list[Row]:
    return [
        (meter, (hour + timedelta(minutes=15 * n)).strftime("%Y-%m-%d %H:%M"), value)
        for n, value in enumerate(values)
    ]
