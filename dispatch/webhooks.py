"""What the telephone company calls. Signed or refused; the attempt is found by its token alone.

The same callback twice, late or in the wrong order is harmless: it is written once (unique by
sid, sequence and kind) and only what is new and stronger has an effect.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import wraps

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.access import allow_webhook
from dispatch import answers, calls, dialogue, late_rings, telephony
from dispatch.models import CallAttempt, CallbackEvent, Case
from dispatch.rules import NEEDS_PERSON, CallOutcome, CallStatus, CaseState
from dispatch.telephony import Ask, Heard, Tell, Voice

Handler = Callable[[Heard, CallAttempt, datetime], HttpResponse]


def signed(view: Handler) -> Callable[[HttpRequest, str], HttpResponse]:
    """POST only, signature first; then the attempt of the token."""

    @wraps(view)
    def checked(request: HttpRequest, token: str) -> HttpResponse:
        if not telephony.line().verify_webhook(request):
            return HttpResponseForbidden("bad signature\n", content_type="text/plain")
        attempt = CallAttempt.objects.filter(token=token).first()
        if attempt is None:
            # Signed, but not ours (a restored backup): end the call politely, do nothing else.
            return telephony.respond(Tell())
        heard = telephony.hear(request)
        round_ = _number(request.GET.get("round", "1"))
        return view(replace(heard, round=max(1, round_)), attempt, clock.now())

    return allow_webhook(why="the telephone company signs each request")(
        csrf_exempt(require_POST(checked))
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def take_down(heard: Heard, attempt: CallAttempt, kind: str, sequence: int, now: datetime) -> bool:
    """Write the callback; False when it is a repetition."""
    _row, created = CallbackEvent.objects.get_or_create(
        sid=(heard.leg_sid if kind == "leg" else heard.sid)[:40],
        sequence=min(sequence, 32767),
        kind=kind,
        defaults={
            "attempt": attempt,
            "status": (heard.leg_status if kind in ("leg", "done") else heard.status)[:12],
            "received_at": now,
        },
    )
    return created


def is_ours(attempt: CallAttempt, heard: Heard, *, now: datetime) -> bool:
    """Whether this call is the one of the (locked) attempt; a receipt that came late is made up for
    here, and so is an attempt that was declared lost."""
    if attempt.sid is None and attempt.is_live:
        calls.adopt_sid(attempt, heard.sid, now=now)
    late_rings.take_back(attempt, heard.sid, now=now)
    return attempt.sid == heard.sid and not late_rings.came_too_late(attempt)


@signed
@transaction.atomic
def voice(heard: Heard, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """The line is open: ask, in the words that are then written on the attempt."""
    case, attempt = calls.lock_attempt(attempt.pk)
    take_down(heard, attempt, "voice", 0, now)
    if not is_ours(attempt, heard, now=now):
        # Somebody has taken the receiver off: silence would frighten them.
        words = _("연천군 인공지능 안부 전화입니다. 곧 다시 거는 전화를 받아 주세요.")
        return telephony.respond(Tell((words,), _voice(dialogue.latest())))
    if not attempt.dialogue:
        attempt.dialogue = dialogue.latest().version
        attempt.save(update_fields=["dialogue"])
    calls.rise(case, attempt, CallStatus.IN_PROGRESS, now=now)
    return _ask(attempt, "first", 1)


def _ask(attempt: CallAttempt, turn: str, round_: int) -> HttpResponse:
    words = dialogue.of(attempt.dialogue)
    action = reverse("dispatch:voice_answer", args=[attempt.token]) + f"?round={round_}"
    return telephony.respond(Ask(words.turn(turn), action, _voice(words), words.listening))


def _voice(words: dialogue.Dialogue) -> Voice:
    return Voice(words.language, words.voice, words.rate)


@signed
def voice_answer(heard: Heard, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """A key, speech, or nothing: understand it, say it back, and what happens next.

    The words are read before the case is locked: the first reading of a process loads the analyser.
    """
    answer = answers.understand(heard.digits, heard.speech, confidence=heard.confidence)
    with transaction.atomic():
        return _answered(heard, attempt, answer, now)


def _answered(
    heard: Heard, attempt: CallAttempt, answer: answers.Answer, now: datetime
) -> HttpResponse:
    """Words that nobody could read go to a person at once; the question is asked again all the
    same, because it may turn out to be urgent."""
    case, attempt = calls.lock_attempt(attempt.pk)
    new = take_down(heard, attempt, "answer", heard.round, now)
    if not is_ours(attempt, heard, now=now):
        return telephony.respond(Tell())
    words = dialogue.of(attempt.dialogue)
    if answers.is_of_machine(attempt, answer):
        return telephony.respond(Tell(words.ending("silent"), _voice(words)))
    again = heard.round < words.last_round
    outcome = answer.outcome
    if new and outcome and not (outcome == CallOutcome.UNCLEAR and again):
        answers.take(case, attempt, answer, now=now)
    if again and outcome in _AGAIN:
        return _ask(attempt, _AGAIN[outcome], heard.round + 1)
    ending = _ending(case, attempt, answer)
    return telephony.respond(Tell(words.ending(ending), _voice(words)))


# The question comes once more, after these words.
_AGAIN = {
    "": "again_silent",
    CallOutcome.UNCLEAR.value: "again_key",
    CallOutcome.SPEECH.value: "again_speech",
}


def _ending(case: Case, attempt: CallAttempt, answer: answers.Answer) -> str:
    """What is said back. Silence after words that nobody could read ends as these words do."""
    outcome = answer.outcome
    if not outcome and attempt.outcome in NEEDS_PERSON:
        outcome = attempt.outcome
    if outcome in (CallOutcome.OK, CallOutcome.SAID_OK):
        return f"{outcome}_person" if case.is_open else outcome
    if outcome == CallOutcome.HELP:
        return "help_key" if answer.digits == "2" else "help_said"
    if outcome == CallOutcome.LATER:
        return "later" if case.state == CaseState.AI_CALL else "later_person"
    return outcome or "silent"


@signed
@transaction.atomic
def voice_status(heard: Heard, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """The company tells how the line fares."""
    case, attempt = calls.lock_attempt(attempt.pk)
    new = take_down(heard, attempt, "status", heard.sequence, now)
    if new and is_ours(attempt, heard, now=now):
        calls.rise(case, attempt, heard.status, now=now, answered_by=heard.answered_by)
    return HttpResponse(status=204)


@signed
@transaction.atomic
def voice_amd(heard: Heard, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """The company's machine detection made up its mind."""
    _case, attempt = calls.lock_attempt(attempt.pk)
    new = take_down(heard, attempt, "amd", 0, now)
    if new and is_ours(attempt, heard, now=now):
        calls.hear_machine(attempt, heard.answered_by or "unknown")
    return HttpResponse(status=204)
