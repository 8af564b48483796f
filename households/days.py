"""Seoul calendar days and instants."""

from datetime import date, datetime, time

from django.utils import timezone


def local_day(at: datetime) -> date:
    """The Seoul calendar day of an instant."""
    return timezone.localtime(at).date()


def day_start(day: date) -> datetime:
    """The first instant of a Seoul calendar day."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def year_days(year: int) -> tuple[date, date]:
    """The first and the last day of a calendar year."""
    return date(year, 1, 1), date(year, 12, 31)
