"""The enrol form, with what was typed kept until it succeeds."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.access import allow, request_scope
from households import actions
from households.enrol_form import EnrolForm
from households.models import Household
from households.rules import WRITERS, Refused
from households.views._pages import clerk, data_of


@allow(*WRITERS)
@cache_control(no_store=True, private=True)
def enrol(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    draft = actions.load_draft(by=clerk(request), now=now)
    scope = request_scope(request).only(*WRITERS)
    form = EnrolForm(data_of(request), initial=draft, now=now, scope=scope)
    if request.method != "POST":
        return _page(request, form, now=now, restored=bool(draft))
    if "another_person" in request.POST:
        form.offer_another_person()
    if "leave" in request.POST:
        _save(request, form, now=now)
        messages.success(request, _("임시저장했습니다. 다음에 이어서 쓸 수 있습니다."))
        return redirect("households:list")
    if form.is_valid() and (household := _enrol(request, form, now=now)):
        actions.discard_draft(by=clerk(request))
        messages.success(request, _("가입을 신청했습니다. 다음은 심사입니다."))
        return redirect(household)
    _save(request, form, now=now)
    return _page(request, form, now=now)


def _enrol(request: HttpRequest, form: EnrolForm, *, now: datetime) -> Household | None:
    """None when refused; the reason then stands on the form."""
    try:
        return actions.enrol(**form.inputs(), by=clerk(request), now=now)
    except actions.Duplicate as duplicate:
        _explain_duplicate(request, form, duplicate, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None


def _explain_duplicate(
    request: HttpRequest, form: EnrolForm, duplicate: actions.Duplicate, *, now: datetime
) -> None:
    """A link to the person already there, unless another township looks after them."""
    visible = Household.objects.visible_to(request.user, now=now)
    form.existing = visible.filter(pk=duplicate.household.pk).first()
    form.add_error("phone" if duplicate.by_phone else "name", str(duplicate))
    if form.existing is None:
        form.add_error(
            None, _("다른 읍·면에서 맡고 있는 대상자입니다. 군 담당자에게 물어봐 주세요.")
        )
    if not duplicate.by_phone:
        form.offer_another_person()


@allow(*WRITERS)
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Called by the page while the clerk types; answers with the little "saved" note."""
    now = clock.now()
    form = EnrolForm(request.POST, now=now, scope=request_scope(request).only(*WRITERS))
    _save(request, form, now=now)
    return render(request, "households/saved.html", {"saved_at": now})


@allow(*WRITERS)
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    actions.discard_draft(by=clerk(request))
    messages.success(request, _("작성하던 내용을 지웠습니다."))
    return redirect("households:enrol")


def _save(request: HttpRequest, form: EnrolForm, *, now: datetime) -> None:
    values = {name: str(form.data.get(name) or "") for name in form.fields}
    actions.save_draft(values=values, by=clerk(request), now=now)


def _page(
    request: HttpRequest, form: EnrolForm, *, now: datetime, restored: bool = False
) -> HttpResponse:
    return render(
        request,
        "households/enrol.html",
        {
            "form": form,
            "restored": restored,
            "saved_at": now if form.is_bound else None,
        },
    )
