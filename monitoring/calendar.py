"""Days on which people may live by other hours: weekends and Korea's public holidays."""

from collections.abc import Iterable
from datetime import date
from functools import cache

import holidays
import numpy as np
from numpy.typing import NDArray

_SATURDAY = 5


@cache
def _holidays_of(year: int) -> frozenset[date]:
    # Without the names, which would be looked up in a catalogue; with the substitute days.
    return frozenset(holidays.country_holidays("KR", years=year))


def is_free(day: date) -> bool:
    """A Saturday, a Sunday or a public holiday (대체공휴일 counts)."""
    return day.weekday() >= _SATURDAY or day in _holidays_of(day.year)


def free_days(days: Iterable[date]) -> NDArray[np.bool_]:
    """(D,) whether each day is free."""
    return np.array([is_free(day) for day in days], bool)
