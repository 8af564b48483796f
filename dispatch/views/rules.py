"""Rules of detection: the live one, the candidate beside it, the former ones."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.access import allow, request_scope
from accounts.county_settings import setting
from accounts.roles import Role
from dispatch.presenters import rules as words
from dispatch.tasks import learn_rule
from dispatch.tuning import deciding, learning, shadow
from dispatch.tuning.budgets import Budgets
from dispatch.tuning.forms import CandidateForm, WhyForm
from dispatch.views.common import staff_of
from households.rules import Refused
from monitoring import rules_actions

READERS = (Role.COUNTY_OFFICIAL, Role.CONTROL_OPERATOR, Role.ADMINISTRATOR)
KEEPERS = (Role.COUNTY_OFFICIAL, Role.ADMINISTRATOR)


def _page(
    request: HttpRequest,
    *,
    now: datetime,
    upload_form: CandidateForm | None = None,
    why_form: WhyForm | None = None,
) -> HttpResponse:
    scope = request_scope(request)
    try:
        model = deciding.live()
    except deciding.UnusableModel:
        model = None
    candidate = shadow.candidate(request.user, model, budgets=Budgets.at(now), now=now)
    days = setting("monitoring.shadow_days", at=now)
    forms = [form for form in (upload_form, why_form) if form is not None]
    context: dict[str, Any] = {
        "now": now,
        "model": model,
        "live_rule": words.live_rule(),
        "live_facts": words.facts(deciding.card(model)),
        "candidate": candidate,
        "candidate_facts": words.facts(candidate.rule.card) if candidate else [],
        "ready_at": words.ready_at(candidate, days=days),
        "shadow_days": days,
        "former": words.former(),
        "upload_form": upload_form or CandidateForm(),
        "why_form": why_form or WhyForm(),
        "forms": forms,
        "learning": learning.under_way(),
        "may_keep": scope.has(*KEEPERS),
        "may_decide": scope.has(Role.COUNTY_OFFICIAL),
        "sees_homes": scope.has(Role.COUNTY_OFFICIAL, Role.CONTROL_OPERATOR),
    }
    status = 422 if any(form.errors for form in forms) else 200
    return render(request, "dispatch/rules.html", context, status=status)


@allow(*READERS)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    return _page(request, now=clock.now())


@allow(*KEEPERS)
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """A model that was trained elsewhere begins beside the live one."""
    now = clock.now()
    form = CandidateForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, now=now, upload_form=form)
    data = form.cleaned_data
    try:
        rules_actions.run_in_shadow(
            model=data["model"],
            card=data["card"],
            by=staff_of(request),
            reason=data["reason"],
            now=now,
        )
    except Refused as error:
        form.add_error(None, str(error))
        return _page(request, now=now, upload_form=form)
    messages.success(request, _("후보를 옆에서 돌리기 시작했습니다."))
    return redirect("dispatch:rules")


@allow(*KEEPERS)
@require_POST
def learn(request: HttpRequest) -> HttpResponse:
    """우리 군 자료로 다시 배우기: in the background; a message tells how it ended."""
    if learning.begin(by=staff_of(request), now=clock.now()):
        learn_rule.delay(staff_of(request).pk)
        messages.success(request, _("배우기 시작했습니다. 끝나면 받은 알림으로 알려 드립니다."))
    else:
        messages.info(request, _("이미 배우고 있습니다."))
    return redirect("dispatch:rules")


@allow(Role.COUNTY_OFFICIAL)
@require_POST
def live(request: HttpRequest, version: str) -> HttpResponse:
    return _decide(
        request,
        partial(rules_actions.go_live, version=version),
        _("새 감지 기준을 쓰기 시작했습니다."),
    )


@allow(Role.COUNTY_OFFICIAL)
@require_POST
def retire(request: HttpRequest, version: str) -> HttpResponse:
    return _decide(
        request, partial(rules_actions.retire, version=version), _("후보를 그만두었습니다.")
    )


@allow(Role.COUNTY_OFFICIAL)
@require_POST
def back(request: HttpRequest) -> HttpResponse:
    """The live rule makes way for the one before it."""
    return _decide(request, rules_actions.go_back, _("앞의 감지 모델로 되돌렸습니다."))


def _decide(request: HttpRequest, verb: Callable[..., object], done: str) -> HttpResponse:
    now = clock.now()
    form = WhyForm(request.POST)
    if not form.is_valid():
        return _page(request, now=now, why_form=form)
    try:
        verb(by=staff_of(request), reason=form.cleaned_data["reason"], now=now)
    except Refused as error:
        form.add_error(None, str(error))
        return _page(request, now=now, why_form=form)
    messages.success(request, done)
    return redirect("dispatch:rules")
