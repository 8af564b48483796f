"""Giving and withdrawing consent, and the form on paper."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import allow
from households import actions
from households.actions import ConsentInput
from households.consent_texts import CONSENT_TEXTS, VERSION, ConsentText
from households.days import local_day
from households.forms import ConfirmForm, ConsentGivenForm
from households.models import Purpose
from households.rules import WRITERS
from households.views._pages import Question, Text, ask, clerk, data_of, load


def _text(purpose: str) -> ConsentText:
    if purpose not in CONSENT_TEXTS:
        raise Http404
    return CONSENT_TEXTS[purpose]


@allow(*WRITERS)
@require_safe
def paper(request: HttpRequest) -> HttpResponse:
    """The consent form in large print, for signing."""
    return render(
        request,
        "households/consent_paper.html",
        {"texts": CONSENT_TEXTS.values(), "version": VERSION},
    )


@allow(*WRITERS)
def give(request: HttpRequest, uid: UUID, purpose: str) -> HttpResponse:
    now = clock.now()
    household, text = load(request, uid, now=now), _text(purpose)
    question = Question(
        title=_("%(recipient)s 동의 적기: %(title)s")
        % {"recipient": text.recipient, "title": text.title},
        lead=text.spoken,
        facts=[
            _("누구와: %s") % text.with_whom,
            _("왜: %s") % text.why,
            _("무엇을: %s") % text.what,
            _("언제까지: %s") % text.until,
            _("거절하면: %s") % text.if_refused,
        ],
        submit=_("동의한 것으로 적기"),
        done=_("동의를 적었습니다."),
    )
    form = ConsentGivenForm(data_of(request), initial={"on": local_day(now)})
    return ask(
        request,
        household,
        question,
        form,
        lambda values: actions.give_consent(
            household=household,
            consent=ConsentInput(purpose=purpose, **values),
            by=clerk(request),
            now=now,
        ),
    )


@allow(*WRITERS)
def withdraw(request: HttpRequest, uid: UUID, purpose: str) -> HttpResponse:
    now = clock.now()
    household, text = load(request, uid, now=now), _text(purpose)
    question = Question(
        title=_("%(recipient)s 동의 거두기: %(title)s")
        % {"recipient": text.recipient, "title": text.title},
        lead=_("본인이 거두겠다고 했을 때만 누릅니다. 누르는 순간부터 적용됩니다."),
        facts=_consequences(purpose),
        submit=_("동의 거두기"),
        done=_("동의를 거두었습니다. 이 자료는 지금부터 받지 않습니다."),
        danger=True,
    )
    return ask(
        request,
        household,
        question,
        ConfirmForm(data_of(request)),
        lambda values: actions.withdraw_consent(
            household=household, purpose=purpose, by=clerk(request), now=now
        ),
    )


def _consequences(purpose: str) -> list[Text]:
    if purpose == Purpose.COLLECTION:
        return [
            _("다른 동의도 함께 거두어지고 가입이 끝납니다."),
            _("모든 자료를 더 받지 않고, 받은 자료는 지웁니다."),
        ]
    if purpose == Purpose.HEALTH:
        return [_("적어 둔 질병과 복약 내용이 바로 지워집니다.")]
    return [
        _("이 자료를 더 받지 않고, 받은 자료는 지웁니다."),
        CONSENT_TEXTS[purpose].if_refused,
    ]
