"""Quiet hours: a short message that can wait does not wake anybody."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts.county_settings import setting


def earliest(at: datetime) -> datetime:
    """The first moment from `at` on at which a message that is not urgent may go out."""
    local = timezone.localtime(at)
    start, end = _hours(at)
    if not _within(local.time(), start, end):
        return at
    ends = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > local else ends + timedelta(days=1)


def is_quiet(at: datetime) -> bool:
    """Whether the county keeps quiet at this moment (Asia/Seoul wall clock)."""
    return _within(timezone.localtime(at).time(), *_hours(at))


def _hours(at: datetime) -> tuple[time, time]:
    return (
        _as_time(setting("accounts.quiet_from", at=at)),
        _as_time(setting("accounts.quiet_until", at=at)),
    )


def _as_time(value: object) -> time:
    return value if isinstance(value, time) else time.fromisoformat(str(value))


def _within(moment: time, start: time, end: time) -> bool:
    """Whether `moment` lies in [start, end), also across midnight. Equal ends: never quiet."""
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end
