"""An operator's call: the portal rings the operator's own registered telephone, and after key 1 the
resident or a contact. Nobody types a number, and nobody's number leaves the office.

The attempt is committed before anything rings, as with the AI's calls, and counts in the same
throttles. What came of it is keyed in by the operator; the telephone closes nothing.
"""

import logging
import math
import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import calls, machine, numbers, taking_back, telephony
from dispatch.actions.common import require_owner, require_role
from dispatch.duty import can_be_rung
from dispatch.engine import alive, pace
from dispatch.models import CallAttempt, CallKind, Case
from dispatch.rules import (
    FINAL_RANK,
    STATUS_RANK,
    CallOutcome,
    CallStatus,
    CaseDo,
    CaseState,
    EventKind,
    Refused,
)
from dispatch.taking_back import End
from households.models import Contact

logger = logging.getLogger(__name__)

HOOKS = "bridge"
OPERATOR_RING_S = 25
LEG_RING_S = 40
LONGEST_S = 3600


def start(
    *, case: Case, by: User, now: datetime, contact: Contact | None = None, key: str = ""
) -> CallAttempt:
    """Ring `by`, and after key 1 the resident or `contact`. Runs outside any transaction, because
    it waits for the company. `key` is the form's once-only value: again, the same call comes back.

    Raises Refused with a sentence for the page when nothing may or can ring.
    """
    require_role(by, CaseDo.RECORD_CALL, now=now)
    if not telephony.configured():
        raise Refused(_("전화 회선이 없습니다. 번호를 보고 직접 걸어 주세요."))
    if not can_be_rung(by):
        raise Refused(_("내 휴대전화 번호를 먼저 확인해 주세요. 확인된 번호로만 연결합니다."))
    if (seen := _of_key(case, key)) is not None:
        return seen
    require_owner(Case.objects.select_related("owner").get(pk=case.pk), by)
    _need_free(taking_back.free_line(case.household_id, now=now))
    attempt, new = _prepare(case, by, contact, key, now=now)
    if new:
        _ring(attempt, by, now=now)
        attempt.refresh_from_db()
    return attempt


def _need_free(end: End) -> None:
    if end == End.TALKING:
        raise Refused(_("지금 AI 전화가 통화 중입니다. 끝나면 바로 걸 수 있습니다."))
    if end == End.UNKNOWN:
        raise Refused(_("걸리는 중인 AI 전화를 끊지 못했습니다. 잠시 뒤 다시 눌러 주세요."))


def _of_key(case: Case, key: str) -> CallAttempt | None:
    """The call that the same form already started."""
    event = case.events.filter(kind=EventKind.DESK_CALL, key=key).first() if key else None
    return None if event is None else CallAttempt.objects.get(pk=event.data["attempt"])


@transaction.atomic
def _prepare(
    case: Case, by: User, contact: Contact | None, key: str, *, now: datetime
) -> tuple[CallAttempt, bool]:
    case = machine.lock(case.pk)
    if (seen := _of_key(case, key)) is not None:
        return seen, False
    require_owner(case, by)
    machine.fire(case, CaseDo.RECORD_CALL)
    _check_line(case, by, contact, now=now)
    pace.take_line(now=now, first=True)
    attempt = CallAttempt.objects.create(
        case=case,
        household=case.household,
        kind=CallKind.DESK,
        by=by,
        contact=contact,
        token=secrets.token_urlsafe(32),
        created_at=now,
        check_at=now + calls.DIAL_LEASE,
    )
    alive.take(attempt.pk)
    renew(case, now=now)
    data = {"attempt": attempt.pk, "callee": calls.callee(attempt)}
    machine.log(case, EventKind.DESK_CALL, now=now, by=by, data=data, key=key)
    return attempt, True


