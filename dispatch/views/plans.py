"""The county's escalation plan: read, try out on a person and an hour, save as a new version."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from dispatch.models import EscalationPlan
from dispatch.plans import InForce, PlanError, in_force, save_plan
from dispatch.plans.forms import Draft, PreviewForm, SaveForm, preview_initial
from dispatch.plans.preview import compare, preview
from dispatch.plans.schema import parse
from dispatch.rules import Light, Refused
from dispatch.views.common import staff_of

READERS = (Role.COUNTY_OFFICIAL, Role.CONTROL_OPERATOR)
HISTORY = 10


def _page(
    request: HttpRequest,
    *,
    now: datetime,
    draft: Draft | None = None,
    save_form: SaveForm | None = None,
    preview_form: PreviewForm | None = None,
) -> HttpResponse:
    standing = in_force(now)
    draft = draft or Draft(standing.body)
    save_form = save_form or SaveForm(initial={"base": standing.version})
    preview_form = preview_form or PreviewForm(initial=preview_initial(now))
    for fault in draft.faults:
        if save_form.is_bound:
            save_form.add_error(None, fault)
    shown = [*draft.forms, save_form, preview_form]
    context: dict[str, Any] = {
        "standing": standing,
        "draft": draft,
        "sections": _sections(draft),
        "save_form": save_form,
        "preview_form": preview_form,
        "lines": _lines(draft, standing, preview_form, now),
        "forms": shown,
        "may_change": request_scope(request).has(Role.COUNTY_OFFICIAL),
        "history": EscalationPlan.objects.select_related("made_by")[:HISTORY],
        "now": now,
    }
    status = 422 if any(form.is_bound and form.errors for form in shown) else 200
    return render(request, "dispatch/plan.html", context, status=status)


def _sections(draft: Draft) -> list[dict[str, Any]]:
    """The ladders of each light; the last one is for everybody else and stays."""
    found = []
    for light in Light:
        mine = [
            {"number": number, "form": form}
            for number, form in enumerate(draft.ladders)
            if form["light"].value() == light
        ]
        found.append({"light": light, "label": light.label, "ladders": mine})
    return found


def _lines(
    draft: Draft, standing: InForce, form: PreviewForm, now: datetime
) -> dict[str, Any] | None:
    """The preview of the draft beside the plan in force; None while the draft is no plan."""
    if draft.plan is None:
        return None
    if form.is_bound and not form.is_valid():
        return None
    asked = form.cleaned_data if form.is_bound else preview_initial(now)
    whom: dict[str, Any] = {name: asked[name] for name in ("light", "group", "at")}
    ours, theirs = preview(draft.plan, **whom), preview(standing.plan, **whom)
    rows = compare(ours, theirs)
    return {"rows": rows, "changed": any(row.mark != "same" for row in rows), "at": whom["at"]}


@allow(*READERS)
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    return _page(request, now=clock.now())


@allow(Role.COUNTY_OFFICIAL)
@require_POST
def plan_try(request: HttpRequest) -> HttpResponse:
    """The draft as it was typed, with its preview; nothing is written."""
    now = clock.now()
    draft = Draft(data=request.POST)
    grown = _grown(draft, request.POST.get("do", ""))
    typed = {name: request.POST.get(name, "") for name in ("base", "reason")}
    return _page(
        request,
        now=now,
        draft=grown or draft,
        save_form=SaveForm(request.POST) if draft.faults else SaveForm(initial=typed),
        preview_form=PreviewForm(request.POST),
    )


def _grown(draft: Draft, do: str) -> Draft | None:
    """The draft with one more row, when that was asked for and the rest is in order."""
    if draft.plan is None:
        return None
    try:
        if do == "band":
            body = draft.with_band()
        elif do.startswith("ladder-") and do[7:].isdigit() and int(do[7:]) < len(draft.ladders):
            body = draft.with_ladder(int(do[7:]))
        else:
            body = draft.body()
        parse(body)
    except (PlanError, IndexError):
        return None
    return Draft(body)


@allow(Role.COUNTY_OFFICIAL)
@require_POST
def plan_save(request: HttpRequest) -> HttpResponse:
    """The draft becomes the next version, for cases that open from now on."""
    now = clock.now()
    draft, form = Draft(data=request.POST), SaveForm(request.POST)
    form.fields["reason"].required = True
    preview_form = PreviewForm(request.POST)
    if draft.plan is None or not form.is_valid():
        return _page(request, now=now, draft=draft, save_form=form, preview_form=preview_form)
    try:
        row = save_plan(
            body=draft.body(),
            base=form.cleaned_data["base"],
            by=staff_of(request),
            reason=form.cleaned_data["reason"],
            now=now,
        )
    except Refused as error:
        form.add_error(None, str(error))
        return _page(request, now=now, draft=draft, save_form=form, preview_form=preview_form)
    messages.success(
        request, _("%(n)s판을 저장했습니다. 지금부터 열리는 건에 적용합니다.") % {"n": row.version}
    )
    return redirect("dispatch:plan")
