"""The county's pages: today, one year, the pledge card."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from accounts.scope import Scope
from reports import brief, indicators, pledge, presenters, township_map
from reports import dashboard as board
from reports.addresses import cases_url, homes_url
from reports.indicators import Period
from reports.pledge import CardFigures

PLEDGE = "2-6"
FIRST_YEAR = 2023  # the survey and the first homes


@allow(Role.COUNTY_OFFICIAL)
def dashboard(request: HttpRequest) -> HttpResponse:
    """오늘: counts per light and township, the path of this month's signals, targets and money."""
    now, scope = clock.now(), request_scope(request)
    context = {**board.overview(scope, now=now), "now": now}
    context["map"] = township_map.drawn(context["townships"])
    figures = _figures(PLEDGE, now=now)
    context["brief"] = brief.items(scope, context["townships"], figures, now=now)
    if figures is not None:
        context |= _targets(figures, scope, context["today"].year)
    return render(request, "reports/dashboard.html", context)


def _figures(code: str, *, now: datetime) -> CardFigures | None:
    """The card as known today; None before one was loaded."""
    try:
        return pledge.figures(code=code, as_of=timezone.localtime(now).date())
    except pledge.NoCard:
        return None


def _targets(figures: CardFigures, scope: Scope, year: int) -> dict[str, Any]:
    """Bars of targets and money. The running year is what the portal has counted so far."""
    running = {year: indicators.supported(scope, year)}
    return {
        "card": figures.card,
        "bars": presenters.year_bars(figures.years, running=running),
        "budget_bars": presenters.budget_bars(figures),
        "budget_sources": presenters.budget_sources(figures),
        "doors": True,
    }


@allow(Role.COUNTY_OFFICIAL)
def year(request: HttpRequest, year: int) -> HttpResponse:
    """One year counted: people supported, signals and how each ended, month by month."""
    now, scope = clock.now(), request_scope(request)
    today = timezone.localtime(now).date()
    if not FIRST_YEAR <= year <= today.year:
        raise Http404
    period = Period.year(year)
    cases = indicators.cases_of(scope, period)
    months = board.month_rows(cases, year)
    context = {
        "year": year,
        "years": range(FIRST_YEAR, today.year + 1),
        "running": year == today.year,
        "now": now,
        "supported": indicators.supported(scope, year),
        "supported_url": homes_url(supported_in=str(year)),
        "target": presenters.target_of(PLEDGE, year, as_of=today),
        "path": board.path_rows(scope, period),
        "cases_url": cases_url(period),
        "months": months,
        "month_totals": board.month_totals(months, year),
        "reasons": board.reason_rows(cases, period),
        "times": board.times(scope, period),
    }
    return render(request, "reports/year.html", context)


@allow(Role.COUNTY_OFFICIAL, Role.TOWNSHIP_CLERK)
def pledge_card(request: HttpRequest) -> HttpResponse:
    """The pledge card with its proof. Years are doors only for whoever may open them."""
    now = clock.now()
    figures = _figures(PLEDGE, now=now)
    if figures is None:
        return render(request, "reports/pledge_missing.html")
    context = presenters.pledge_card(figures)
    context |= {"now": now, "doors": request_scope(request).has(Role.COUNTY_OFFICIAL)}
    return render(request, "reports/pledge.html", context)


@allow(Role.COUNTY_OFFICIAL, Role.TOWNSHIP_CLERK)
def pledge_json(request: HttpRequest, code: str) -> JsonResponse:
    """The card for machines, as `manage.py pledge_card --format json` writes it."""
    figures = _figures(code, now=clock.now())
    if figures is None:
        raise Http404
    return JsonResponse(
        pledge.as_json(figures), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
