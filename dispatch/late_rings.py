"""A request that was declared lost, and rings after all.

The callback names its attempt by the token, so nobody has to guess. While no other call rings the
same telephone the attempt lives again and the conversation goes on; its next try, if one stands
there already, is not dialled beside it. Otherwise the callback only brings the id, and whoever
takes the receiver off is told that another call is there.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from dispatch import calls, machine, numbers, staff_calls
from dispatch.models import CallAttempt, CallKind, StaffCall, Step, StepState
from dispatch.rules import NEVER_SEEN, CallStatus, EventKind


def came_too_late(call: CallAttempt | StaffCall) -> bool:
    """Whether this call was given up before anybody knew of it, and is so still."""
    return not call.is_live and call.error_code in NEVER_SEEN


def take_back(attempt: CallAttempt, sid: str, *, now: datetime) -> None:
    """Have the (locked) lost attempt live again as the call `sid`, unless another call is there."""
    if not came_too_late(attempt):
        return
    calls.adopt_sid(attempt, sid, now=now)
    if attempt.sid != sid or not _is_free(attempt) or not _revive(attempt, now):
        return
    _have_back(attempt.step, now)
    data = {"attempt": attempt.pk, "late": True}
    machine.log(attempt.case, EventKind.CALL_FOUND, now=now, data=data)
    machine.schedule(attempt.case, now=now)


def take_back_ring(call: StaffCall, sid: str, *, now: datetime) -> None:
    """The same for the (locked) ring of a member of staff."""
    if not came_too_late(call):
        return
    staff_calls.adopt_sid(call, sid, now=now)
    if call.sid == sid and numbers.take(call.user.phone) and _revive(call, now):
        _have_back(call.step, now)


def _is_free(attempt: CallAttempt) -> bool:
    """Whether nobody else rings the telephones of this attempt now, or is about to."""
    if attempt.kind == CallKind.DESK and not numbers.take(attempt.second_phone):
        return False
    return numbers.take(attempt.first_phone)


def _revive(call: CallAttempt | StaffCall, now: datetime) -> bool:
    """Back among the living; False where the database knows another live call of the person."""
    fields = {
        "status": CallStatus.DIALLING,
        "status_rank": 0,
        "outcome": "",
        "error_code": "",
        "ended_at": None,
        "check_at": now + calls.CHECK_LIVE,
    }
    try:
        with transaction.atomic():
            type(call).objects.filter(pk=call.pk).update(**fields)
    except IntegrityError:
        return False
    for name, value in fields.items():
        setattr(call, name, value)
    return True


def _have_back(step: Step | None, now: datetime) -> None:
    """The rung that waits for its next try is the one that rings."""
    if step is None or step.state != StepState.PENDING:
        return
    step.state, step.lease_until = StepState.RUNNING, now + calls.CHECK_LIVE
    step.save()
