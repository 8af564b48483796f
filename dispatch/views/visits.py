"""The responder's pages, made for a phone. The desk reads them; only the responder acts."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import audit, clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from dispatch import actions, forms
from dispatch.field import photos
from dispatch.field.photo_forms import FoundPageForm
from dispatch.models import Visit
from dispatch.presenters import visits as presenter
from dispatch.querysets import VisitQuerySet
from dispatch.rules import OPEN_VISITS, Refused
from dispatch.views.common import Problem, staff_of
from ui.words import moment

PER_PAGE = 20


@dataclass(frozen=True)
class Row:
    uid: str
    light: str
    title: str
    words: str


@allow(Role.RESPONDER)
@require_GET
def visit_list(request: HttpRequest) -> HttpResponse:
    """One's own visits: the open ones first, without names. The page then asks for its news."""
    mine = _mine(request)
    context = {"etag": _etag_of(mine), **_lists(request, mine)}
    return render(request, "dispatch/visit_list.html", context)


@allow(Role.RESPONDER)
@require_GET
def visit_news(request: HttpRequest) -> HttpResponse:
    """The lists of that page by themselves. Unchanged since the caller's ETag: 304, two small
    queries of its own. No name is in them, so nothing is written into the access log."""
    mine = _mine(request)
    etag = _etag_of(mine)
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = render(request, "dispatch/_visit_lists.html", _lists(request, mine))
    response["ETag"] = etag
    response["Cache-Control"] = "no-store, private"  # the page keeps the ETag itself
    return response


def _mine(request: HttpRequest) -> VisitQuerySet:
    return Visit.objects.filter(responder=staff_of(request)).order_by("-assigned_at", "-id")


def _lists(request: HttpRequest, mine: VisitQuerySet) -> dict[str, Any]:
    whole = mine.select_related("case__household__township")
    page = _past(whole).get_page(request.GET.get("page"))
    page.object_list = [_row(visit) for visit in page.object_list]
    return {"open_visits": [_row(visit) for visit in whole.open()], "past_visits": page}


def _etag_of(mine: VisitQuerySet) -> str:
    """Changes when one of them comes, moves on, ends, or its case gets another light."""
    told = [*mine.open().values_list("uid", "state", "case__light"), mine.count()]
    return f'"{hashlib.sha256(repr(told).encode()).hexdigest()[:32]}"'


def _past(mine: VisitQuerySet) -> Paginator:
    return Paginator(mine.exclude(state__in=OPEN_VISITS), PER_PAGE)


def _row(visit: Visit) -> Row:
    case = visit.case
    return Row(
        uid=str(visit.uid),
        light=case.light,
        title=f"{case.household.township.name} · {visit.get_state_display()}",
        words=moment(visit.assigned_at),
    )


def _load(request: HttpRequest, uid: UUID, *, now: datetime) -> Visit:
    """Only the responder it was given to, and the operators; for everybody else it is not there."""
    visits = Visit.objects.visible_to(request.user, now=now).select_related(
        "case__household__township", "case__owner", "responder"
    )
    visit: Visit = get_object_or_404(visits, uid=uid)
    mine = visit.responder_id == request.user.pk
    if not mine and not request_scope(request).has(Role.CONTROL_OPERATOR):
        raise Http404  # a clerk who is also a responder reads cases, not other people's visits
    return visit


@allow(Role.RESPONDER, Role.CONTROL_OPERATOR)
@require_GET
def visit(request: HttpRequest, uid: UUID) -> HttpResponse:
    now = clock.now()
    found = _load(request, uid, now=now)
    if found.is_open:
        _log_view(request, found, now=now)
    return _page(request, found, now=now)


def _log_view(request: HttpRequest, found: Visit, *, now: datetime) -> None:
    audit.record(
        actor=request.user,
        action="viewed",
        subject_kind="household",
        subject_uid=str(found.case.household.uid),
        now=now,
        request=request,
        detail={"case": found.case.number, "visit": str(found.uid)},
    )


