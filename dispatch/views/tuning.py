"""The tuning page: the curve, the sliders, last month on both sides, saving with a reason."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import allow, request_scope
from accounts.roles import Role
from dispatch.presenters import tuning as words
from dispatch.presenters import tuning_fit
from dispatch.rules import Refused
from dispatch.tasks import compute_curve
from dispatch.tuning import actions, computing, curve, deciding, handling, last_month, shadow
from dispatch.tuning.budgets import FIELDS, STEPS, Budgets
from dispatch.tuning.forms import BudgetsForm, PointsForm, ReasonForm
from dispatch.views.common import staff_of
from households.models import Feed, Household
from ui.words import moment

READERS = (Role.COUNTY_OFFICIAL, Role.CONTROL_OPERATOR)
HOMES_SHOWN = 50


@dataclass
class Choice:
    """The numbers in force and those that are tried; both the same until somebody moves one."""

    before: Budgets
    then: Budgets
    form: BudgetsForm
    typed: dict[str, str] = field(default_factory=dict)  # what differs from the numbers in force

    @property
    def changed(self) -> list[str]:
        return self.then.changed_from(self.before)


def _choice(data: QueryDict, *, now: datetime) -> Choice:
    """From the address (or a form): what it leaves out stays as it is."""
    before = Budgets.at(now)
    standing = {name: words.number(before.values[name]) for name in FIELDS}
    typed = {name: str(data[name]) for name in FIELDS if name in data}
    if not typed:
        return Choice(before, before, BudgetsForm(initial=standing))
    form = BudgetsForm({**standing, **typed})
    other = {name: value for name, value in typed.items() if value != standing[name]}
    return Choice(before, form.budgets if form.is_valid() else before, form, other)


def _model() -> deciding.Rule | None:
    """The rule that decides; None where its file cannot be read, which the page then says."""
    try:
        return deciding.live()
    except deciding.UnusableModel:
        return None


def _tried(request: HttpRequest, choice: Choice, *, now: datetime) -> dict[str, Any]:
    """What the preview shows: marks on the curve and last month on both sides."""
    model, cost = _model(), handling.measure(now=now)
    homes = Household.objects.visible_to(request.user, now=now).watched().count()
    drawn = curve.shown(card=deciding.card(model), homes=homes, now=now)
    context: dict[str, Any] = {
        "choice": choice,
        "form": choice.form,
        "curve": drawn,
        "marks": words.marks(drawn, choice.before, choice.then, cost),
        "rows": words.curve_rows(drawn, choice.then, cost),
        "once_a_day": [Feed(feed).label for feed in computing.once_a_day(now)],
        "handling_words": words.handling_words(cost),
        "watched": homes,
        "model": model,
        "may_change": request_scope(request).has(Role.COUNTY_OFFICIAL),
        "all_values": [(name, words.number(choice.then.values[name])) for name in FIELDS],
    }
    context["chart_words"] = words.chart_words(context["marks"])
    if model is not None:
        context |= _month(request, choice, model, cost, now=now)
    return context


def _month(
    request: HttpRequest,
    choice: Choice,
    model: deciding.Rule,
    cost: handling.Handling,
    *,
    now: datetime,
) -> dict[str, Any]:
    seen = last_month.look(
        request.user, rule=model, now_is=choice.before, then=choice.then, now=now
    )
    shown = seen.changed[:HOMES_SHOWN]
    if shown:
        audit.record(
            actor=request.user,
            action="listed",
            subject_kind="household",
            now=now,
            request=request,
            detail={"households": len(shown), "for": "tuning"},
        )
    return {
        "month": seen,
        "share_percent": round(seen.share * 100),
        "lines": words.month_lines(seen, cost),
        "groups": words.group_lines(seen.groups),
        "changed": shown,
        "unshown": len(seen.changed) - len(shown),
        "needed_help": [
            {"row": row, "words": words.gain_words(row.gain, lost=row.lost)}
            for row in seen.needed_help
        ],
        "cases_url": words.month_cases_url(seen),
    }


def _page(
    request: HttpRequest,
    choice: Choice,
    *,
    now: datetime,
    reason: ReasonForm | None = None,
    points_form: PointsForm | None = None,
) -> HttpResponse:
    context = _tried(request, choice, now=now) | {
        "sliders": words.sliders(choice.form, choice.then, choice.before),
        "group_sliders": words.group_sliders(choice.form, choice.then, choice.before),
        "groups_open": any("_" in name for name in choice.changed)
        or any(choice.then.values.get(name) for name in FIELDS if "_" in name),
        "steps": ",".join(words.number(step) for step in STEPS),
        "reason_form": reason or ReasonForm(),
        "forms": [form for form in (choice.form, reason, points_form) if form is not None],
        "history": words.history(now=now),
        "now": now,
        **_progress(now=now),
    }
    context["candidate"] = shadow.candidate(
        request.user, context["model"], budgets=choice.before, now=now
    )
    if context["model"] is not None:
        context["fitting"] = tuning_fit.fitting(context["model"], now=now)
        context["points_form"] = points_form or PointsForm(auto_id="points_%s")
    status = 422 if any(form.is_bound and form.errors for form in context["forms"]) else 200
    return render(request, "dispatch/tuning.html", context, status=status)


def _progress(*, now: datetime) -> dict[str, Any]:
    row = curve.newest(now=now)
    return {
        "asked": row,
        "computing": row is not None and row.finished_at is None,
        "stuck": row is not None and row.finished_at is None and not computing.is_running(),
    }


@allow(*READERS)
@require_safe
def tuning(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    return _page(request, _choice(request.GET, now=now), now=now)


@allow(*READERS)
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """The part of the page that follows the sliders; the address of the page follows as well."""
    now = clock.now()
    choice = _choice(request.GET, now=now)
    context = _tried(request, choice, now=now) | {"reason_form": ReasonForm(), "now": now}
    response = render(request, "dispatch/_tuning_preview.html", context)
    address = reverse("dispatch:tuning")
    response["HX-Replace-Url"] = f"{address}?{urlencode(choice.typed)}" if choice.typed else address
    return response


@allow(Role.COUNTY_OFFICIAL)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """The tried numbers become the county's, from the date given, with the reason given."""
    now = clock.now()
    choice = _choice(request.POST, now=now)
    reason = ReasonForm(request.POST)
    if not (choice.form.is_bound and choice.form.is_valid() and reason.is_valid()):
        return _page(request, choice, now=now, reason=reason)
    try:
        versions = actions.save_budgets(
            budgets=choice.then,
            by=staff_of(request),
            reason=reason.cleaned_data["reason"],
            valid_from=reason.moment(now),
            now=now,
        )
    except ValidationError as error:
        reason.add_error(None, error)
        return _page(request, choice, now=now, reason=reason)
    if versions:
        at = moment(versions[0].valid_from)
        messages.success(
            request, _("감지 기준을 저장했습니다. %(at)s부터 적용합니다.") % {"at": at}
        )
    else:
        messages.info(request, _("이미 같은 값이라 바꾼 것이 없습니다."))
    return redirect("dispatch:tuning")


