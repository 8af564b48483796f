"""What the partners delivered: receipts, rejected rows with their reasons, unknown numbers."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import allow
from monitoring import feed_health
from monitoring.filters import DeliveryFilterSet
from monitoring.models import Delivery, UnknownId
from monitoring.presenters import deliveries as presenter
from monitoring.querysets import FEED_READERS

PER_PAGE = 30
UNKNOWN_SHOWN = 100


@allow(*FEED_READERS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    visible = Delivery.objects.visible_to(request.user, now=now)
    filters = DeliveryFilterSet(request.GET, queryset=visible)
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    unknown = UnknownId.objects.visible_to(request.user, now=now).still_unlinked()
    return render(
        request,
        "monitoring/feeds.html",
        {
            "feeds": presenter.feed_cards(feed_health.summary(now=now), now=now),
            "filters": filters,
            "page": page,
            "rows": [presenter.row(delivery) for delivery in page.object_list],
            "unknown": unknown[:UNKNOWN_SHOWN],
            "unknown_count": unknown.count(),
            "now": now,
        },
    )


@allow(*FEED_READERS)
@require_safe
def delivery(request: HttpRequest, uid: UUID) -> HttpResponse:
    visible = Delivery.objects.visible_to(request.user, now=clock.now())
    found = get_object_or_404(visible.select_related("token__organisation", "by"), uid=uid)
    return render(request, "monitoring/delivery.html", {"receipt": presenter.receipt(found)})
