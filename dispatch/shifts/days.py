"""Korea's public holidays by name, and the local days of the plan."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays
from django.utils import timezone

from monitoring.calendar import is_free


@lru_cache(maxsize=16)
def _names(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("KR", years=year, language="ko").items())


def holiday_name(day: date) -> str:
    """`설날`, `광복절 대체 휴일`; empty on any other day."""
    return _names(day.year).get(day, "")


def days_between(first: date, last: date) -> list[date]:
    """Both ends included; empty when they are the wrong way round."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def at(day: date, clock_time: time) -> datetime:
    """That time of that Seoul day."""
    return datetime.combine(day, clock_time, tzinfo=timezone.get_default_timezone())


def fits(day: date, kind: str) -> bool:
    """Whether a day is of this kind (`dispatch.models.DayKind`)."""
    return kind == "any" or (kind == "free") == is_free(day)
