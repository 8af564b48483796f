"""What the partners deliver: how fresh it is, what was wrong in it, what waits for somebody."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import allow
from accounts.models import AccessLog
from monitoring import feed_health
from monitoring.filters import DeliveryFilterSet
from monitoring.models import Delivery, FeedIncident, UnknownId
from monitoring.presenters import deliveries as presenter
from monitoring.presenters import feed_cards, freshness
from monitoring.presenters import incidents as incident_rows
from monitoring.querysets import FEED_READERS

PER_PAGE = 30
NEWEST = 6


@allow(*FEED_READERS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    visible = Delivery.objects.visible_to(request.user, now=now)
    unknown = UnknownId.objects.visible_to(request.user, now=now).still_unlinked()
    standing = FeedIncident.objects.visible_to(request.user, now=now).still_open()
    return render(
        request,
        "monitoring/feeds.html",
        {
            "cards": feed_cards.of(feed_health.summary(now=now), now=now),
            "incidents": [
                incident_rows.row(one, now=now) for one in standing.select_related("township")
            ],
            "freshness": freshness.table(now=now),
            "rows": [presenter.row(one) for one in visible[:NEWEST]],
            "unknown_count": unknown.count(),
            "now": now,
        },
    )


@allow(*FEED_READERS)
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    visible = Delivery.objects.visible_to(request.user, now=clock.now())
    filters = DeliveryFilterSet(request.GET, queryset=visible)
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "filtered": any(request.GET.get(name) for name in filters.filters),
        "page": page,
        "rows": [presenter.row(one) for one in page.object_list],
    }
    return render(request, "monitoring/deliveries.html", context)


def _load(request: HttpRequest, uid: UUID) -> Delivery:
    visible = Delivery.objects.visible_to(request.user, now=clock.now())
    found: Delivery = get_object_or_404(
        visible.select_related("token__organisation", "by"), uid=uid
    )
    return found


@allow(*FEED_READERS)
@require_safe
def delivery(request: HttpRequest, uid: UUID) -> HttpResponse:
    found = _load(request, uid)
    return render(request, "monitoring/delivery.html", {"receipt": presenter.receipt(found)})


@allow(*FEED_READERS)
@require_safe
def rejected(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The rejected rows as CSV, for the partner. It leaves the portal, so it is logged."""
    found = _load(request, uid)
    audit.record(
        actor=request.user,
        action=AccessLog.Action.EXPORTED,
        subject_kind="delivery",
        subject_uid=str(found.uid),
        now=clock.now(),
        request=request,
        detail={"rows": len(found.errors)},
    )
    response = HttpResponse(
        "".join(presenter.rejected_csv(found)), content_type="text/csv; charset=utf-8"
    )
    name = f"rejected-{found.feed}-{found.number}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
