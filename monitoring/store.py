"""SignalDay as arrays, and its monthly partitions."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from monitoring.models import Metric, SignalDay
from monitoring.partitions import ensure_partitions

__all__ = ["chunks", "ensure_partitions", "pack", "read", "unpack"]

SLOTS = np.dtype("<f4")
HOURS = 24


def pack(values: NDArray[np.float32]) -> bytes:
    """24 values as they are stored."""
    return np.ascontiguousarray(values, SLOTS).tobytes()


def unpack(stored: bytes | memoryview) -> NDArray[np.float32]:
    return np.frombuffer(stored, SLOTS)


def read(
    household_ids: Sequence[int], first: date, last: date, *, metric: str = Metric.POWER.value
) -> NDArray[np.float64]:
    """(H, D, 24) of all days from `first` to `last`, both counted; NaN = not received.

    Homes in the order of `household_ids`; one query.
    """
    days = (last - first).days + 1
    found = np.full((len(household_ids), days, HOURS), np.nan)
    place = {household: i for i, household in enumerate(household_ids)}
    rows = SignalDay.objects.filter(
        day__range=(first, last), household_id__in=list(place), metric=metric
    ).values_list("household_id", "day", "values")
    for household, day, values in rows.iterator(chunk_size=20_000):
        found[place[household], (day - first).days] = unpack(values)
    return found


def chunks(ids: Sequence[int], size: int) -> Iterator[list[int]]:
    rest = iter(ids)
    while part := list(islice(rest, size)):
        yield part
