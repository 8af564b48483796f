"""The life of one call, the AI's or an operator's: prepared, placed or not, heard from, ended.

Caller holds no lock. Each function is one transaction that locks the case first. All of them
tolerate being late, being repeated and coming in any order: the status only rises, an outcome is
only replaced by a stronger one, and an attempt that has ended stays ended, but for one that was
declared lost and rings after all (late_rings).
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from dispatch import machine
from dispatch.models import CallAttempt, CallKind, Case, StaffCall, Step, StepKind, StepState
from dispatch.rules import (
    FINAL_RANK,
    OUTCOME_RANK,
    STATUS_RANK,
    AskReason,
    CallOutcome,
    CallStatus,
    CaseState,
    EventKind,
)

DIAL_LEASE = timedelta(seconds=60)
"""Longer than a request may take. After it the attempt counts as unknown."""
GRACE = timedelta(seconds=15)
"""How long an uncertain request may still turn into a call before the company is asked."""
CHECK_LIVE = timedelta(minutes=2)
"""A call that says nothing for so long is asked about."""
RETRY_FIRST = timedelta(seconds=10)
RETRIES = 5
RINGS = frozenset({CallStatus.QUEUED, CallStatus.INITIATED, CallStatus.RINGING})
BAD_NUMBER_CODES = {"21211", "21214", "21217", "13223", "13224"}


def prepare(case: Case, step: Step, *, now: datetime) -> CallAttempt:
    """Write the attempt and its token; the caller commits before the company hears of it."""
    step.state, step.started_at = StepState.RUNNING, step.started_at or now
    step.lease_until = now + DIAL_LEASE
    step.save()
    attempt = CallAttempt.objects.create(
        case=case,
        household=case.household,
        step=step,
        token=secrets.token_urlsafe(32),
        created_at=now,
        check_at=now + DIAL_LEASE,
    )
    machine.log(
        case,
        EventKind.CALL_STARTED,
        now=now,
        data={"attempt": attempt.pk, "try": _try_number(case, attempt)},
    )
    machine.schedule(case, now=now)
    return attempt


def _try_number(case: Case, attempt: CallAttempt) -> int:
    real = case.calls.exclude(outcome=CallOutcome.NOT_PLACED)
    return real.filter(pk__lte=attempt.pk).count()


def lock_attempt(attempt_id: int) -> tuple[Case, CallAttempt]:
    """The case of the attempt, locked, and the attempt as it is under that lock."""
    case_id = CallAttempt.objects.values_list("case_id", flat=True).get(pk=attempt_id)
    case = machine.lock(case_id)
    attempt = CallAttempt.objects.select_related("step", "by", "contact").get(pk=attempt_id)
    attempt.case = case
    return case, attempt


@transaction.atomic
def placed(attempt_id: int, *, sid: str, status: str, now: datetime, found: bool = False) -> bool:
    """The company has the call: it said so, or it was found in its list (`found`). True when it
    came too late and has to be ended: a person took over while it was being placed."""
    case, attempt = lock_attempt(attempt_id)
    if found:
        data = {"attempt": attempt.pk, "status": status}
        machine.log(case, EventKind.CALL_FOUND, now=now, data=data)
    adopt_sid(attempt, sid, now=now)
    rise(case, attempt, status, now=now)
    too_late = attempt.is_live and shall_end(case, attempt, attempt.status)
    if too_late:
        attempt.check_at = now  # should this process die before it hangs up
        attempt.save(update_fields=["check_at"])
    return too_late


def shall_end(case: Case, attempt: CallAttempt, status: str) -> bool:
    """Whether this AI call, which stands so at the company, has to be ended there: it rings
    although a person has taken over, or an operator has stopped it. A claim does not cut short
    somebody who has just taken the receiver off."""
    if attempt.kind != CallKind.AI or case.state == CaseState.AI_CALL:
        return False
    taken = case.state != CaseState.WAITING
    return (taken and status in RINGS) or is_stopped(case, attempt)


def is_stopped(case: Case, attempt: CallAttempt) -> bool:
    """Whether an operator has stopped the AI during this very call."""
    return case.events.filter(kind=EventKind.AI_STOPPED, data__attempt=attempt.pk).exists()


def next_check(case: Case, attempt: CallAttempt, *, now: datetime) -> datetime:
    """When the company is asked about a live call: at once about one that has to be ended."""
    return now if shall_end(case, attempt, attempt.status) else now + CHECK_LIVE


def adopt_sid(attempt: CallAttempt, sid: str, *, now: datetime) -> None:
    """Remember the company's id; whichever of receipt, callback and list comes first brings it."""
    if attempt.sid is None and sid and not sid_is_known(sid):
        attempt.sid, attempt.dialled_at = sid, now
        attempt.save(update_fields=["sid", "dialled_at"])


