"""Everything else a clerk changes about a household."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.access import allow
from households import actions
from households.actions import ContactInput, Correction, LinkInput
from households.days import local_day
from households.forms import (
    CleanForm,
    ConfirmForm,
    ContactForm,
    CorrectionForm,
    EndForm,
    LinkForm,
    PauseForm,
    RiskForm,
    SwapForm,
    UnlinkForm,
)
from households.models import Feed
from households.rules import WRITERS, Event
from households.views._pages import Question, act, ask, clerk, data_of, load

_STATE_VERBS: dict[str, tuple[Callable[..., object], type[CleanForm]]] = {
    Event.REVIEW.value: (actions.review, ConfirmForm),
    Event.START_LEARNING.value: (actions.start_learning, ConfirmForm),
    Event.ACTIVATE.value: (actions.activate, ConfirmForm),
    Event.PAUSE.value: (actions.pause, PauseForm),
    Event.RESUME.value: (actions.resume, ConfirmForm),
    Event.END.value: (actions.end, EndForm),
    Event.REAPPLY.value: (actions.reapply, ConfirmForm),
}


def _state_question(event: Event) -> Question:
    leads = {
        Event.REVIEW: _("협력기관이 계량기·회선·앱을 읽을 수 있는지 살펴봅니다."),
        Event.START_LEARNING: _("오늘부터 자료를 받아 평소 생활을 배웁니다."),
        Event.ACTIVATE: _(
            "학습 기간이 다 지나기 전에 관제로 넘깁니다. "
            "평소 생활을 덜 배웠으면 알림이 잦을 수 있습니다."
        ),
        Event.PAUSE: _("멈춘 동안은 조용해도 알아차리지 못합니다."),
        Event.RESUME: _("학습부터 다시 시작합니다."),
        Event.END: _("자료 연결을 모두 끊고 더 살피지 않습니다. 기록은 남습니다."),
        Event.REAPPLY: _("신청부터 다시 시작합니다. 자료는 새로 연결해야 합니다."),
    }
    return Question(
        title=event.label,
        lead=leads[event],
        submit=event.label,
        done=_("'%s' 처리를 마쳤습니다.") % event.label,
        danger=event is Event.END,
    )


@allow(*WRITERS)
def change_state(request: HttpRequest, uid: UUID, event: str) -> HttpResponse:
    if event not in _STATE_VERBS:
        raise Http404
    now = clock.now()
    household = load(request, uid, now=now)
    verb, form_class = _STATE_VERBS[event]
    return ask(
        request,
        household,
        _state_question(Event(event)),
        form_class(data_of(request)),
        lambda values: verb(household=household, **values, by=clerk(request), now=now),
    )


@allow(*WRITERS)
def correct(request: HttpRequest, uid: UUID) -> HttpResponse:
    now = clock.now()
    household = load(request, uid, now=now)
    question = Question(
        title=_("적힌 내용 고치기"),
        lead=_("바뀐 칸만 적습니다. 빈칸은 그대로 둡니다."),
        submit=_("고치기"),
        done=_("고쳤습니다."),
    )

    def verb(values: dict[str, Any]) -> object:
        changes = {name: value for name, value in values.items() if value}
        return actions.correct(
            household=household, correction=Correction(**changes), by=clerk(request), now=now
        )

    return ask(request, household, question, CorrectionForm(data_of(request)), verb)


@allow(*WRITERS)
def risk(request: HttpRequest, uid: UUID) -> HttpResponse:
    now = clock.now()
    household = load(request, uid, now=now)
    question = Question(
        title=_("위험군 적기"),
        lead=_("전수조사 결과입니다. 신호등 색과는 다릅니다. 앞선 평가는 이력에 남습니다."),
        submit=_("위험군 적기"),
        done=_("위험군을 적었습니다."),
    )
    return ask(
        request,
        household,
        question,
        RiskForm(data_of(request), initial={"from_date": local_day(now)}),
        lambda values: actions.set_risk_group(
            household=household, **values, by=clerk(request), now=now
        ),
    )


@allow(*WRITERS)
def add_contact(request: HttpRequest, uid: UUID) -> HttpResponse:
    now = clock.now()
    household = load(request, uid, now=now)
    question = Question(
        title=_("비상연락처 추가"),
        lead=_("본인이 알려 준 사람만 적습니다. 그분께도 미리 말씀드려 주세요."),
        submit=_("비상연락처 추가"),
        done=_("비상연락처를 추가했습니다."),
    )
    return ask(
        request,
        household,
        question,
        ContactForm(data_of(request)),
        lambda values: actions.add_contact(
            household=household, contact=ContactInput(**values), by=clerk(request), now=now
        ),
    )


@allow(*WRITERS)
@require_POST
def remove_contact(request: HttpRequest, uid: UUID, contact: UUID) -> HttpResponse:
    now = clock.now()
    household = load(request, uid, now=now)
    row = get_object_or_404(household.contacts, uid=contact)
    return act(
        request,
        household,
        _("비상연락처를 지웠습니다."),
        lambda: actions.remove_contact(contact=row, by=clerk(request), now=now),
    )


_ENDS_BACK = gettext_lazy(
    "지난 날을 적으면 그날부터 옛 번호로 온 자료를 지웁니다. "
    "새 번호의 지난 자료는 기관이 다시 보내야 채워집니다."
)


def _feed(feed: str) -> Feed:
    try:
        return Feed(feed)
    except ValueError:
        raise Http404 from None


@allow(*WRITERS)
def link(request: HttpRequest, uid: UUID, feed: str) -> HttpResponse:
    now = clock.now()
    household, label = load(request, uid, now=now), _feed(feed).label
    question = Question(
        title=_("%s 연결") % label,
        lead=_("기관이 쓰는 번호를 그대로 적습니다. 한 번호는 한 가구에만 연결됩니다."),
        submit=_("연결하기"),
        done=_("연결했습니다."),
    )
    return ask(
        request,
        household,
        question,
        LinkForm(data_of(request), initial={"valid_from": local_day(now)}),
        lambda values: actions.link_feed(
            household=household, link=LinkInput(feed=feed, **values), by=clerk(request), now=now
        ),
    )


@allow(*WRITERS)
def unlink(request: HttpRequest, uid: UUID, feed: str) -> HttpResponse:
    now = clock.now()
    household, label = load(request, uid, now=now), _feed(feed).label
    question = Question(
        title=_("%s 연결 끊기") % label,
        lead=_("이 번호의 자료를 더는 받지 않습니다. 다른 번호로 이어지면 '번호 바꾸기'를 씁니다."),
        submit=_("연결 끊기"),
        done=_("연결을 끊었습니다."),
        danger=True,
        facts=[_ENDS_BACK],
    )
    return ask(
        request,
        household,
        question,
        UnlinkForm(data_of(request), initial={"on": local_day(now)}),
        lambda values: actions.unlink_feed(
            household=household, feed=feed, by=clerk(request), now=now, **values
        ),
    )


@allow(*WRITERS)
def swap(request: HttpRequest, uid: UUID, feed: str) -> HttpResponse:
    now = clock.now()
    household, label = load(request, uid, now=now), _feed(feed).label
    question = Question(
        title=_("%s 번호 바꾸기") % label,
        lead=_("계량기나 휴대폰을 바꾸었을 때 씁니다. 한 사람의 기록이 끊기지 않고 이어집니다."),
        submit=_("바꾸기"),
        done=_("번호를 바꾸었습니다."),
        facts=[_ENDS_BACK],
    )
    return ask(
        request,
        household,
        question,
        SwapForm(data_of(request), initial={"valid_from": local_day(now)}),
        lambda values: actions.swap_feed(
            household=household, link=LinkInput(feed=feed, **values), by=clerk(request), now=now
        ),
    )
