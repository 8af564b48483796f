"""The shift plan: a month to read, two forms to plan, a button to take out."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import clock
from accounts.access import allow
from accounts.models import RoleGrant, User
from accounts.roles import Role
from dispatch.duty import can_be_rung
from dispatch.handover import listing
from dispatch.models import Shift
from dispatch.rules import Refused
from dispatch.shifts import actions, days
from dispatch.shifts.forms import PatternForm, ShiftForm
from dispatch.shifts.month import month_of
from dispatch.views.common import staff_of

PLANNERS = (Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL)


@allow(*PLANNERS)
@require_GET
def plan(request: HttpRequest) -> HttpResponse:
    """`?month=2026-09`; the present month without it."""
    return _page(request)


def _page(
    request: HttpRequest,
    *,
    shift: ShiftForm | None = None,
    pattern: PatternForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now, me = clock.now(), staff_of(request)
    people = _people(now)
    first = _month(request.GET.get("month"), now=now)
    start = max(first, timezone.localdate(now))
    blank = {"day": start, "first": start, "last": start + timedelta(days=364)}
    context: dict[str, Any] = {
        "month": month_of(first, me, now=now),
        "may_plan": actions.may_plan(me, now=now),
        "next": listing.next_shift_of(me, now=now),
        "on_duty": listing.on_duty_now(now=now),
        "can_be_rung": can_be_rung(me),
        "shift_form": shift or ShiftForm(people=people, initial=blank, auto_id="shift_%s"),
        "pattern_form": pattern or PatternForm(people=people, initial=blank, auto_id="pattern_%s"),
        "opened": "pattern" if pattern else "shift" if shift else "",
        "now": now,
    }
    return render(request, "dispatch/shifts.html", context, status=status)


def _people(now: datetime) -> Any:
    """Everybody who can do one of the duties, in the order of their names."""
    grants = RoleGrant.objects.current(at=now).filter(role__in=PLANNERS)
    return User.objects.filter(
        pk__in=grants.values("user"), is_active=True, ended_at__isnull=True
    ).order_by("name", "id")


def _month(text: str | None, *, now: datetime) -> date:
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        asked = timezone.localdate(now)
    return asked.replace(day=1)


@allow(*PLANNERS)
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    form = ShiftForm(request.POST, people=_people(now), auto_id="shift_%s")
    if not form.is_valid():
        return _page(request, shift=form, status=422)
    data = form.cleaned_data
    over_night = timedelta(days=1) if data["until"] <= data["since"] else timedelta(0)
    try:
        made = actions.plan_shift(
            user=data["who"],
            duty=data["duty"],
            starts_at=days.at(data["day"], data["since"]),
            ends_at=days.at(data["day"] + over_night, data["until"]),
            by=staff_of(request),
            now=now,
        )
    except Refused as error:
        messages.error(request, str(error))
        return _page(request, shift=form, status=422)
    messages.success(request, _("%(who)s 님의 근무를 넣었습니다.") % {"who": made.user.name})
    return _to_month(data["day"])


@allow(*PLANNERS)
@require_POST
def pattern(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    form = PatternForm(request.POST, people=_people(now), auto_id="pattern_%s")
    if not form.is_valid():
        return _page(request, pattern=form, status=422)
    data = form.cleaned_data
    wanted = actions.Pattern(
        duty=data["duty"],
        people=tuple(data["who"]),
        kind=data["kind"],
        since=data["since"],
        until=data["until"],
        first=data["first"],
        last=data["last"],
    )
    try:
        done = actions.plan_pattern(pattern=wanted, by=staff_of(request), now=now)
    except Refused as error:
        messages.error(request, str(error))
        return _page(request, pattern=form, status=422)
    messages.success(request, _("근무 %(n)d개를 넣었습니다.") % {"n": done.made})
    if done.left_out:
        messages.warning(request, _left_out_words(done.left_out))
    return _to_month(data["first"])


def _left_out_words(left_out: list[date]) -> str:
    """Which days stay empty because their person was taken; at most five are named."""
    named = ", ".join(f"{day.month}. {day.day}." for day in left_out[:5])
    words = ngettext(
        "다른 근무와 겹쳐 넣지 못한 날이 %(n)d일 있습니다: %(days)s",
        "다른 근무와 겹쳐 넣지 못한 날이 %(n)d일 있습니다: %(days)s",
        len(left_out),
    )
    more = _(" 등") if len(left_out) > 5 else ""
    return words % {"n": len(left_out), "days": named + more}


@allow(*PLANNERS)
@require_POST
def cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    found = get_object_or_404(Shift, uid=uid)
    try:
        actions.cancel_shift(shift=found, by=staff_of(request), now=clock.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("근무를 뺐습니다."))
    return _to_month(timezone.localdate(found.starts_at))


def _to_month(day: date) -> HttpResponse:
    return redirect(f"/shifts/?month={day:%Y-%m}")
