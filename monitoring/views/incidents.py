"""Feeds that are out of order: since when, whom it concerns, what waits for it."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from accounts.views.common import oneself
from households.rules import Refused
from monitoring import incidents
from monitoring.filters import IncidentFilterSet
from monitoring.forms import CloseIncidentForm
from monitoring.models import FeedIncident
from monitoring.presenters import incidents as presenter
from monitoring.querysets import FEED_READERS

PER_PAGE = 30
READERS = (*FEED_READERS, Role.TOWNSHIP_CLERK)


@allow(*READERS)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    visible = FeedIncident.objects.visible_to(request.user, now=now).select_related("township")
    filters = IncidentFilterSet(request.GET, queryset=visible)
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "monitoring/incidents.html",
        {
            "filters": filters,
            "filtered": any(request.GET.get(name) for name in filters.filters),
            "page": page,
            "rows": [presenter.row(incident, now=now) for incident in page.object_list],
            "now": now,
        },
    )


@allow(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def incident(request: HttpRequest, uid: UUID) -> HttpResponse:
    """GET shows it; POST closes it by hand with a note, for those who may."""
    now = clock.now()
    visible = FeedIncident.objects.visible_to(request.user, now=now)
    found = get_object_or_404(visible.select_related("township", "closed_by"), uid=uid)
    may_close = request_scope(request).has(*FEED_READERS)
    form = CloseIncidentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            incidents.close(incident=found, by=oneself(request), now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("사고를 끝냈습니다. 기다리던 건은 다시 살핍니다."))
            return redirect("monitoring:incident", uid=found.uid)
    return render(
        request,
        "monitoring/incident.html",
        {
            "shown": presenter.detail(found, now=now, doors=may_close),
            "form": form,
            "may_close": may_close,
            "now": now,
        },
        status=422 if form.is_bound else 200,
    )
