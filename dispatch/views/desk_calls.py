"""The button of a bridged call: ring my telephone, then connect me."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import clock
from accounts.access import allow
from dispatch import desk_calls
from dispatch.presenters import desk_call as presenter
from dispatch.rules import Refused
from dispatch.views.case import OWNERS
from dispatch.views.common import Problem, Result, answer, load_case, refused, staff_of


class DeskCallForm(forms.Form):
    """`contact`: uid of a contact; empty for the person. `key`: once per form shown."""

    contact = forms.UUIDField(required=False)
    key = forms.CharField(max_length=64)


@allow(*OWNERS)
@require_POST
def desk_call(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A second click starts no second call; a refusal says why and leaves the number's reveal."""
    now = clock.now()
    found = load_case(request, uid, now=now)
    form = DeskCallForm(request.POST)
    result = Result()
    if not form.is_valid():
        result.problem = Problem(title=_("전화를 걸지 못했습니다. 다시 눌러 주세요."))
        return answer(request, uid, result, now=now)
    chosen = form.cleaned_data["contact"]
    contact = None
    if chosen is not None:
        contact = get_object_or_404(found.household.contacts.current(), uid=chosen)
    try:
        call = desk_calls.start(
            case=found,
            by=staff_of(request),
            now=now,
            contact=contact,
            key=form.cleaned_data["key"],
        )
    except Refused as error:
        result.problem = refused(load_case(request, uid, now=now), error, request.user)
    else:
        if call.is_live:
            result.done = _("내 휴대전화가 울립니다. 받아서 1번을 누르면 연결합니다.")
        else:
            result.problem = Problem(
                title=_("전화를 걸지 못했습니다."), text=_("번호를 보고 직접 걸어 주세요.")
            )
    return answer(request, uid, result, now=now)


@allow(*OWNERS)
@require_GET
def desk_call_words(request: HttpRequest, uid: UUID) -> HttpResponse:
    """How the bridged call of this case fares: one line that the page asks for while it rings. The
    legs write nothing into the log, so nothing else would tell. No name, no number."""
    found = load_case(request, uid, now=clock.now())
    last = presenter.latest(found)
    context = {
        "uid": found.uid,
        "words": presenter.progress(last) if last else "",
        "live": last is not None and last.is_live,
    }
    return render(request, "dispatch/_desk_call_words.html", context)
