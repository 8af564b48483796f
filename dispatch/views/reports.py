"""Somebody tells the desk that a person is not seen: whom it is about, and what was told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from accounts import audit, clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from dispatch import actions
from dispatch.models import Case
from dispatch.presenters import people
from dispatch.presenters import reports as presenter
from dispatch.report_forms import ReportForm
from dispatch.rules import Refused
from dispatch.views.common import staff_of
from households.finding import matching
from households.forms import SearchForm
from households.models import Household

SHOWN = 20
WRITERS = (Role.CONTROL_OPERATOR, Role.TOWNSHIP_CLERK)


@allow(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True, private=True)
def find(request: HttpRequest) -> HttpResponse:
    """Whom it is about, by number, telephone number or exact name; one hit leads to the form."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    operates = request_scope(request).has(Role.CONTROL_OPERATOR)
    context: dict[str, Any] = {"form": form, "rows": [], "asked": False, "operates": operates}
    if form.is_valid():
        now = clock.now()
        found = _found(request, form.cleaned_data["q"], now=now)
        if len(found) == 1:
            return redirect("dispatch:report", uid=found[0].uid)
        rows = [(home, people.who(home, now=now, long=True)) for home in found]
        shown = SearchForm() if rows else form  # a name that was found is not shown again
        context |= {"form": shown, "rows": rows, "asked": True}
    return render(request, "dispatch/report_find.html", context)


def _found(request: HttpRequest, text: str, *, now: datetime) -> list[Household]:
    visible = Household.objects.visible_to(request.user, now=now)
    found = list(matching(visible, text).select_related("township").order_by("number")[:SHOWN])
    audit.record(
        actor=request.user,
        action="listed",
        subject_kind="household",
        now=now,
        request=request,
        detail={"households": len(found)},
    )
    return found


@allow(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True, private=True)
def report(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The form of one household. A refusal stands on the form with everything that was typed."""
    now = clock.now()
    visible = Household.objects.visible_to(request.user, now=now)
    home = get_object_or_404(visible.select_related("township", "enrolment"), uid=uid)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return _written(request, home, form, now=now)
        except Refused as error:
            form.add_error(None, str(error))
    if request.method != "POST":
        _log_view(request, home, now=now)
    context = {"form": form, "h": home, "about": presenter.about(home, request.user, now=now)}
    return render(request, "dispatch/report.html", context)


def _written(
    request: HttpRequest, home: Household, form: ReportForm, *, now: datetime
) -> HttpResponse:
    """An operator goes to the desk, with the case chosen; a clerk to the page of the case."""
    standing = Case.objects.open().filter(household=home).exists()
    case = actions.report_unseen(
        household=home,
        report=form.report(),
        by=staff_of(request),
        now=now,
        key=form.cleaned_data["key"],
    )
    if not case.is_open:  # the very same form, sent again after the case was closed
        messages.info(request, _("이미 적은 신고입니다. 그 건은 종결되었습니다."))
        return redirect("dispatch:case", uid=case.uid)
    joined = _("신고를 열린 건에 더했습니다: %(n)s.")
    if not request_scope(request).has(Role.CONTROL_OPERATOR):
        told = _("신고를 적고 긴급 건을 열어 관제에 알렸습니다: %(n)s.")
        messages.success(request, (joined if standing else told) % {"n": case.number})
        return redirect("dispatch:case", uid=case.uid)
    opened = _("신고를 적고 긴급 건을 열었습니다: %(n)s. 바로 맡아 주세요.")
    messages.success(request, (joined if standing else opened) % {"n": case.number})
    return redirect(f"{reverse('dispatch:desk')}?case={case.uid}")


def _log_view(request: HttpRequest, home: Household, *, now: datetime) -> None:
    audit.record(
        actor=request.user,
        action="viewed",
        subject_kind="household",
        subject_uid=str(home.uid),
        now=now,
        request=request,
    )
