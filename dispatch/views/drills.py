"""Drills: marking a home for them, opening one, and how the last ones went."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import clock
from accounts.access import allow
from accounts.roles import Role
from dispatch import drills as verbs
from dispatch.presenters import drills as listing
from dispatch.rules import Refused
from dispatch.views.common import staff_of
from households.models import Household

WHO = (Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL)


@allow(*WHO)
@require_GET
def drills(request: HttpRequest) -> HttpResponse:
    """How drills went is for everybody at the desk; who may open one also sees the buttons."""
    now, me = clock.now(), staff_of(request)
    may = verbs.may_drill(me, now=now)
    context: dict[str, Any] = {
        "rows": listing.rows(),
        "may_drill": may,
        "homes": list(verbs.homes()) if may else [],
        "now": now,
    }
    return render(request, "dispatch/drills.html", context)


@allow(*WHO)
@require_POST
def open_one(request: HttpRequest) -> HttpResponse:
    home = get_object_or_404(verbs.homes(), household__uid=_uid(request.POST.get("home")))
    try:
        case = verbs.open_drill(home=home, by=staff_of(request), now=clock.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("훈련 건 %(n)s을(를) 열었습니다.") % {"n": case.number})
    return redirect("dispatch:drills")


@allow(*WHO)
@require_POST
def mark_home(request: HttpRequest) -> HttpResponse:
    """The home is named by its number, as the list of households shows it."""
    number = request.POST.get("number", "").strip().lstrip("#")
    found = (
        Household.objects.visible_to(request.user, now=clock.now())
        .filter(number=int(number) if number.isdecimal() and len(number) < 9 else 0)
        .first()
    )
    if found is None:
        messages.error(request, _("그 번호의 가구가 없습니다."))
        return redirect("dispatch:drills")
    try:
        verbs.mark_home(household=found, by=staff_of(request), now=clock.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("훈련 가구로 정했습니다."))
    return redirect("dispatch:drills")


def _uid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise Http404 from None
