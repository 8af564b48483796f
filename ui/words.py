"""Dates and spans of time as a clerk writes them: `2026. 8. 2. 15:20`, `31시간 5분 전`.

Aware instants are shown in the current time zone (Asia/Seoul). Spans are cut, not rounded:
"6분" means that at least six minutes are left.
"""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

MINUTE, HOUR, DAY = 60, 3600, 86400
# Up to three days a silence is told in hours, as the control desk thinks of it.
HOURS_UNTIL = 72 * HOUR
WEEKDAYS = tuple(pgettext_lazy("weekday", name) for name in "월화수목금토일")


def local(at: datetime) -> datetime:
    return timezone.localtime(at) if timezone.is_aware(at) else at


def day(on: date | datetime) -> str:
    """`2026. 8. 2.`"""
    if isinstance(on, datetime):
        on = local(on)
    return f"{on.year}. {on.month}. {on.day}."


def weekday(on: date | datetime) -> str:
    """`8. 2.(일)`"""
    if isinstance(on, datetime):
        on = local(on)
    return f"{on.month}. {on.day}.({WEEKDAYS[on.weekday()]})"


def clock_time(at: datetime) -> str:
    """`15:20`"""
    return f"{local(at):%H:%M}"


def moment(at: datetime) -> str:
    """`2026. 8. 2. 15:20`"""
    return f"{day(at)} {clock_time(at)}"


def span(length: timedelta) -> str:
    """A length of time in its one or two largest units; the sign is dropped."""
    seconds = int(abs(length.total_seconds()))
    if seconds < MINUTE:
        return _("%(n)d초") % {"n": seconds}
    if seconds < HOUR:
        return _("%(n)d분") % {"n": seconds // MINUTE}
    if seconds < HOURS_UNTIL:
        return _two(_("%(n)d시간"), seconds // HOUR, _("%(n)d분"), seconds % HOUR // MINUTE)
    return _two(_("%(n)d일"), seconds // DAY, _("%(n)d시간"), seconds % DAY // HOUR)


def ago(at: datetime, now: datetime) -> str:
    """`31시간 5분 전`, `방금`, or `6분 뒤` when it is still to come."""
    length = now - at
    if abs(length) < timedelta(seconds=MINUTE):
        return _("방금")
    words = {"span": span(length)}
    return _("%(span)s 전") % words if length > timedelta(0) else _("%(span)s 뒤") % words


def _two(large: str, larges: int, small: str, smalls: int) -> str:
    words = large % {"n": larges}
    return f"{words} {small % {'n': smalls}}" if smalls else words
