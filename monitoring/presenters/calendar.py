"""A month of one feed: how much of what should have come did, day by day."""

import calendar as python_calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from monitoring.models import IntakeDay
from monitoring.presenters.freshness import homes_url
from ui import words

WEEKDAYS = words.WEEKDAYS


@dataclass
class Sum:
    """Added up over townships."""

    households: int = 0
    complete: int = 0
    expected: int = 0
    received: int = 0

    def add(self, row: IntakeDay) -> None:
        self.households += row.households
        self.complete += row.complete
        self.expected += row.hours_expected
        self.received += row.hours_received


@dataclass(frozen=True)
class Day:
    """`kind`: full, most, part, none, or empty where nothing was expected (yet)."""

    on: date
    inside: bool
    total: Sum | None
    url: str

    @property
    def percent(self) -> int | None:
        """Cut, not rounded: 100 only where everything came."""
        if self.total is None or not self.total.expected:
            return None
        return 100 * self.total.received // self.total.expected

    @property
    def kind(self) -> str:
        if self.percent is None:
            return ""
        if self.percent == 100:
            return "full"
        return "none" if self.percent == 0 else "most" if self.percent >= 95 else "part"

    @property
    def name(self) -> str:
        return words.weekday(self.on)

    @property
    def said(self) -> str:
        """For who hears the cell: date, share, homes."""
        if self.total is None or self.percent is None:
            return _("%(day)s 올 것이 없음") % {"day": self.name}
        return _("%(day)s %(n)d퍼센트, %(all)d가구 가운데 %(ok)d가구 모두 옴") % {
            "day": self.name,
            "n": self.percent,
            "all": self.total.households,
            "ok": self.total.complete,
        }


@dataclass(frozen=True)
class Month:
    first: date
    weeks: list[list[Day]]

    @property
    def days(self) -> list[Day]:
        """With something to tell, newest first."""
        inside = [day for week in self.weeks for day in week if day.inside and day.total]
        return inside[::-1]

    @property
    def title(self) -> str:
        return _("%(year)d년 %(month)d월") % {"year": self.first.year, "month": self.first.month}

    @property
    def before(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        return f"{self.first + timedelta(days=31):%Y-%m}"


def month(
    rows: Iterable[IntakeDay], first: date, *, feed: str, township: str, today: date
) -> Month:
    """`rows`: the reports of the month, of one feed and of the townships that were chosen."""
    sums: dict[date, Sum] = {}
    for row in rows:
        sums.setdefault(row.day, Sum()).add(row)
    weeks = python_calendar.Calendar(firstweekday=6).monthdatescalendar(first.year, first.month)
    return Month(
        first=first,
        weeks=[
            [_day(on, first, sums.get(on), feed, township, today) for on in week] for week in weeks
        ],
    )


def _day(on: date, first: date, total: Sum | None, feed: str, township: str, today: date) -> Day:
    inside = on.month == first.month
    known = inside and on <= today and total is not None
    url = homes_url(feed=feed, day=f"{on}", township=township) if known else ""
    return Day(on=on, inside=inside, total=total if known else None, url=url)
