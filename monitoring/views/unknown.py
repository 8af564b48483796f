"""Ids that belong to nobody yet: linked to a household, discarded, brought back."""

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, clock
from accounts.access import allow, request_scope
from accounts.views.common import oneself
from households.days import local_day
from households.models import Household
from households.rules import Refused
from monitoring import unknown_ids
from monitoring.models import UnknownId
from monitoring.partner_forms import (
    DiscardForm,
    FindHomeForm,
    LinkUnknownForm,
    LookForm,
    UnknownFilterSet,
)
from monitoring.presenters import unknown as presenter
from monitoring.querysets import FEED_READERS

PER_PAGE = 50


@allow(*FEED_READERS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    visible = UnknownId.objects.visible_to(request.user, now=clock.now())
    filters = UnknownFilterSet(
        request.GET, queryset=visible.select_related("discarded_by"), request=request
    )
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    found = list(page.object_list)
    context = {
        "filters": filters,
        "page": page,
        "rows": presenter.rows(found, unknown_ids.reasons_of(found)),
        "filtered": any(request.GET.get(name) for name in filters.filters),
        "may_decide": request_scope(request).has(*unknown_ids.MAY_DECIDE),
    }
    return render(request, "monitoring/unknown.html", context)


@allow(*unknown_ids.MAY_DECIDE)
@require_http_methods(["GET", "POST"])
@cache_control(no_store=True, private=True)
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks for the reason. The whole number is in the answer to this one POST; loading the
    page again masks it again."""
    now = clock.now()
    row = _row(request, pk, now)
    form = LookForm(request.POST if request.method == "POST" else None)
    context = {"row": row, "masked": presenter.masked(row), "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            context["number"] = unknown_ids.reveal_unknown(
                feed=row.feed,
                partner_id=row.partner_id,
                why=form.cleaned_data["why"],
                by=oneself(request),
                now=now,
            )
        except Refused as refused:
            messages.warning(request, str(refused))
            return redirect("monitoring:unknown")
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "monitoring/unknown_number.html", context, status=status)


@allow(*unknown_ids.MAY_DECIDE)
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """GET finds the household by case number and township; POST links it from a day on."""
    now = clock.now()
    row = _row(request, pk, now)
    search = FindHomeForm(request.GET or None, scope=request_scope(request))
    homes = _homes(request, row, search, now)
    form = LinkUnknownForm(
        request.POST if request.method == "POST" else None,
        homes=presenter.choices(homes),
        initial={"valid_from": local_day(row.first_seen_at)},
    )
    if request.method == "POST" and form.is_valid():
        chosen = next(h.household for h in homes if str(h.uid) == form.cleaned_data["household"])
        try:
            unknown_ids.link_unknown(
                household=chosen,
                feed=row.feed,
                partner_id=row.partner_id,
                valid_from=form.cleaned_data["valid_from"],
                by=oneself(request),
                now=now,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("%(home)s에 연결했습니다.") % {"home": chosen.label})
            return redirect("monitoring:unknown")
    context = {
        "row": row,
        "masked": presenter.masked(row),
        "search": search,
        "homes": homes,
        "form": form,
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "monitoring/unknown_link.html", context, status=status)


@allow(*unknown_ids.MAY_DECIDE)
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    row = _row(request, pk, now)
    form = DiscardForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            unknown_ids.discard_unknown(
                feed=row.feed,
                partner_id=row.partner_id,
                why=form.cleaned_data["why"],
                by=oneself(request),
                now=now,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("번호를 치웠습니다. '치운 번호'에서 되돌릴 수 있습니다."))
            return redirect("monitoring:unknown")
    status = 422 if form.is_bound and not form.is_valid() else 200
    context = {"row": row, "masked": presenter.masked(row), "form": form}
    return render(request, "monitoring/unknown_discard.html", context, status=status)


@allow(*unknown_ids.MAY_DECIDE)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    row = _row(request, pk, now)
    try:
        unknown_ids.restore_unknown(
            feed=row.feed, partner_id=row.partner_id, by=oneself(request), now=now
        )
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("번호를 되돌렸습니다."))
    return redirect("monitoring:unknown")


def _row(request: HttpRequest, pk: int, now: datetime) -> UnknownId:
    return get_object_or_404(UnknownId.objects.visible_to(request.user, now=now), pk=pk)


def _homes(
    request: HttpRequest, row: UnknownId, search: FindHomeForm, now: datetime
) -> list[presenter.Home]:
    """Homes that match the search; without one those that agreed and are not linked yet."""
    visible = Household.objects.visible_to(request.user, now=now)
    asked = search.cleaned_data if search.is_valid() else {}
    homes = presenter.homes(
        visible,
        feed=row.feed,
        number=asked.get("number"),
        township=asked.get("township"),
        on=local_day(now),
    )
    audit.record(
        actor=request.user,
        action="listed",
        subject_kind="household",
        now=now,
        request=request,
        detail={"households": len(homes)},
    )
    return homes
