"""The one way a case ends: row, log, steps, life confirmed and hints left, in one transaction."""

from datetime import datetime

from accounts.models import User
from dispatch import machine, suggesting
from dispatch.models import Case
from dispatch.rules import EventKind, proves_life
from monitoring.actions import confirm_life


def close_now(
    case: Case,
    *,
    by: User | None,
    reason: str,
    evidence_kind: str,
    note: str,
    at: datetime,
    now: datetime,
) -> None:
    """Write the end of a locked case whose state the caller has just fired to closed.

    `by` None: the resident's own key. `at`: when the person was seen or heard.
    """
    machine.leave_queue(case)
    case.lease_until, case.next_action_at = None, None
    case.closed_at, case.closed_by = now, by
    case.close_reason, case.evidence_kind = reason, evidence_kind
    case.evidence_note = case.household.seal(note.strip()) if note.strip() else b""
    case.save()
    machine.cancel_calls(case, now=now)
    machine.log(
        case,
        EventKind.CLOSED,
        now=now,
        by=by,
        data={"reason": reason, "evidence": evidence_kind, "seen_at": at.isoformat()},
        note=note.strip(),
    )
    if proves_life(reason=reason, evidence_kind=evidence_kind):
        confirm_life(household=case.household, at=at, source=evidence_kind, by=by, now=now)
    suggesting.after_close(case, now=now)
