"""Planned silence: recording it and ending it."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.access import allow
from households import actions
from households.forms import AbsenceForm
from households.rules import ABSENCE_WRITERS
from households.views._pages import Question, act, ask, clerk, data_of, load


@allow(*ABSENCE_WRITERS)
def plan(request: HttpRequest, uid: UUID) -> HttpResponse:
    now = clock.now()
    household = load(request, uid, now=now)
    question = Question(
        title=_("부재 등록"),
        lead=_("집을 비우는 동안은 조용해도 전화하지 않습니다. 끝나면 다시 살핍니다."),
        submit=_("부재 등록"),
        done=_("부재를 등록했습니다."),
    )
    start = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    form = AbsenceForm(
        data_of(request), initial={"starts_at": start, "ends_at": start + timedelta(days=1)}
    )
    return ask(
        request,
        household,
        question,
        form,
        lambda values: actions.plan_absence(
            household=household, **values, by=clerk(request), now=now
        ),
    )


@allow(*ABSENCE_WRITERS)
@require_POST
def end(request: HttpRequest, uid: UUID, absence: UUID) -> HttpResponse:
    now = clock.now()
    household = load(request, uid, now=now)
    row = get_object_or_404(household.absences, uid=absence)
    return act(
        request,
        household,
        _("부재를 끝냈습니다. 지금부터 다시 살핍니다."),
        lambda: actions.end_absence(absence=row, by=clerk(request), now=now),
    )