@allow(Role.COUNTY_OFFICIAL)
@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """다시 계산: the work is done elsewhere; the page shows how far it is."""
    row = computing.ask(by=staff_of(request), now=clock.now())
    compute_curve.delay(row.pk)
    return redirect(f"{reverse('dispatch:tuning')}#curve")


@allow(Role.COUNTY_OFFICIAL)
@require_POST
def points(request: HttpRequest) -> HttpResponse:
    """기준점 맞추기: the points at which this county rings as often as it chose, or the card's."""
    now = clock.now()
    form = PointsForm(request.POST, auto_id="points_%s")
    if form.is_valid():
        given = form.cleaned_data
        try:
            version = actions.set_points(
                curve=given["curve"], by=staff_of(request), reason=given["reason"], now=now
            )
        except (Refused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            if version is None:
                messages.info(request, _("이미 같은 값이라 바꾼 것이 없습니다."))
            else:
                messages.success(request, _("기준점을 저장했습니다. 지금부터 적용합니다."))
            return redirect("dispatch:tuning")
    return _page(request, _choice(QueryDict(), now=now), now=now, points_form=form)


@allow(*READERS)
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The progress bar alone; when the work is over, the page is asked for again."""
    context = _progress(now=clock.now()) | {
        "may_change": request_scope(request).has(Role.COUNTY_OFFICIAL)
    }
    response = render(request, "dispatch/_tuning_progress.html", context)
    if not context["computing"]:
        response["HX-Refresh"] = "true"
    return response
