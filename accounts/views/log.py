"""The access log for the privacy officer: inspected every month (고시 §8②), itself logged."""

from datetime import datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import allow
from accounts.forms import AccessLogFilterForm
from accounts.models import AccessLog, User
from accounts.roles import Role

PER_PAGE = 50


@allow(Role.PRIVACY_OFFICER)
@require_safe
def access_log(request: HttpRequest) -> HttpResponse:
    form = AccessLogFilterForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    found = entries(filters) if form.is_valid() else AccessLog.objects.none()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    context = {"filter_form": form, "page": page, "rows": _with_people(rows)}
    audit.record(
        actor=request.user,
        action=AccessLog.Action.LISTED,
        subject_kind="access_log",
        now=clock.now(),
        request=request,
        detail={"rows": len(rows), "filters": sorted(k for k, v in filters.items() if v)},
    )
    return render(request, "accounts/access_log.html", context)


def entries(filters: dict[str, Any]) -> QuerySet[AccessLog]:
    """Lines of the log that fit the (clean) filters, the newest first. Days are local days."""
    rows = AccessLog.objects.all()
    if start := filters.get("start"):
        rows = rows.filter(at__gte=_midnight(start))
    if end := filters.get("end"):
        rows = rows.filter(at__lt=_midnight(end + timedelta(days=1)))
    if action := filters.get("action"):
        rows = rows.filter(action=action)
    if subject := (filters.get("subject") or "").strip():
        rows = rows.filter(subject_uid=subject)
    if name := (filters.get("actor") or "").strip().lower():
        rows = rows.filter(actor_id__in=User.objects.filter(username=name).values("pk"))
    return rows


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _with_people(rows: list[AccessLog]) -> list[tuple[AccessLog, User | None]]:
    """The members of staff behind the lines, in one query; the log itself holds only ids."""
    people = User.objects.in_bulk({row.actor_id for row in rows if row.actor_id is not None})
    return [(row, people.get(row.actor_id or 0)) for row in rows]
