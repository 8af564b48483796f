"""Planned absences and feed incidents of one home, on the hours of a map or a curve."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from households.days import day_start
from households.models import Household
from monitoring.models import FeedIncident
from ui import words

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Span:
    """Hours [first, last] of the shown ones, counted from its first hour; never empty.

    `began` and `ended` are the true times; `ended` None: still going on.
    """

    kind: str  # absence, incident
    label: str
    first: int
    last: int
    began: datetime
    ended: datetime | None
    url: str = ""

    @property
    def days(self) -> tuple[int, int]:
        return self.first // 24, self.last // 24

    @property
    def when(self) -> str:
        begin = _("%(at)s부터") % {"at": short(self.began)}
        return f"{begin} {_('%(at)s까지') % {'at': short(self.ended)}}" if self.ended else begin


def short(at: datetime) -> str:
    """`11. 20.(금) 20시`"""
    return hour_of(words.weekday(at), words.local(at).hour)


def hour_of(day: str, hour: int) -> str:
    """The same of a day already put into words: maps say it for 24 hours of each."""
    return _("%(day)s %(hour)d시") % {"day": day, "hour": hour}


def of(
    household: Household, first: date, days: int, *, feeds: tuple[str, ...], now: datetime
) -> list[Span]:
    """Everything that explains a silence in these days, oldest first; two queries."""
    begin = day_start(first)
    end = begin + timedelta(days=days)
    found = [*_absences(household, begin, end), *_incidents(household, begin, end, feeds, now)]
    return sorted(found, key=lambda span: (span.first, span.kind))


def mask(spans: list[Span], kind: str, days: int) -> NDArray[np.bool_]:
    """(days, 24): hours that lie in a span of this kind."""
    hours = np.zeros(days * 24, bool)
    for span in spans:
        if span.kind == kind:
            hours[span.first : span.last + 1] = True
    return hours.reshape(days, 24)


def _absences(household: Household, begin: datetime, end: datetime) -> list[Span]:
    found = []
    for row in household.absences.overlapping(begin, end):
        label = _("부재 · %(kind)s") % {"kind": row.get_kind_display()}
        hours = _hours(row.starts_at, row.effective_end - timedelta(seconds=1), begin, end)
        found.append(Span("absence", label, *hours, row.starts_at, row.effective_end))
    return found


def _incidents(
    household: Household, begin: datetime, end: datetime, feeds: tuple[str, ...], now: datetime
) -> list[Span]:
    rows = FeedIncident.objects.filter(
        Q(township__isnull=True) | Q(township=household.township_id),
        Q(last_hour__isnull=True) | Q(last_hour__gte=begin),
        feed__in=feeds,
        first_hour__lt=min(end, now),
    )
    found = []
    for row in rows:
        last = row.last_hour if row.last_hour is not None else now
        over = None if row.last_hour is None else row.last_hour + HOUR
        label = _("자료 사고 · %(feed)s") % {"feed": row.get_feed_display()}
        hours = _hours(row.first_hour, last, begin, end)
        found.append(Span("incident", label, *hours, row.first_hour, over))
    return found


def _hours(first: datetime, last: datetime, begin: datetime, end: datetime) -> tuple[int, int]:
    """Indices of the hours that hold `first` and `last`, held within what is shown."""
    most = int((end - begin) // HOUR) - 1
    return max(int((first - begin) // HOUR), 0), min(max(int((last - begin) // HOUR), 0), most)
