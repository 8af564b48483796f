"""The list of cases: every number of another page opens it with filters in the address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import audit, clock
from accounts.access import allow, request_scope
from accounts.models import Township
from accounts.roles import Role
from accounts.scope import Scope
from dispatch.filters import CaseFilter
from dispatch.models import Case
from dispatch.presenters import people
from dispatch.presenters.queue import list_url
from dispatch.views.case import READERS

PER_PAGE = 30


@dataclass(frozen=True)
class Row:
    uid: str
    number: str
    light: str
    name: str
    who: str
    township: str
    opened_at: datetime
    state: str
    reason: str
    took: timedelta | None
    is_drill: bool = False


@allow(*READERS)
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """Masked names for everybody; a clerk sees the cases of the township."""
    now = clock.now()
    scope = request_scope(request)
    cases = (
        Case.objects.visible_to(request.user, now=now)
        .select_related("household__township", "closed_by")
        .order_by("-opened_at", "-id")
    )
    chosen = CaseFilter(request.GET or None, queryset=cases, townships=_townships(scope))
    found = chosen.qs if not chosen.is_bound or chosen.is_valid() else cases.none()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    audit.record(
        actor=request.user,
        action="listed",
        subject_kind="case",
        now=now,
        request=request,
        detail={"cases": len(page.object_list)},
    )
    context: dict[str, Any] = {
        "filter": chosen,
        "page": page,
        "rows": [_row(case, now=now) for case in page],
        "presets": _presets(request),
        "narrowed": bool(set(request.GET) - {"page", "household", "state", "light"}),
        "may_act": scope.has(Role.CONTROL_OPERATOR),
        "now": now,
    }
    return render(request, "dispatch/case_list.html", context)


@dataclass(frozen=True)
class Preset:
    label: str
    url: str
    on: bool


def _presets(request: HttpRequest) -> list[Preset]:
    """Lists that people open every day; the current one is marked."""
    asked = {key: value for key, value in request.GET.items() if key != "page" and value}
    lists: list[tuple[str, dict[str, str]]] = [
        (_("모두"), {}),
        (_("열린 건"), {"state": "open"}),
        (_("열린 긴급 건"), {"state": "open", "light": "red"}),
        (_("끝난 건"), {"state": "closed"}),
        (_("자동 종결"), {"closed_how": "auto"}),
        (_("확인할 자동 종결"), {"closed_how": "unconfirmed"}),
        (_("훈련"), {"drill": "only"}),
    ]
    return [Preset(label, list_url(**query), asked == query) for label, query in lists]


def _townships(scope: Scope) -> Any:
    if scope.sees_all_townships:
        return Township.objects.all()
    return Township.objects.filter(pk__in=scope.township_codes)


def _row(case: Case, *, now: datetime) -> Row:
    household = case.household
    reason = ""
    if not case.is_open:
        how = "" if case.closed_by_id else _(" (자동)")
        reason = f"{case.get_close_reason_display()}{how}"
    return Row(
        uid=str(case.uid),
        number=case.number,
        light=case.light,
        name=household.masked_name,
        who=people.who(household, now=now).partition(" · ")[0],
        township=household.township.name,
        opened_at=case.opened_at,
        state=str(case.get_state_display()),
        reason=reason,
        took=case.closed_at - case.opened_at if case.closed_at else None,
        is_drill=case.drill,
    )
