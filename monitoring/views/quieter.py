"""People whose life has become quieter, and data to put right: for a visit, never an alarm."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.access import allow, request_scope
from accounts.views.common import oneself
from households.rules import READERS, WRITERS, Refused
from monitoring import note_actions
from monitoring.filters import NoteFilterSet
from monitoring.forms import NoteForm
from monitoring.models import Decline, Suggestion
from monitoring.presenters import notes

PER_PAGE = 30


@allow(*READERS)
@require_safe
def quieter(request: HttpRequest) -> HttpResponse:
    """Two lists, one tab each: `?list=visit` (whom to visit) and `?list=data` (what to mend)."""
    now = clock.now()
    kind = "data" if request.GET.get("list") == "data" else "visit"
    lists: dict[str, Any] = {"visit": Decline, "data": Suggestion}
    rows = {name: model.objects.visible_to(request.user, now=now) for name, model in lists.items()}
    filters = NoteFilterSet(
        request.GET,
        queryset=rows[kind].select_related("household__township", "decided_by"),
        scope=request_scope(request).only(*READERS),
    )
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page"))
    shape: Callable[..., notes.Note] = notes.suggestion if kind == "data" else notes.decline
    scope = request_scope(request).only(*WRITERS)
    return render(
        request,
        "monitoring/quieter.html",
        {
            "kind": kind,
            "counts": {name: found.still_open().count() for name, found in rows.items()},
            "filters": filters,
            "filtered": any(request.GET.get(name) for name in filters.filters),
            "here": request.get_full_path(),
            "page": page,
            "rows": [
                (shape(row, now=now), scope.covers(row.household.township_id))
                for row in page.object_list
            ],
        },
    )


@allow(*WRITERS)
@require_POST
def decide_decline(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    row = get_object_or_404(Decline.objects.visible_to(request.user, now=now), pk=pk)
    return _decide(request, lambda **how: note_actions.decide_decline(decline=row, now=now, **how))


@allow(*WRITERS)
@require_POST
def decide_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock.now()
    row = get_object_or_404(Suggestion.objects.visible_to(request.user, now=now), pk=pk)
    return _decide(
        request, lambda **how: note_actions.decide_suggestion(suggestion=row, now=now, **how)
    )


def _decide(request: HttpRequest, verb: Callable[..., object]) -> HttpResponse:
    """A second click finds it decided already, which is said and changes nothing."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("메모는 200자까지, 주민등록번호 없이 적어 주세요."))
        return redirect(_back(request))
    try:
        verb(by=oneself(request), **form.cleaned_data)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("적어 두었습니다."))
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The page the button stood on, if it is one of ours."""
    asked = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    return reverse("monitoring:quieter")
