"""What the telephone company calls. Signed or refused; the attempt is found by its token alone.

The same callback twice, late or in the wrong order is harmless: it is written once (unique by
sid, sequence and kind) and only what is new and stronger has an effect.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.access import allow_webhook
from dispatch import answers, calls
from dispatch.models import CallAttempt, CallbackEvent, Case
from dispatch.rules import CallOutcome, CallStatus
from dispatch.telephony import line, twiml

Handler = Callable[[HttpRequest, CallAttempt, datetime], HttpResponse]


def _signed(view: Handler) -> Callable[[HttpRequest, str], HttpResponse]:
    """POST only, signature first; then the attempt of the token."""

    @wraps(view)
    def checked(request: HttpRequest, token: str) -> HttpResponse:
        if not line().verify_webhook(request):
            return HttpResponseForbidden("bad signature\n", content_type="text/plain")
        attempt = CallAttempt.objects.filter(token=token).first()
        if attempt is None:
            # Signed, but not ours (a restored backup): end the call politely, do nothing else.
            return _xml(twiml.hang_up())
        return view(request, attempt, clock.now())

    return allow_webhook(why="the telephone company signs each request")(
        csrf_exempt(require_POST(checked))
    )


def _xml(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/xml; charset=utf-8")


def _take_down(
    request: HttpRequest, attempt: CallAttempt, kind: str, sequence: int, now: datetime
) -> bool:
    """Write the callback; False when it is a repetition."""
    _row, created = CallbackEvent.objects.get_or_create(
        sid=request.POST.get("CallSid", "")[:40],
        sequence=min(sequence, 32767),
        kind=kind,
        defaults={
            "attempt": attempt,
            "status": request.POST.get("CallStatus", "")[:12],
            "received_at": now,
        },
    )
    return created


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _ours(attempt: CallAttempt, request: HttpRequest, *, now: datetime) -> bool:
    """Whether this call is the one of the attempt; a receipt that came late is made up for here."""
    sid = request.POST.get("CallSid", "")
    if attempt.sid is None and attempt.is_live:
        calls.adopt_sid(attempt, sid, now=now)
    return attempt.sid == sid


@_signed
@transaction.atomic
def voice(request: HttpRequest, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """The line is open: ask."""
    case, attempt = calls.lock_attempt(attempt.pk)
    _take_down(request, attempt, "voice", 0, now)
    if not _ours(attempt, request, now=now):
        return _xml(twiml.hang_up())
    calls.rise(case, attempt, CallStatus.IN_PROGRESS, now=now)
    return _xml(twiml.ask(action=_answer_url(attempt, 1), round_=1))


def _answer_url(attempt: CallAttempt, round_: int) -> str:
    return reverse("dispatch:voice_answer", args=[attempt.token]) + f"?round={round_}"


@_signed
@transaction.atomic
def voice_answer(request: HttpRequest, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """A key, speech, or nothing: understand it, say it back, and what happens next."""
    case, attempt = calls.lock_attempt(attempt.pk)
    round_ = max(1, _number(request.GET.get("round", "1")))
    new = _take_down(request, attempt, "answer", round_, now)
    if not _ours(attempt, request, now=now):
        return _xml(twiml.hang_up())
    digits = request.POST.get("Digits", "").strip()
    speech = request.POST.get("SpeechResult", "").strip()
    outcome = answers.understand(digits, speech)
    if outcome in ("", CallOutcome.UNCLEAR) and round_ < twiml.LAST_ROUND:
        return _xml(twiml.ask(action=_answer_url(attempt, round_ + 1), round_=round_ + 1))
    if outcome and new:
        answers.take(case, attempt, outcome, digits=digits, speech=speech, now=now)
    return _xml(twiml.goodbye(_ending(case, outcome)))


def _ending(case: Case, outcome: str) -> str:
    if outcome == CallOutcome.OK:
        return "ok_but_person" if case.is_open else "ok"
    return outcome or "silent"


@_signed
@transaction.atomic
def voice_status(request: HttpRequest, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """The company tells how the line fares."""
    case, attempt = calls.lock_attempt(attempt.pk)
    sequence = _number(request.POST.get("SequenceNumber", ""))
    new = _take_down(request, attempt, "status", sequence, now)
    if new and _ours(attempt, request, now=now):
        calls.rise(
            case,
            attempt,
            request.POST.get("CallStatus", ""),
            now=now,
            answered_by=request.POST.get("AnsweredBy", ""),
        )
    return HttpResponse(status=204)


@_signed
@transaction.atomic
def voice_amd(request: HttpRequest, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """The company's machine detection made up its mind."""
    _case, attempt = calls.lock_attempt(attempt.pk)
    new = _take_down(request, attempt, "amd", 0, now)
    if new and _ours(attempt, request, now=now):
        calls.hear_machine(attempt, request.POST.get("AnsweredBy", "unknown"))
    return HttpResponse(status=204)
