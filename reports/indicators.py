"""What is counted, each figure with its definition and the list it counts.

A figure is a query over the cases' log and the enrolments; it is never kept beside them. Every
figure knows the filter of the list page that shows the same rows, so a number is always a door.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractMonth
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scope
from dispatch.models import Case
from dispatch.paths import BY_KEY, FUNNEL
from dispatch.rules import CaseState, CloseReason, Light
from households.days import year_days
from households.models import Household

SEOUL = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True)
class Period:
    """Whole days in Seoul, both ends counted."""

    first: date
    last: date

    @classmethod
    def year(cls, year: int) -> "Period":
        return cls(*year_days(year))

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        first = date(year, month, 1)
        return cls(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))

    @classmethod
    def month_to(cls, day: date) -> "Period":
        return cls(day.replace(day=1), day)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time.min, SEOUL)

    @property
    def end(self) -> datetime:
        """First instant after the period."""
        return datetime.combine(self.last + timedelta(days=1), time.min, SEOUL)


@dataclass(frozen=True)
class CaseFigure:
    """A count of cases; `path` is the value of the list page's filter that shows the same ones."""

    key: str
    label: Any
    definition: Any
    path: str
    condition: Callable[[], Q]


SIGNALS = CaseFigure("signals", _("신호 발생"), _("기간 안에 열린 건. 훈련은 뺍니다."), "", Q)
CASE_FIGURES: tuple[CaseFigure, ...] = (
    SIGNALS,
    *(CaseFigure(p.key, p.label, p.definition, p.key, p.condition) for p in FUNNEL),
)


def cases_of(scope: Scope, period: Period) -> QuerySet[Case]:
    """Cases opened in the period whose person this scope covers; drills are left out."""
    cases = Case.objects.filter(opened_at__gte=period.start, opened_at__lt=period.end, drill=False)
    if scope.sees_all_townships:
        return cases
    return cases.filter(household__township__in=scope.township_codes)


def counts(cases: QuerySet[Case]) -> dict[str, int]:
    """Figure key -> number of cases; one query."""
    return cases.aggregate(
        **{
            figure.key: Count("pk", filter=figure.condition()) if figure.path else Count("pk")
            for figure in CASE_FIGURES
        }
    )


def supported(scope: Scope, year: int) -> int:
    """People the service watched on at least one day of the year (learning or in care)."""
    people = Household.objects.watched_between(*year_days(year))
    if not scope.sees_all_townships:
        people = people.filter(township__in=scope.township_codes)
    return people.count()


def by_month(cases: QuerySet[Case], year: int) -> list[dict[str, Any]]:
    """Signals, red ones and visits per month of the year, months in Seoul; one query."""
    rows = (
        cases.order_by()
        .annotate(month=ExtractMonth("opened_at", tzinfo=SEOUL))
        .values("month")
        .annotate(
            all_n=Count("pk"),
            red_n=Count("pk", filter=Q(light=Light.RED)),
            visit_n=Count("pk", filter=BY_KEY["visit"].condition()),
        )
        .values_list("month", "all_n", "red_n", "visit_n")
    )
    counted = {month: numbers for month, *numbers in rows}
    return [
        {
            "month": month,
            "period": Period.month(year, month),
            **dict(zip(("signals", "red", "visits"), counted.get(month, (0, 0, 0)), strict=True)),
        }
        for month in range(1, 13)
    ]


def by_reason(cases: QuerySet[Case]) -> list[dict[str, Any]]:
    """Closed cases by closing reason, most frequent first; there is no "other"."""
    closed = cases.filter(state=CaseState.CLOSED).order_by()
    rows = closed.values("close_reason").annotate(n=Count("pk")).order_by("-n", "close_reason")
    return [
        {
            "code": row["close_reason"],
            "label": CloseReason(row["close_reason"]).label,
            "n": row["n"],
        }
        for row in rows
    ]
