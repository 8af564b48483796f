"""The list, and the search that keeps names and numbers out of the URL."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import allow, request_scope
from households import list_hooks, presenters
from households.days import local_day
from households.filters import HouseholdFilterSet
from households.finding import matching
from households.forms import SearchForm
from households.models import Absence, Household
from households.rules import READERS, WRITERS

PER_PAGE = 50


@allow(*READERS)
@require_safe
def household_list(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    visible = Household.objects.visible_to(request.user, now=now)
    households = visible.select_related("township", "enrolment").with_risk_group(on=local_day(now))
    filters = HouseholdFilterSet(
        request.GET, queryset=households, now=now, scope=request_scope(request)
    )
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    return _render(request, list(page.object_list), now=now, page=page, filters=filters)


@allow(*READERS)
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """By number, exact telephone number or exact name. One hit opens it, several are listed."""
    now = clock.now()
    form = SearchForm(request.POST)
    if not form.is_valid():
        for error in form.errors.get("q", []):
            messages.warning(request, str(error))
        return redirect("households:list")
    visible = Household.objects.visible_to(request.user, now=now)
    found = list(
        matching(visible, form.cleaned_data["q"])
        .select_related("township", "enrolment")
        .with_risk_group(on=local_day(now))[:PER_PAGE]
    )
    if not found:
        messages.info(
            request, _("찾는 대상자가 없습니다. 이름과 전화번호는 모두 정확히 적어야 찾습니다.")
        )
        return redirect("households:list")
    if len(found) == 1:
        return redirect(found[0])
    return _render(request, found, now=now)


def _render(
    request: HttpRequest, households: list[Household], *, now: Any, **context: Any
) -> HttpResponse:
    """The page of these households; who looked at how many is logged."""
    ids = [household.pk for household in households]
    away = Absence.objects.away_at(now).filter(household_id__in=ids)
    hooks = list_hooks.all_hooks()
    audit.record(
        actor=request.user,
        action="listed",
        subject_kind="household",
        now=now,
        request=request,
        detail={"households": len(households)},
    )
    rows = presenters.list_rows(
        households,
        away_ids=set(away.values_list("household_id", flat=True)),
        cells=[dict(hook.cells(households, now)) for hook in hooks],
        now=now,
    )
    context |= {
        "rows": rows,
        "headings": [hook.heading for hook in hooks],
        "search_form": SearchForm(),
        "may_enrol": request_scope(request).has(*WRITERS),
        "all_url": reverse("households:list"),
    }
    return render(request, "households/list.html", context)