def _page(
    request: HttpRequest,
    found: Visit,
    *,
    now: datetime,
    typed: dict[str, Any] | None = None,
    problem: Problem | None = None,
    opened: str = "",
) -> HttpResponse:
    blank = {"decline": forms.DeclineForm(), "found": FoundPageForm(), "note": forms.NoteForm()}
    bound = {**blank, **(typed or {})}
    shown = presenter.view(found, request.user, now=now, forms=bound, opened=opened)
    context = {"v": shown, "now": now, "problem": problem, "form": (typed or {}).get("found")}
    return render(request, "dispatch/visit.html", context)


def _decline(found: Visit, request: HttpRequest, form: forms.DeclineForm, now: datetime) -> str:
    actions.decline_visit(
        visit=found, by=staff_of(request), reason=form.cleaned_data["reason"], now=now
    )
    return _("못 간다고 관제에 알렸습니다.")


def _company(found: Visit, request: HttpRequest, form: forms.CompanyForm, now: datetime) -> str:
    actions.say_company(
        visit=found, by=staff_of(request), company=form.cleaned_data["company"], now=now
    )
    return _("함께 가는 사람을 적었습니다.")


@transaction.atomic
def _found(found: Visit, request: HttpRequest, form: FoundPageForm, now: datetime) -> str:
    data = form.cleaned_data
    if data["photo"]:
        photos.add_photo(visit=found, image=data["photo"], by=staff_of(request), now=now)
    told = actions.tell_found(
        visit=found,
        by=staff_of(request),
        found_state=data["found_state"],
        close_reason=data["close_reason"],
        note=data["note"],
        now=now,
    )
    if told.case.is_open:
        return _("결과를 저장했습니다. 관제가 이어서 처리합니다.")
    return _("결과를 저장하고 건을 끝냈습니다.")


_WALK: dict[str, tuple[Callable[..., Visit], object]] = {
    "accept": (actions.accept_visit, gettext_lazy("수락했습니다. 준비되면 출발을 눌러 주세요.")),
    "depart": (actions.depart, gettext_lazy("출발을 기록했습니다.")),
    "arrive": (actions.arrive, gettext_lazy("도착을 기록했습니다.")),
}


def _note(found: Visit, request: HttpRequest, form: forms.NoteForm, now: datetime) -> str:
    data = form.cleaned_data
    actions.add_note(
        case=found.case, by=staff_of(request), note=data["text"], now=now, key=data["key"]
    )
    return _("메모를 관제에 남겼습니다.")


_FORMS: dict[str, tuple[type[Any], Callable[..., str]]] = {
    "company": (forms.CompanyForm, _company),
    "decline": (forms.DeclineForm, _decline),
    "found": (FoundPageForm, _found),
    "note": (forms.NoteForm, _note),
}


@allow(Role.RESPONDER)
@require_POST
def visit_act(request: HttpRequest, uid: UUID, verb: str) -> HttpResponse:
    """One verb of a visit, without a script. A second tap gets the same."""
    now = clock.now()
    found = _load(request, uid, now=now)
    if found.responder_id != request.user.pk or verb not in {*_WALK, *_FORMS}:
        raise Http404
    form = None
    try:
        if verb in _WALK:
            do, words = _WALK[verb]
            do(visit=found, by=staff_of(request), now=now)
        else:
            form_class, act = _FORMS[verb]
            form = form_class(request.POST, request.FILES)
            if not form.is_valid():
                return _page(request, found, now=now, typed={verb: form}, opened=verb)
            words = act(found, request, form, now)
    except Refused as error:
        fresh = _load(request, uid, now=now)
        typed = {verb: form} if form is not None else {}
        problem = Problem(title=str(error))
        return _page(request, fresh, now=now, typed=typed, problem=problem, opened=verb)
    messages.success(request, str(words))
    return redirect("dispatch:visit", uid=uid)
