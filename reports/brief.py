"""오늘 볼 것: at most four sentences about what waits, each with the list it counts."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.scope import Scope
from dispatch.models import Case
from dispatch.rules import CaseState, Light
from households.days import local_day
from households.models import Absence, Household
from households.rules import State
from monitoring.models import HouseholdState
from reports.addresses import cases_url, homes_url
from reports.dashboard import TownshipLights
from reports.pledge import CardFigures


@dataclass(frozen=True)
class Item:
    """`before` **`strong`** `after`; `light` is a light's shape, `icon` a line icon."""

    before: str
    strong: str
    after: str
    url: str
    light: str = ""
    icon: str = ""


def items(
    scope: Scope, rows: list[TownshipLights], figures: CardFigures | None, *, now: datetime
) -> list[Item]:
    """What an official should look at first this morning."""
    found = [
        _red_cases(scope),
        _no_data(rows),
        _away(scope, now),
        _results(figures, local_day(now).year),
    ]
    return [item for item in found if item is not None]


def _red_cases(scope: Scope) -> Item | None:
    """Open red cases. A case stays red when the light turns green, and a report opens one under any
    light: how many such there are is told, for the lights are counted below."""
    cases = Case.objects.exclude(state=CaseState.CLOSED).filter(light=Light.RED, drill=False)
    if not scope.sees_all_townships:
        cases = cases.filter(household__township__in=scope.township_codes)
    lit = HouseholdState.objects.filter(household=OuterRef("household"), light=Light.RED)
    told = cases.aggregate(
        n=Count("pk"),
        alone=Count("pk", filter=Q(owner__isnull=True)),
        dark=Count("pk", filter=~Exists(lit)),
    )
    n, alone = told["n"], told["alone"]
    if not n:
        return None
    url = cases_url(state="open", light=Light.RED.value)
    after = _("(%d건은 지금 집의 신호등이 긴급이 아님)") % told["dark"] if told["dark"] else ""
    if alone:
        before, strong = _("끝나지 않은 긴급 건 %d건 중"), _("담당자 없음 %d건") % alone
    else:
        before, strong = _("끝나지 않은 긴급 건 %d건 모두"), _("담당자 있음")
    return Item(before % n, strong, after, url, light="red")


def _no_data(rows: list[TownshipLights]) -> Item | None:
    """The township with the most homes without data."""
    worst = max(rows, key=lambda row: row.counts["grey"], default=None)
    if worst is None or not worst.counts["grey"]:
        return None
    strong = _("자료 없음 %d가구") % worst.counts["grey"]
    return Item(worst.name, strong, "", homes_url(light="grey", township=worst.code), light="grey")


def _away(scope: Scope, now: datetime) -> Item | None:
    homes = Household.objects.filter(pk__in=Absence.objects.away_at(now).values("household_id"))
    if not scope.sees_all_townships:
        homes = homes.filter(township__in=scope.township_codes)
    n = homes.exclude(enrolment__state=State.ENDED).count()
    if not n:
        return None
    return Item(_("지금"), _("부재 중 %d가구") % n, "", homes_url(away="true"), icon="bag")


def _results(figures: CardFigures | None, year: int) -> Item | None:
    """The first past year with a number as its target and no result."""
    for one in figures.years if figures else ():
        if one.year < year and one.target is not None and one.actual is None:
            strong = _("%d년 실적") % one.year
            return Item("", strong, _("입력 필요"), reverse("reports:pledge"), icon="document")
    return None
