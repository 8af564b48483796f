"""Open, claim, release, hand over, record a call, note, close."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.scope import roles_of
from dispatch import evidence, machine, opening, plan, taking_back, telling
from dispatch.actions.common import require_owner, require_role
from dispatch.closing import close_now
from dispatch.models import Case, CaseEvent
from dispatch.plans.schema import Jump
from dispatch.rules import (
    CALL_URGENT,
    NOTE_MAY,
    AskReason,
    CallOutcome,
    CallResult,
    CaseDo,
    CaseState,
    EventKind,
    Light,
    Refused,
    ReleaseReason,
    check_close,
    check_finding,
)
from households.models import Household


@transaction.atomic
def open_case(
    *, household: Household, by: User, now: datetime, note: str = "", drill: bool = False
) -> Case:
    """Open a red case by hand (a neighbour's report). A person has one open case: where there is
    one, the report is noted on it, a yellow one becomes red, and a drill becomes a real case."""
    require_role(by, CaseDo.OPEN_RED, now=now)
    # no_key: whoever holds the case and writes a call looks at the household last.
    Household.objects.select_for_update(no_key=True).get(pk=household.pk)
    case, new = opening.open_unless_open(
        household=household,
        light=Light.RED,
        now=now,
        by=by,
        reason=AskReason.BY_HAND,
        note=note.strip(),
        drill=drill,
    )
    if new:
        return case
    machine.let_go(case, reason=ReleaseReason.REPORT, now=now)
    if note.strip():
        machine.log(case, EventKind.NOTED, now=now, by=by, note=note.strip())
    if plan.jump(case, Jump.REPORT):
        case.save(update_fields=["desk_step"])
    if case.drill and not drill:
        opening.end_drill(case, now=now)
    elif case.light != Light.RED:
        opening.raise_to_red(case, now=now)
    return case


@transaction.atomic
def claim(*, case: Case, by: User, now: datetime, called: bool = False) -> Case:
    """Take a case for some minutes (`lease_minutes` of its plan). Twice by the same person is
    the same as once. AI calls to come are dropped; the engine hangs up a ringing one, and the
    telephones of staff that ring about this case.

    A stalled visit may be taken over from its operator; it stays under way. `called`: the portal
    has rung this person because nobody else took the case; whoever is on duty may then take it.
    """
    if not called:
        require_role(by, CaseDo.CLAIM, now=now)
    case = machine.lock(case.pk)
    if case.is_open and case.owner_id == by.pk:
        return case
    if case.owner is not None and case.is_open and not case.visit_stalled:
        raise Refused(_("이미 %(name)s 님이 맡은 건입니다.") % {"name": case.owner.name})
    machine.let_go(case, reason=ReleaseReason.PERSON, now=now)
    before = machine.fire(case, CaseDo.CLAIM)
    waited = None if case.queued_at is None else (now - case.queued_at).total_seconds()
    machine.leave_queue(case)
    case.owner = by
    if case.state == CaseState.CLAIMED:
        machine.renew_lease(case, now=now)
    case.save()
    machine.cancel_calls(case, now=now)
    taking_back.order(case, now=now)
    machine.log(case, EventKind.CLAIMED, now=now, by=by, data={"from": before, "waited_s": waited})
    return case


@transaction.atomic
def release(*, case: Case, by: User, now: datetime) -> Case:
    """Put a case back into the queue; the next operator is told."""
    require_role(by, CaseDo.RELEASE, now=now)
    case = machine.lock(case.pk)
    if case.state == CaseState.WAITING:
        return case
    require_owner(case, by)
    machine.fire(case, CaseDo.RELEASE)
    machine.enter_queue(case, now=now)
    case.save()
    machine.log(case, EventKind.RELEASED, now=now, by=by)
    telling.tell_operators(case, now=now, urgent=False)
    return case


@transaction.atomic
def record_call(
    *,
    case: Case,
    by: User,
    result: str,
    now: datetime,
    note: str = "",
    callee: str = "resident",
    key: str = "",
) -> CaseEvent:
    """Key in how a call went that the owner made by hand. `result` is a `rules.CallResult`;
    `callee` is "resident" or the uid of a contact; `key` is the form's own once-only value.

    The same key again gives the same line. A cry for help or words of risk move the case up.
    """
    require_role(by, CaseDo.RECORD_CALL, now=now)
    if result not in CallResult.values:
        raise Refused(_("통화 결과를 골라 주세요."))
    case = machine.lock(case.pk)
    if (seen := _seen(case, key)) is not None:
        return seen
    require_owner(case, by)
    machine.fire(case, CaseDo.RECORD_CALL)
    if result in CALL_URGENT:
        machine.keep_answer(case, CallOutcome.HELP, now=now)
        if result == CallResult.RISK:
            plan.jump(case, Jump.RISK)
        machine.rank(case, now=now)
    if case.state == CaseState.CLAIMED:
        machine.renew_lease(case, now=now)
    case.save()
    data: dict[str, Any] = {"result": result, "callee": callee}
    return machine.log(
        case, EventKind.CALL_RECORDED, now=now, by=by, data=data, note=note.strip(), key=key
    )


@transaction.atomic
def add_note(*, case: Case, by: User, note: str, now: datetime, key: str = "") -> CaseEvent:
    """Write words on an open case; a note by the owner also renews the lease."""
    seen_by = Case.objects.visible_to(by, now=now).filter(pk=case.pk)
    if not (roles_of(by, now=now) & NOTE_MAY and seen_by.exists()):
        raise Refused(_("이 건에 메모를 적을 권한이 없습니다."))
    if not note.strip():
        raise Refused(_("메모를 적어 주세요."))
    case = machine.lock(case.pk)
    if (seen := _seen(case, key)) is not None:
        return seen
    if not case.is_open:
        raise Refused(_("이미 종결된 건입니다. 종결된 건은 바꿀 수 없습니다."))
    machine.let_go(case, reason=ReleaseReason.PERSON, now=now)
    if case.state == CaseState.CLAIMED and case.owner_id == by.pk:
        machine.renew_lease(case, now=now)
        case.save()
    return machine.log(case, EventKind.NOTED, now=now, by=by, note=note.strip(), key=key)


@transaction.atomic
def close(
    *,
    case: Case,
    by: User,
    reason: str,
    evidence_kind: str,
    note: str,
    now: datetime,
    evidence_at: datetime | None = None,
    remark: str | None = None,
) -> Case:
    """Close an owned case. `reason`: rules.CloseReason; `evidence_kind`: rules.EvidenceKind (who
    saw or heard the person); `evidence_at`: when that was, `now` if left out. `remark`:
    what was added in words, where `note` holds who and when as well. Raises UnfitTime for a time
    that cannot be evidence for this case, UnfitNote where trouble at the door is left unexplained.

    A person who was seen or heard alive is told to monitoring in the same transaction. Closing
    what the same person closed with the same reason is a second click: the closed case comes back.
    """
    require_role(by, CaseDo.CLOSE, now=now)
    check_close(reason=reason, evidence_kind=evidence_kind, note=note)
    case = machine.lock(case.pk)
    if not case.is_open and (case.closed_by_id, case.close_reason) == (by.pk, reason):
        return case
    if case.state == CaseState.VISITING:
        raise Refused(
            _("현장 출동이 끝나지 않았습니다. 결과를 받거나 출동을 취소한 뒤 종결합니다.")
        )
    if case.is_open:
        require_owner(case, by)
    found, why = _last_found(case)
    said = note if remark is None else remark
    check_finding(found_state=found, found_reason=why, reason=reason, note=said)
    at = evidence_at or now
    evidence.check_time(case, reason=reason, evidence_kind=evidence_kind, at=at, now=now)
    machine.fire(case, CaseDo.CLOSE)
    close_now(case, by=by, reason=reason, evidence_kind=evidence_kind, note=note, at=at, now=now)
    return case


@transaction.atomic
def confirm_auto_close(*, case: Case, by: User, now: datetime) -> CaseEvent:
    """An operator looked at a case that the resident's own key had closed."""
    require_role(by, CaseDo.CLOSE, now=now)
    case = machine.lock(case.pk)
    if case.is_open or case.closed_by_id is not None:
        raise Refused(_("자동으로 종결된 건이 아닙니다."))
    standing = case.events.filter(kind=EventKind.CONFIRMED).first()
    return standing or machine.log(case, EventKind.CONFIRMED, now=now, by=by)


def _last_found(case: Case) -> tuple[str, str]:
    """What the responder who came last found and took for its reason; "" for what was not said."""
    line = case.events.filter(kind=EventKind.VISIT_FOUND).order_by("-id").first()
    return (line.data["found"], line.data.get("reason", "")) if line else ("", "")


def _seen(case: Case, key: str) -> CaseEvent | None:
    """The line that the same form already wrote."""
    return case.events.filter(key=key).first() if key else None