def _check_line(case: Case, by: User, contact: Contact | None, *, now: datetime) -> None:
    """One live call per person and per operator, and the throttles of the one who would ring."""
    live = CallAttempt.objects.filter(ended_at__isnull=True)
    if live.filter(household=case.household).exists() or live.filter(by=by).exists():
        raise Refused(_("이미 걸고 있는 전화가 있습니다. 끝난 뒤 다시 눌러 주세요."))
    phone = contact.phone if contact else case.household.phone
    if not phone:
        raise Refused(_("적힌 전화번호가 없습니다."))
    if not numbers.can_be_dialled(phone):
        raise Refused(_("적힌 전화번호로는 걸 수 없습니다. 번호를 고친 뒤 다시 눌러 주세요."))
    if not numbers.take(by.phone):
        raise Refused(
            _("내 전화로 다른 전화가 걸려 있습니다. 그 전화를 거절하거나 끊은 뒤 다시 눌러 주세요.")
        )
    if not numbers.take(phone):
        raise Refused(_("이 번호로 다른 전화가 걸려 있습니다. 끝난 뒤 다시 눌러 주세요."))
    contact_id = contact.pk if contact else None
    free = pace.person_free_at(case.household_id, now=now, contact_id=contact_id)
    if free > now:
        seconds = math.ceil((free - now).total_seconds())
        raise Refused(
            _("방금 걸었습니다. 한 사람에게 너무 자주 걸지 않습니다: %(n)d초 뒤에 걸 수 있습니다.")
            % {"n": seconds}
        )


def _ring(attempt: CallAttempt, by: User, *, now: datetime) -> None:
    """Ask the company to ring the operator. Nothing is locked while we wait."""
    with alive.dialling(attempt.pk):
        try:
            receipt = telephony.line().dial(
                phone=by.phone, token=attempt.token, ring_seconds=OPERATOR_RING_S, hooks=HOOKS
            )
        except telephony.NotPlaced as answer:
            calls.not_placed(attempt.pk, code=answer.code, retry=False, now=now)
        except telephony.NotFound:
            calls.not_placed(attempt.pk, code="404", retry=False, now=now)
        except telephony.Uncertain:
            calls.uncertain(attempt.pk, now=now)
        else:
            calls.placed(attempt.pk, sid=receipt.sid, status=receipt.status, now=now)


# ── what the company tells ───────────────────────────────────────────────────
def may_connect(case: Case, attempt: CallAttempt) -> bool:
    """Whether the (locked) case is still the one of the operator who is on the line."""
    return case.is_open and case.owner_id == attempt.by_id


def connect(case: Case, attempt: CallAttempt, *, now: datetime) -> str:
    """Key 1: the number to ring now, as it was written down."""
    if attempt.bridged_at is None:
        attempt.bridged_at = now
        attempt.save(update_fields=["bridged_at"])
        renew(case, now=now)
    return attempt.second_phone


def end_without_number(case: Case, attempt: CallAttempt, *, now: datetime) -> None:
    """What stands where the (locked) attempt's number should be is none any more: the call is over
    before the other telephone rang, and the log of the case says why."""
    logger.error("the number of call %s cannot be dialled: no Korean telephone number", attempt.pk)
    attempt.status, attempt.status_rank = CallStatus.FAILED, FINAL_RANK
    resident = attempt.contact is None  # of a contact it says nothing about the resident's number
    attempt.outcome = CallOutcome.BAD_NUMBER if resident else CallOutcome.NOT_PLACED
    attempt.error_code = telephony.BAD_NUMBER
    attempt.ended_at, attempt.check_at = now, None
    attempt.save()
    data = {
        "attempt": attempt.pk,
        "outcome": attempt.outcome,
        "code": attempt.error_code,
        "callee": calls.callee(attempt),
    }
    machine.log(case, EventKind.DESK_CALL_ENDED, now=now, by=attempt.by, data=data)


def hear_leg(case: Case, attempt: CallAttempt, *, sid: str, status: str, now: datetime) -> None:
    """Take in a state of the second leg; it only rises. A late one mends the outcome."""
    status = "completed" if status == "answered" else status
    if STATUS_RANK.get(status, -1) <= STATUS_RANK.get(attempt.leg_status, -1):
        return
    attempt.leg_sid, attempt.leg_status = sid[:40] or attempt.leg_sid, status
    connected = status in (CallStatus.IN_PROGRESS, CallStatus.COMPLETED)
    if connected and not attempt.is_live:
        attempt.outcome = CallOutcome.CONNECTED
    attempt.save()
    if may_connect(case, attempt):
        renew(case, now=now)


def renew(case: Case, *, now: datetime) -> None:
    """Whoever talks to the resident acts: the lease is theirs for some more minutes."""
    if case.state == CaseState.CLAIMED:
        machine.renew_lease(case, now=now)
        case.save()
