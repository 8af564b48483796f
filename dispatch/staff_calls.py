"""The life of one ring of a member of staff: prepared, placed or not, answered, ended.

Like `dispatch.calls`, and for the same reasons: each function is one transaction that locks the
case first, a status only rises, an ended call stays ended. A ring is never repeated blindly; where
the company certainly placed none, the link is due once more.
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from dispatch import machine, plan
from dispatch.actions import claim
from dispatch.calls import CHECK_LIVE, DIAL_LEASE, GRACE, RINGS, sid_is_known
from dispatch.models import Case, StaffCall, StaffOutcome, Step, StepState
from dispatch.rules import FINAL_RANK, STATUS_RANK, CallStatus, CaseState, EventKind, Refused

RETRY_AFTER = timedelta(seconds=10)
TRIES = 3


def prepare(case: Case, step: Step, user: User, *, now: datetime) -> StaffCall:
    """Write the ring and the link after it; the caller commits before the company hears of it."""
    step.state, step.started_at = StepState.RUNNING, step.started_at or now
    step.lease_until = now + DIAL_LEASE
    step.save()
    call = StaffCall.objects.create(
        case=case,
        step=step,
        user=user,
        who=step.who,
        token=secrets.token_urlsafe(32),
        created_at=now,
        check_at=now + DIAL_LEASE,
    )
    if step.tries == 0:
        plan.next_link(case, now=now)
    data = {"call": call.pk, "who": step.who, "to": str(user.uid)}
    machine.log(case, EventKind.STAFF_RUNG, now=now, data=data)
    return call


def lock_call(call_id: int) -> tuple[Case, StaffCall]:
    """The case of the ring, locked, and the ring as it is under that lock."""
    case_id = StaffCall.objects.values_list("case_id", flat=True).get(pk=call_id)
    case = machine.lock(case_id)
    call = StaffCall.objects.select_related("step", "user").get(pk=call_id)
    call.case = case
    return case, call


@transaction.atomic
def placed(call_id: int, *, sid: str, status: str, now: datetime) -> None:
    """The company has the call."""
    case, call = lock_call(call_id)
    adopt_sid(call, sid, now=now)
    rise(case, call, status, now=now)


def adopt_sid(call: StaffCall, sid: str, *, now: datetime) -> None:
    if call.sid is None and sid and not sid_is_known(sid):
        call.sid, call.dialled_at = sid, now
        call.save(update_fields=["sid", "dialled_at"])


@transaction.atomic
def uncertain(call_id: int, *, now: datetime) -> None:
    """The request ended without an answer: ask the company a little later."""
    _case, call = lock_call(call_id)
    mark_unknown(call, now=now)


def mark_unknown(call: StaffCall, *, now: datetime) -> None:
    if call.status == CallStatus.DIALLING:
        call.status, call.check_at = CallStatus.UNKNOWN, now + GRACE
        call.save()


@transaction.atomic
def not_placed(call_id: int, *, code: str, retry: bool, now: datetime) -> None:
    """Certainly no telephone rang: this link once more, or the next one."""
    case, call = lock_call(call_id)
    if not call.is_live or call.sid is not None:
        return
    call.status, call.status_rank = CallStatus.FAILED, FINAL_RANK
    call.outcome, call.error_code = StaffOutcome.NOT_PLACED, code[:8]
    call.ended_at, call.check_at = now, None
    call.save()
    _missed(case, call, now=now)
    step = call.step
    if step is None or step.state != StepState.RUNNING:
        return
    if retry and case.state == CaseState.WAITING and step.tries + 1 < TRIES:
        step.state, step.lease_until, step.tries = StepState.PENDING, None, step.tries + 1
        step.due_at = now + RETRY_AFTER
        step.save()
    else:
        _finish(step, now=now, result=call.outcome)


def rise(case: Case, call: StaffCall, status: str, *, now: datetime) -> None:
    """Take in a status of the (locked) ring; only a higher rank changes anything."""
    rank = STATUS_RANK.get(status, -1)
    if rank <= call.status_rank or not call.is_live:
        return
    call.status, call.status_rank = status, rank
    if status == CallStatus.IN_PROGRESS:
        call.answered_at = call.answered_at or now
    if rank < FINAL_RANK:
        call.check_at = now if shall_end(case, status) else now + CHECK_LIVE
        call.save()
        return
    call.ended_at, call.check_at = now, None
    if not call.outcome and status == CallStatus.CANCELED and case.state != CaseState.WAITING:
        call.outcome = StaffOutcome.TAKEN  # called off: nobody has missed anything
    elif not call.outcome:
        call.outcome = StaffOutcome.HEARD if call.answered_at else StaffOutcome.MISSED
        _missed(case, call, now=now)
    call.save()
    if call.step is not None:
        _finish(call.step, now=now, result=call.outcome)


def shall_end(case: Case, status: str) -> bool:
    """Whether a ring that stands so at the company has to be ended there: somebody has the case.
    Whoever has taken the receiver off is told so instead."""
    return case.state != CaseState.WAITING and status in RINGS


def _missed(case: Case, call: StaffCall, *, now: datetime) -> None:
    if case.is_open:
        data = {"call": call.pk, "who": call.who, "outcome": call.outcome}
        machine.log(case, EventKind.STAFF_MISSED, now=now, data=data)


def _finish(step: Step, *, now: datetime, result: str) -> None:
    if step.state in (StepState.PENDING, StepState.RUNNING):
        step.state, step.lease_until = StepState.DONE, None
        step.finished_at, step.result = now, result
        step.save()


def press(case: Case, call: StaffCall, *, now: datetime) -> str:
    """The person pressed 1: the (locked) case is theirs, if nobody was faster. The outcome.

    A key that comes late, after the call's end, counts as well: somebody is awake.
    """
    if call.outcome in (StaffOutcome.CLAIMED, StaffOutcome.TAKEN):
        return call.outcome
    try:
        with transaction.atomic():
            claim(case=case, by=call.user, now=now, called=True)
        outcome = StaffOutcome.CLAIMED
    except Refused:
        outcome = StaffOutcome.TAKEN
    call.outcome = outcome
    call.save(update_fields=["outcome"])
    if case.is_open:
        data = {"call": call.pk, "who": call.who, "outcome": outcome.value}
        machine.log(case, EventKind.STAFF_ANSWERED, now=now, by=call.user, data=data)
    return outcome


@transaction.atomic
def ended_by_company(call_id: int, *, now: datetime) -> None:
    """The company no longer knows the call: it is over."""
    case, call = lock_call(call_id)
    rise(case, call, CallStatus.FAILED, now=now)
