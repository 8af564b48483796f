"""What the telephone company calls while it connects an operator with a resident or a contact.

The operator's receiver hears no name and no number: somebody else may have taken it off.
"""

from datetime import datetime

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from dispatch import calls, desk_calls, numbers, telephony
from dispatch.models import CallAttempt
from dispatch.rules import CallStatus
from dispatch.telephony import Ask, Connect, Heard, Tell
from dispatch.webhooks import is_ours, signed, take_down


@signed
@transaction.atomic
def bridge(heard: Heard, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """The operator's receiver is off."""
    case, attempt = calls.lock_attempt(attempt.pk)
    take_down(heard, attempt, "voice", 0, now)
    if not is_ours(attempt, heard, now=now):
        return telephony.respond(Tell((_("연천군 신호등. 다른 전화가 있어 이 전화는 끊습니다."),)))
    calls.rise(case, attempt, CallStatus.IN_PROGRESS, now=now)
    if not desk_calls.may_connect(case, attempt):
        return _no_longer()
    words = _("연천군 신호등. 1번을 누르면 연결합니다.")
    return telephony.respond(Ask((words, words), _path("answer", attempt)))


@signed
@transaction.atomic
def bridge_answer(heard: Heard, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """Only key 1 connects: a voicemail of the operator's must not."""
    case, attempt = calls.lock_attempt(attempt.pk)
    take_down(heard, attempt, "answer", heard.round, now)
    if not is_ours(attempt, heard, now=now) or not attempt.is_live:
        return telephony.respond(Tell())
    if not desk_calls.may_connect(case, attempt):
        return _no_longer()
    if heard.digits != "1":
        return telephony.respond(Tell((_("연결하지 않고 끊습니다."),)))
    if not numbers.can_be_dialled(attempt.second_phone):
        desk_calls.end_without_number(case, attempt, now=now)
        words = _("적힌 전화번호가 잘못되어 걸 수 없습니다. 번호를 고쳐 주세요. 끊습니다.")
        return telephony.respond(Tell((words,)))
    turn = Connect(
        sentences=(_("연결합니다."),),
        phone=desk_calls.connect(case, attempt, now=now),
        done=_path("done", attempt),
        progress=_path("leg", attempt),
        ring_seconds=desk_calls.LEG_RING_S,
        longest_seconds=desk_calls.LONGEST_S,
    )
    return telephony.respond(turn)


@signed
@transaction.atomic
def bridge_leg(heard: Heard, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """How the second telephone fares."""
    case, attempt = calls.lock_attempt(attempt.pk)
    new = take_down(heard, attempt, "leg", heard.sequence, now)
    if new and is_ours(attempt, heard, now=now):
        leg = {"sid": heard.leg_sid, "status": heard.leg_status}
        desk_calls.hear_leg(case, attempt, **leg, now=now)
    return HttpResponse(status=204)


@signed
@transaction.atomic
def bridge_done(heard: Heard, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """The second telephone has rung out or was put back."""
    case, attempt = calls.lock_attempt(attempt.pk)
    take_down(heard, attempt, "done", 0, now)
    if not is_ours(attempt, heard, now=now):
        return telephony.respond(Tell())
    leg = {"sid": heard.leg_sid, "status": heard.leg_status}
    desk_calls.hear_leg(case, attempt, **leg, now=now)
    if attempt.leg_status == CallStatus.COMPLETED:
        return telephony.respond(Tell())
    if attempt.leg_status == CallStatus.BUSY:
        return telephony.respond(Tell((_("상대가 통화 중입니다. 결과를 눌러 주세요."),)))
    return telephony.respond(Tell((_("상대가 전화를 받지 않았습니다. 결과를 눌러 주세요."),)))


@signed
@transaction.atomic
def bridge_status(heard: Heard, attempt: CallAttempt, now: datetime) -> HttpResponse:
    """How the operator's telephone fares; its end is the end of the call."""
    case, attempt = calls.lock_attempt(attempt.pk)
    new = take_down(heard, attempt, "status", heard.sequence, now)
    if new and is_ours(attempt, heard, now=now):
        calls.rise(case, attempt, heard.status, now=now)
        if desk_calls.may_connect(case, attempt):
            desk_calls.renew(case, now=now)
    return HttpResponse(status=204)


def _no_longer() -> HttpResponse:
    return telephony.respond(Tell((_("이 건은 이미 끝났거나 다른 사람이 맡았습니다."),)))


def _path(name: str, attempt: CallAttempt) -> str:
    return reverse(f"dispatch:bridge_{name}", args=[attempt.token])
