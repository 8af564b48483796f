"""Hours and days as numbers: hour n counts from 1970-01-01 00:00 in Seoul, day = n // 24.

Korea has kept UTC+9 without summer time since 1988, long before the first reading.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
HOUR = timedelta(hours=1)
DAY = 24
_BEGIN = datetime(1969, 12, 31, 15, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1)


def hour_of(at: datetime) -> int:
    """The hour that contains `at`."""
    return (at - _BEGIN) // HOUR


def begin_of(hour: int) -> datetime:
    """The instant at which an hour begins, in UTC."""
    return _BEGIN + timedelta(hours=int(hour))


def day_of(day: int) -> date:
    return _FIRST_DAY + timedelta(days=int(day))


def number_of(day: date) -> int:
    return (day - _FIRST_DAY).days