def sid_is_known(sid: str) -> bool:
    """Whether the company's call of this id is already somebody's."""
    return (
        CallAttempt.objects.filter(sid=sid).exists() or StaffCall.objects.filter(sid=sid).exists()
    )


@transaction.atomic
def uncertain(attempt_id: int, *, now: datetime) -> None:
    """The request ended without an answer. Wait a little, then ask the company (reconcile)."""
    case, attempt = lock_attempt(attempt_id)
    mark_unknown(case, attempt, now=now)


def mark_unknown(case: Case, attempt: CallAttempt, *, now: datetime) -> None:
    """From `dialling` to `unknown`, once; a callback that came first has the better word."""
    if attempt.status != CallStatus.DIALLING:
        return
    attempt.status, attempt.check_at = CallStatus.UNKNOWN, now + GRACE
    attempt.save()
    machine.log(case, EventKind.CALL_UNKNOWN, now=now, data={"attempt": attempt.pk})
    machine.schedule(case, now=now)


@transaction.atomic
def not_placed(attempt_id: int, *, code: str, retry: bool, now: datetime) -> None:
    """Certainly no telephone rang. Try again later, or give the case to a person."""
    case, attempt = lock_attempt(attempt_id)
    if not attempt.is_live or attempt.sid is not None:
        return
    bad_number = code in BAD_NUMBER_CODES and attempt.kind == CallKind.AI
    attempt.status, attempt.status_rank = CallStatus.FAILED, FINAL_RANK
    attempt.outcome = CallOutcome.BAD_NUMBER if bad_number else CallOutcome.NOT_PLACED
    attempt.error_code = code[:8]
    attempt.ended_at, attempt.check_at = now, None
    attempt.save()
    data = {"attempt": attempt.pk, "outcome": attempt.outcome, "code": attempt.error_code}
    if attempt.kind == CallKind.DESK:
        machine.log(case, EventKind.DESK_CALL_ENDED, now=now, by=attempt.by, data=data)
        return
    machine.log(case, EventKind.CALL_ENDED, now=now, data=data)
    wanted = case.state in (CaseState.AI_CALL, CaseState.WAITING)
    if wanted and retry and _again(attempt.step, now=now):
        machine.schedule(case, now=now)
        return
    _finish_step(attempt.step, result=attempt.outcome, now=now)
    if wanted:
        reason = AskReason.BAD_NUMBER if bad_number else AskReason.LINE_DOWN
        give_up_calling(case, reason=reason, now=now)


def _again(step: Step | None, *, now: datetime) -> bool:
    """Put the step back with growing patience; False when it has been tried often enough."""
    if step is None or step.state != StepState.RUNNING or step.tries >= RETRIES:
        return False
    step.state, step.lease_until = StepState.PENDING, None
    step.due_at = now + RETRY_FIRST * 2**step.tries
    step.tries += 1
    step.save()
    return True


def give_up_calling(case: Case, *, reason: AskReason, now: datetime) -> None:
    """No telephone call will help: no more of them, and a person takes over."""
    machine.cancel_calls(case, now=now)
    machine.ask_human(case, reason=reason, now=now)


def rise(
    case: Case, attempt: CallAttempt, status: str, *, now: datetime, answered_by: str = ""
) -> None:
    """Take in a status of the (locked) attempt; only a higher rank changes anything."""
    if answered_by:
        hear_machine(attempt, answered_by)
    new_rank = STATUS_RANK.get(status, -1)
    if new_rank <= attempt.status_rank or not attempt.is_live:
        return
    attempt.status, attempt.status_rank = status, new_rank
    if status == CallStatus.IN_PROGRESS:
        attempt.answered_at = attempt.answered_at or now
    if new_rank < FINAL_RANK:
        attempt.check_at = next_check(case, attempt, now=now)
        attempt.save()
        machine.schedule(case, now=now)
        return
    _end(case, attempt, now=now)


