"""/cases/<uid>/replay/: for whoever learns from a case. Looking is logged like any other look."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import allow
from accounts.roles import Role
from dispatch.replay import rows
from dispatch.views.common import load_case


@allow(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL, Role.TOWNSHIP_CLERK)
@require_safe
def replay(request: HttpRequest, uid: UUID) -> HttpResponse:
    now = clock.now()
    case = load_case(request, uid, now=now)
    audit.record(
        actor=request.user,
        action="viewed",
        subject_kind="household",
        subject_uid=str(case.household.uid),
        now=now,
        request=request,
        detail={"case": case.number, "what": "replay"},
    )
    show = rows.of(case, request.user, now=now)
    opened = int((case.opened_at - show.begin).total_seconds() // 60)
    context = {"case": case, "show": show, "opened": opened}
    return render(request, "dispatch/replay.html", context)
