"""One household: the page, the look behind the mask, the history."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import allow, request_scope
from households import actions, presenters
from households.days import local_day
from households.forms import RevealForm
from households.models import Household
from households.rules import ABSENCE_WRITERS, READERS, REVEALERS, WRITERS, Refused, State
from households.views._pages import clerk, data_of, load


@allow(*READERS)
@require_safe
@cache_control(no_store=True, private=True)
def household_detail(request: HttpRequest, uid: UUID) -> HttpResponse:
    household = load(request, uid, now=clock.now())
    _log_view(request, household)
    return _page(request, household, reveal_form=RevealForm())


@allow(*REVEALERS)
@cache_control(no_store=True, private=True)
def reveal(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Unmasked in the answer to this one POST; loading the page again masks it again."""
    household = load(request, uid, now=clock.now())
    form = RevealForm(data_of(request))
    if request.method != "POST":
        return redirect(household)
    if not form.is_valid():
        return _page(request, household, reveal_form=form)
    try:
        revealed = actions.reveal(
            household=household,
            reason=form.cleaned_data["reason"],
            by=clerk(request),
            now=clock.now(),
            request=request,
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect(household)
    return _page(request, household, revealed=revealed)


@allow(*READERS)
@require_safe
@cache_control(no_store=True, private=True)
def history(request: HttpRequest, uid: UUID) -> HttpResponse:
    household = load(request, uid, now=clock.now())
    _log_view(request, household)
    events = household.enrolment.events.select_related("by").order_by("-at", "-id")
    return render(
        request,
        "households/history.html",
        {
            "household": household,
            "events": [(event, household.unseal(event.note)) for event in events],
            "risks": household.risk_assessments.select_related("by"),
            "consents": household.consents.order_by("-given_at"),
        },
    )


def _log_view(request: HttpRequest, household: Household) -> None:
    audit.record(
        actor=request.user,
        action="viewed",
        subject_kind="household",
        subject_uid=str(household.uid),
        now=clock.now(),
        request=request,
    )


def _page(request: HttpRequest, household: Household, **context: Any) -> HttpResponse:
    now = clock.now()
    today = local_day(now)
    roles = request_scope(request).roles_in(household.township_id)
    risk = household.risk_assessments.filter(from_date__lte=today).first()
    context |= {
        "household": household,
        "age": household.age(today),
        "state_words": presenters.state_words(household.enrolment),
        "state_tag": presenters.state_tag(household.enrolment),
        "risk": risk,
        "handover": presenters.is_handover_due(household, today),
        "may_reveal": not roles.isdisjoint(REVEALERS),
        "may_write": not roles.isdisjoint(WRITERS),
        "may_plan_absence": not roles.isdisjoint(ABSENCE_WRITERS)
        and household.enrolment.state != State.ENDED,
    }
    return render(request, "households/detail.html", context)
