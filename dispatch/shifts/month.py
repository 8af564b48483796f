"""One month of the plan as the page draws it: a row a day, a column a duty."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch.duty import can_be_rung
from dispatch.models import Duty, Shift
from dispatch.shifts.days import holiday_name
from dispatch.shifts.gaps import Gap, gaps, shifts_between
from households.days import day_start
from monitoring.calendar import is_free
from ui.words import clock_time


@dataclass(frozen=True)
class Entry:
    """A shift that begins on the row's day."""

    uid: str
    span: str
    name: str
    reachable: bool
    mine: bool
    may_go: bool  # not over yet


@dataclass(frozen=True)
class Cell:
    label: str
    entries: list[Entry]
    holes: list[str]


@dataclass(frozen=True)
class Day:
    on: date
    holiday: str
    free: bool
    today: bool
    past: bool
    cells: list[Cell]


@dataclass(frozen=True)
class Month:
    first: date
    title: str
    before: str
    after: str
    days: list[Day]
    holes: int  # days on which somebody is missing, from today on
    silent: int


def month_of(first: date, viewer: User, *, now: datetime) -> Month:
    """`first` is the first day of the month. Two queries, however many shifts there are."""
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    begin, end = day_start(first), day_start(last + timedelta(days=1))
    shifts = list(shifts_between(begin, end))
    holes = [hole for hole in gaps(begin, end) if hole.ends_at > now]
    today = timezone.localdate(now)
    days = [
        _day(first + timedelta(days=n), shifts, holes, viewer, today=today, now=now)
        for n in range((last - first).days + 1)
    ]
    silent = {s.user_id for s in shifts if s.ends_at > now and not can_be_rung(s.user)}
    return Month(
        first=first,
        title=_("%(y)d년 %(m)d월") % {"y": first.year, "m": first.month},
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{last + timedelta(days=1):%Y-%m}",
        days=days,
        holes=sum(any(cell.holes for cell in day.cells) for day in days),
        silent=len(silent),
    )


def _day(
    on: date, shifts: list[Shift], holes: list[Gap], viewer: User, *, today: date, now: datetime
) -> Day:
    cells = [
        Cell(
            label=str(duty.label),
            entries=[
                _entry(shift, viewer, now=now)
                for shift in shifts
                if shift.duty == duty and timezone.localdate(shift.starts_at) == on
            ],
            holes=[words for hole in holes if hole.duty == duty for words in _hole(hole, on)],
        )
        for duty in Duty
    ]
    return Day(
        on=on,
        holiday=holiday_name(on),
        free=is_free(on),
        today=on == today,
        past=on < today,
        cells=cells,
    )


def _entry(shift: Shift, viewer: User, *, now: datetime) -> Entry:
    return Entry(
        uid=str(shift.uid),
        span=_span(shift.starts_at, shift.ends_at),
        name=shift.user.name,
        reachable=can_be_rung(shift.user),
        mine=shift.user_id == viewer.pk,
        may_go=shift.ends_at > now,
    )


def _span(begin: datetime, end: datetime) -> str:
    """`09:00–18:00`; the end of a night says so."""
    over = timezone.localdate(end) > timezone.localdate(begin)
    until = _("다음 날 %(at)s") % {"at": clock_time(end)} if over else clock_time(end)
    return f"{clock_time(begin)}–{until}"


def _hole(hole: Gap, on: date) -> list[str]:
    """The part of a hole that lies on this day; nothing when it lies elsewhere."""
    begin, end = day_start(on), day_start(on + timedelta(days=1))
    first, last = max(hole.starts_at, begin), min(hole.ends_at, end)
    if first >= last:
        return []
    if (first, last) == (begin, end):
        return [_("하루 종일")]
    return [f"{clock_time(first)}–{clock_time(last) if last < end else '24:00'}"]
