"""The county at a glance: lights per township, the path of the signals, the time to safety."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts.models import Township
from accounts.scope import Scope
from dispatch.models import Case
from dispatch.paths import LONG, SPANS
from dispatch.stages import SAFE
from households.models import Household
from monitoring.models import HouseholdState
from reports import indicators, timings
from reports.addresses import cases_url, homes_url
from reports.indicators import CASE_FIGURES, Period

LIGHTS = ("red", "yellow", "grey", "green")  # most urgent first


@dataclass(frozen=True)
class TownshipLights:
    """How many watched homes of a township show which light, each with its list."""

    code: str
    name: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def cells(self) -> list[tuple[str, int, str]]:
        return [
            (light, self.counts[light], homes_url(light=light, township=self.code))
            for light in LIGHTS
        ]

    @property
    def not_green(self) -> list[tuple[str, int]]:
        """What the map writes: (light, homes), green left out."""
        return [(light, self.counts[light]) for light in LIGHTS[:3] if self.counts[light]]

    @property
    def mostly_grey(self) -> bool:
        """More than half of the homes have no data: the map is hatched there."""
        return self.counts["grey"] * 2 > self.total

    @property
    def url(self) -> str:
        return homes_url(township=self.code)


def lights(scope: Scope) -> list[TownshipLights]:
    """One row per township that the scope covers. A watched home never scored counts as grey."""
    townships = [town for town in Township.objects.all() if scope.covers(town.code)]
    rows = (
        HouseholdState.objects.filter(household__in=_watched(scope))
        .values("household__township", "light")
        .annotate(homes=Count("pk"))
    )
    counted = {(row["household__township"], row["light"]): row["homes"] for row in rows}
    watched = dict(
        _watched(scope)
        .values_list("township")
        .annotate(homes=Count("pk"))
        .values_list("township", "homes")
    )
    found = []
    for town in townships:
        counts = {light: counted.get((town.code, light), 0) for light in LIGHTS}
        counts["grey"] += watched.get(town.code, 0) - sum(counts.values())
        found.append(TownshipLights(town.code, town.name, counts))
    return found


def _watched(scope: Scope) -> Any:
    homes = Household.objects.watched().order_by()
    return homes if scope.sees_all_townships else homes.filter(township__in=scope.township_codes)


def path_rows(scope: Scope, period: Period) -> list[dict[str, Any]]:
    """The funnel: each figure with its share of all signals and its list."""
    counts = indicators.counts(indicators.cases_of(scope, period))
    signals = counts["signals"]
    return [
        {
            "figure": figure,
            "count": counts[figure.key],
            "share": f"{counts[figure.key] * 100 / signals:.1f}%"
            if signals and figure.path
            else "",
            "width": f"{counts[figure.key] * 100 / signals if signals else 0:.1f}",
            "url": cases_url(period, path=figure.path),
        }
        for figure in CASE_FIGURES
    ]


def times(scope: Scope, period: Period) -> dict[str, Any]:
    """Time to safety: the histogram, and a row for each light under which a case opens."""
    found = timings.by_light(indicators.cases_of(scope, period))

    def url(**filters: str) -> str:
        return cases_url(period, stage=SAFE, counted="yes", **filters)

    return {
        "all": found["all"],
        "url": url(),
        "long_url": url(took=LONG.key),
        "drawn": timings.drawn(found["all"], {span.key: url(took=span.key) for span in SPANS}),
        "rows": [
            {"light": light, "times": found[light], "url": url(opened_light=light)}
            for light in timings.LIGHTS
        ],
    }


def overview(scope: Scope, *, now: datetime) -> dict[str, Any]:
    """Everything the dashboard counts for a viewer with this scope."""
    today = timezone.localtime(now).date()
    period = Period.month_to(today)
    rows = lights(scope)
    totals = {light: sum(row.counts[light] for row in rows) for light in LIGHTS}
    return {
        "today": today,
        "period": period,
        "townships": rows,
        "totals": [(light, totals[light], homes_url(light=light)) for light in LIGHTS],
        "watched": sum(totals.values()),
        "watched_url": homes_url(),
        "path": path_rows(scope, period),
        "cases_url": cases_url(period),
        "times": times(scope, period),
    }


def month_rows(cases: QuerySet[Case], year: int) -> list[dict[str, Any]]:
    """Each month with its lists and the length of its bar in percent of the fullest month."""
    rows = indicators.by_month(cases, year)
    most = max(row["signals"] for row in rows) or 1
    return [
        {
            **row,
            "width": f"{row['signals'] * 100 / most:.1f}",
            "url": cases_url(row["period"]),
            "red_url": cases_url(row["period"], light="red"),
            "visits_url": cases_url(row["period"], path="visit"),
        }
        for row in rows
    ]


def month_totals(rows: list[dict[str, Any]], year: int) -> dict[str, Any]:
    """The row under the months."""
    period = Period.year(year)
    return {
        **{name: sum(row[name] for row in rows) for name in ("signals", "red", "visits")},
        "url": cases_url(period),
        "red_url": cases_url(period, light="red"),
        "visits_url": cases_url(period, path="visit"),
    }


def reason_rows(cases: QuerySet[Case], period: Period) -> list[dict[str, Any]]:
    return [
        {**row, "url": cases_url(period, reason=row["code"])} for row in indicators.by_reason(cases)
    ]