def hear_machine(attempt: CallAttempt, answered_by: str) -> None:
    """Keep what the machine detection said; it may come before or after everything else."""
    attempt.answered_by = answered_by[:24]
    quiet = attempt.outcome in ("", CallOutcome.SILENT)
    if is_machine(attempt) and quiet and not attempt.is_live:
        attempt.outcome = CallOutcome.VOICEMAIL
    attempt.save()


def is_machine(attempt: CallAttempt) -> bool:
    return attempt.answered_by.startswith("machine") or attempt.answered_by == "fax"


def _end(case: Case, attempt: CallAttempt, *, now: datetime) -> None:
    """The line is free again. Without an understood answer the ladder goes on; an operator's call
    moves nothing: what came of it is keyed in."""
    attempt.ended_at, attempt.check_at = now, None
    if attempt.kind == CallKind.DESK:
        attempt.outcome = _outcome_of_legs(attempt)
        attempt.save()
        data = {
            "attempt": attempt.pk,
            "status": attempt.leg_status,
            "outcome": attempt.outcome,
            "callee": callee(attempt),
        }
        machine.log(case, EventKind.DESK_CALL_ENDED, now=now, by=attempt.by, data=data)
        return
    weak = _outcome_of_status(attempt)
    if OUTCOME_RANK[weak] > OUTCOME_RANK[attempt.outcome]:
        attempt.outcome = weak
    attempt.save()
    data = {"attempt": attempt.pk, "status": attempt.status, "outcome": attempt.outcome}
    if _was_cut(case, attempt):
        data["cut"] = True
    machine.log(case, EventKind.CALL_ENDED, now=now, data=data)
    _finish_step(attempt.step, result=attempt.outcome, now=now)
    go_on(case, now=now)


def _was_cut(case: Case, attempt: CallAttempt) -> bool:
    """Whether the desk ended this AI call, which then says nothing of the resident: only a request
    of ours cancels a ring, and a conversation ends by us when the AI was stopped during it."""
    unheard = OUTCOME_RANK[attempt.outcome] <= OUTCOME_RANK[CallOutcome.SILENT]
    if attempt.status == CallStatus.CANCELED:
        return case.state != CaseState.AI_CALL
    return attempt.status == CallStatus.COMPLETED and unheard and is_stopped(case, attempt)


def _outcome_of_status(attempt: CallAttempt) -> str:
    """`completed` says only that somebody or something took the receiver off."""
    if attempt.status != CallStatus.COMPLETED:
        return CallOutcome.NOT_REACHED
    return CallOutcome.VOICEMAIL if is_machine(attempt) else CallOutcome.SILENT


def _outcome_of_legs(attempt: CallAttempt) -> str:
    """Without key 1 the other telephone never rang."""
    if attempt.bridged_at is None:
        return CallOutcome.NOT_PLACED
    connected = attempt.leg_status in (CallStatus.IN_PROGRESS, CallStatus.COMPLETED)
    return CallOutcome.CONNECTED if connected else CallOutcome.NOT_REACHED


def callee(attempt: CallAttempt) -> str:
    """Whom an operator calls, as in `record_call`: "resident" or the uid of a contact."""
    return "resident" if attempt.contact is None else str(attempt.contact.uid)


def _finish_step(step: Step | None, *, result: str, now: datetime) -> None:
    if step is None or step.state in (StepState.DONE, StepState.CANCELLED):
        return
    step.state, step.lease_until = StepState.DONE, None
    step.finished_at, step.result = now, result
    step.save()


def go_on(case: Case, *, now: datetime) -> None:
    """After a call: the next try, or, when there is none left, a person at once."""
    if case.state != CaseState.AI_CALL:
        return
    calls_left = case.steps.filter(
        state__in=[StepState.PENDING, StepState.RUNNING], kind=StepKind.AI_CALL
    )
    if calls_left.exists():
        machine.schedule(case, now=now)
        return
    Step.objects.filter(case=case, kind=StepKind.DESK, state=StepState.PENDING).update(
        state=StepState.DONE, started_at=now, finished_at=now, result=AskReason.CALLS_DONE.value
    )
    machine.ask_human(case, reason=AskReason.CALLS_DONE, now=now)


@transaction.atomic
def ended_by_company(attempt_id: int, *, now: datetime) -> None:
    """The company no longer knows the call, or it hangs for ever: it is over."""
    case, attempt = lock_attempt(attempt_id)
    rise(case, attempt, CallStatus.FAILED, now=now)
