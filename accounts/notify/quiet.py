"""Quiet hours: a short message that can wait does not wake anybody."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts.county_settings import setting


def earliest(at: datetime) -> datetime:
    """The first moment from `at` on at which a message that is not urgent may go out."""
    return end_of_span(at, *_hours(at)) or at


def is_quiet(at: datetime) -> bool:
    """Whether the county keeps quiet at this moment (Asia/Seoul wall clock)."""
    return end_of_span(at, *_hours(at)) is not None


def _hours(at: datetime) -> tuple[time, time]:
    return (
        _as_time(setting("accounts.quiet_from", at=at)),
        _as_time(setting("accounts.quiet_until", at=at)),
    )


def _as_time(value: object) -> time:
    return value if isinstance(value, time) else time.fromisoformat(str(value))


def end_of_span(at: datetime, start: time, end: time) -> datetime | None:
    """When the daily span [start, end) around `at` ends (Asia/Seoul wall clock, also across
    midnight), or None when `at` lies outside it. Equal ends: never inside."""
    local = timezone.localtime(at)
    moment = local.time()
    inside = start <= moment < end if start <= end else moment >= start or moment < end
    if not inside:
        return None
    return next_at(at, end)


def next_at(at: datetime, moment: time) -> datetime:
    """When a clock in Seoul next shows `moment` after `at`."""
    local = timezone.localtime(at)
    there = local.replace(hour=moment.hour, minute=moment.minute, second=0, microsecond=0)
    return there if there > local else there + timedelta(days=1)
