"""The list of follow-ups, and the forms on the household's page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import audit, clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from dispatch.follow_up import actions, panel
from dispatch.follow_up.forms import FollowUpForm, NeedForm, ResultForm, words_of
from dispatch.models import FollowUp, FollowUpResult, NeedNote
from dispatch.rules import Refused
from dispatch.views.common import staff_of
from households.days import local_day
from households.models import Household

PER_PAGE = 50
writers = allow(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL, Role.TOWNSHIP_CLERK)
SHOW = {
    "open": gettext_lazy("할 것"),
    "late": gettext_lazy("늦은 것"),
    "done": gettext_lazy("마친 것"),
}


@writers
@require_GET
def follow_ups(request: HttpRequest) -> HttpResponse:
    """Whom to look after again, the most overdue first; masked names."""
    now = clock.now()
    rows = FollowUp.objects.visible_to(request.user, now=now).select_related(
        "household__township", "created_by"
    )
    show = request.GET.get("show", "open")
    show = show if show in SHOW else "open"
    today = local_day(now)
    chosen = {
        "open": rows.filter(done_at__isnull=True),
        "late": rows.filter(done_at__isnull=True, due_on__lt=today),
        "done": rows.filter(done_at__isnull=False).order_by("-done_at"),
    }
    page = Paginator(chosen[show], PER_PAGE).get_page(request.GET.get("page"))
    may_read = panel.reads(request_scope(request).roles)
    listed = [
        (one, panel.row(one, one.household, may_read=may_read, now=now)) for one in page.object_list
    ]
    if listed:
        audit.record(
            actor=request.user,
            action="listed",
            subject_kind="follow_up",
            now=now,
            request=request,
            detail={"rows": len(listed), "show": show},
        )
    context = {
        "page": page,
        "rows": listed,
        "show": show,
        "presets": [(key, label, chosen[key].count()) for key, label in SHOW.items()],
        "results": FollowUpResult.choices,
        "today": today,
    }
    return render(request, "dispatch/follow_ups.html", context)


def _home(request: HttpRequest, uid: UUID) -> Household:
    visible = Household.objects.visible_to(request.user, now=clock.now())
    found: Household = get_object_or_404(visible, uid=uid)
    return found


def _back(request: HttpRequest, household: Household) -> HttpResponse:
    """To where the form stood: one of our own pages, the household's otherwise."""
    there = request.POST.get("back", "")
    if there.startswith("/") and url_has_allowed_host_and_scheme(there, allowed_hosts=None):
        return redirect(there)
    return redirect("households:detail", uid=household.uid)


def _do(request: HttpRequest, form: Any, work: Any, done: str) -> None:
    try:
        if not form.is_valid():
            raise Refused(words_of(form))
        work(form.cleaned_data)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)


@writers
@require_POST
def set_follow_up(request: HttpRequest, uid: UUID) -> HttpResponse:
    household, by, now = _home(request, uid), staff_of(request), clock.now()
    _do(
        request,
        FollowUpForm(request.POST),
        lambda data: actions.set_follow_up(household=household, by=by, now=now, **data),
        _("사후 확인을 잡았습니다."),
    )
    return _back(request, household)


@writers
@require_POST
def note_need(request: HttpRequest, uid: UUID) -> HttpResponse:
    household, by, now = _home(request, uid), staff_of(request), clock.now()
    _do(
        request,
        NeedForm(request.POST),
        lambda data: actions.note_need(household=household, by=by, now=now, **data),
        _("읍·면에 필요한 도움을 알렸습니다."),
    )
    return _back(request, household)


@writers
@require_POST
def finish(request: HttpRequest, uid: UUID) -> HttpResponse:
    by, now = staff_of(request), clock.now()
    rows = FollowUp.objects.visible_to(request.user, now=now).select_related("household")
    follow_up = get_object_or_404(rows, uid=uid)
    _do(
        request,
        ResultForm(request.POST),
        lambda data: actions.finish_follow_up(follow_up=follow_up, by=by, now=now, **data),
        _("사후 확인을 마쳤습니다."),
    )
    return _back(request, follow_up.household)


@writers
@require_POST
def meet(request: HttpRequest, uid: UUID) -> HttpResponse:
    now = clock.now()
    rows = NeedNote.objects.visible_to(request.user, now=now).select_related("household")
    need = get_object_or_404(rows, uid=uid)
    try:
        actions.meet_need(need=need, by=staff_of(request), now=now)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("도움이 이어진 것으로 적었습니다."))
    return _back(request, need.household)
