"""Send somebody, and what that somebody does on the way and at the door."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.county_settings import setting
from accounts.models import User
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch import machine, telling
from dispatch.actions.common import require_owner, require_responder, require_role
from dispatch.closing import close_now
from dispatch.models import Case, Visit
from dispatch.rules import (
    EVIDENCE_OF_FOUND,
    FINAL_FOUND,
    CaseDo,
    CaseState,
    CloseReason,
    DeclineReason,
    EventKind,
    FoundState,
    Refused,
    VisitDo,
    VisitState,
    check_close,
    next_visit_state,
)


@transaction.atomic
def send_responder(
    *, case: Case, responder: User, by: User, now: datetime, note: str = ""
) -> Visit:
    """Decide a visit and give it to one person, who gets an SMS. The same person twice is one
    visit; the 45 minutes count from here."""
    require_role(by, CaseDo.SEND, now=now)
    case = machine.lock(case.pk)
    standing = Visit.objects.open().filter(case=case).select_related("responder").first()
    if standing is not None:
        if standing.responder_id == responder.pk:
            return standing
        raise Refused(
            _("이미 %(name)s 님에게 출동을 요청했습니다.") % {"name": standing.responder.name}
        )
    require_owner(case, by)
    if Role.RESPONDER.value not in roles_of(responder, now=now):
        raise Refused(_("지금 현장 출동을 맡은 사람이 아닙니다."))
    machine.fire(case, CaseDo.SEND)
    case.lease_until, case.reminders = None, 0
    case.next_action_at = now + _minutes("dispatch.visit_accept_minutes", now)
    case.save()
    visit = Visit.objects.create(
        case=case,
        responder=responder,
        state=VisitState.ASSIGNED,
        assigned_at=now,
        assigned_by=by,
    )
    data = {"visit": str(visit.uid), "responder": str(responder.uid)}
    machine.log(case, EventKind.VISIT_ASSIGNED, now=now, by=by, data=data, note=note.strip())
    telling.tell_responder(visit, "dispatch.assigned", now=now)
    return visit


@transaction.atomic
def accept_visit(*, visit: Visit, by: User, now: datetime) -> Visit:
    return _walk(visit, VisitDo.ACCEPT, by=by, now=now)


@transaction.atomic
def depart(*, visit: Visit, by: User, now: datetime) -> Visit:
    return _walk(visit, VisitDo.DEPART, by=by, now=now)


@transaction.atomic
def arrive(*, visit: Visit, by: User, now: datetime) -> Visit:
    return _walk(visit, VisitDo.ARRIVE, by=by, now=now)


@transaction.atomic
def decline_visit(*, visit: Visit, by: User, reason: str, now: datetime, note: str = "") -> Visit:
    """The responder cannot go (rules.DeclineReason): the case goes back to its operator."""
    require_role(by, VisitDo.DECLINE, now=now)
    if reason not in DeclineReason.values:
        raise Refused(_("갈 수 없는 까닭을 골라 주세요."))
    case, visit = _locked(visit)
    require_responder(visit, by)
    if visit.state == VisitState.DECLINED:
        return visit
    _fire(visit, VisitDo.DECLINE)
    visit.decline_reason, visit.ended_at = reason, now
    visit.save()
    machine.log(
        case,
        EventKind.VISIT_DECLINED,
        now=now,
        by=by,
        data={"visit": str(visit.uid), "reason": reason},
        note=note.strip(),
    )
    _back_to_operator(case, now=now)
    return visit


@transaction.atomic
def cancel_visit(*, visit: Visit, by: User, now: datetime, note: str = "") -> Visit:
    """The operator calls the responder back (the person answered after all)."""
    require_role(by, VisitDo.CANCEL, now=now)
    case, visit = _locked(visit)
    if visit.state == VisitState.CANCELLED:
        return visit
    require_owner(case, by)
    _fire(visit, VisitDo.CANCEL)
    visit.ended_at = now
    visit.save()
    data = {"visit": str(visit.uid)}
    machine.log(case, EventKind.VISIT_CANCELLED, now=now, by=by, data=data, note=note.strip())
    telling.tell_responder(visit, "dispatch.visit_cancelled", now=now)
    _back_to_operator(case, now=now)
    return visit


@transaction.atomic
def record_found(*, visit: Visit, by: User, found_state: str, note: str, now: datetime) -> Visit:
    """What the responder found (rules.FoundState); the visit ends, the case goes back to its
    operator with the result, who closes it or goes on."""
    require_role(by, VisitDo.FOUND, now=now)
    case, visit = _locked(visit)
    require_responder(visit, by)
    if visit.state == VisitState.DONE and visit.found_state == found_state:
        return visit
    _found(case, visit, by=by, found_state=found_state, note=note, now=now)
    _back_to_operator(case, now=now)
    return visit


@transaction.atomic
def finish_visit(
    *, visit: Visit, by: User, found_state: str, close_reason: str, note: str, now: datetime
) -> Visit:
    """What the responder found, and the end of the case at the door. Only for a found state that
    is final (rules.FINAL_FOUND) and where the county lets responders close
    (`dispatch.responder_may_close`). The evidence follows from what was found."""
    require_role(by, CaseDo.FINISH_VISIT, now=now)
    if not setting("dispatch.responder_may_close", at=now):
        raise Refused(_("현장에서는 종결할 수 없습니다. 결과를 관제로 보내 주세요."))
    if found_state not in FINAL_FOUND:
        raise Refused(_("이 결과로는 종결할 수 없습니다. 결과를 관제로 보내 주세요."))
    if (found_state == FoundState.DEATH) != (close_reason == CloseReason.DEATH):
        raise Refused(_("확인 결과와 종결 사유가 서로 맞지 않습니다."))
    evidence = EVIDENCE_OF_FOUND[found_state]
    check_close(reason=close_reason, evidence_kind=evidence, note=note)
    case, visit = _locked(visit)
    require_responder(visit, by)
    if visit.state == VisitState.DONE and visit.found_state == found_state and not case.is_open:
        return visit
    _found(case, visit, by=by, found_state=found_state, note=note, now=now)
    machine.fire(case, CaseDo.FINISH_VISIT)
    close_now(case, by=by, reason=close_reason, evidence_kind=evidence, note=note, at=now, now=now)
    return visit


# ── the machine of a visit ───────────────────────────────────────────────────
_STAMPS = {
    VisitDo.ACCEPT: ("accepted_at", EventKind.VISIT_ACCEPTED),
    VisitDo.DEPART: ("departed_at", EventKind.VISIT_DEPARTED),
    VisitDo.ARRIVE: ("arrived_at", EventKind.VISIT_ARRIVED),
}


def _walk(visit: Visit, do: VisitDo, *, by: User, now: datetime) -> Visit:
    """One step forward. The step just made again is a second click."""
    require_role(by, do, now=now)
    case, visit = _locked(visit)
    require_responder(visit, by)
    stamp, kind = _STAMPS[do]
    if visit.is_open and getattr(visit, stamp) is not None:
        return visit
    _fire(visit, do)
    setattr(visit, stamp, now)
    visit.save()
    case.reminders = 0
    case.next_action_at = _deadline(visit, now=now)
    case.save()
    machine.log(case, kind, now=now, by=by, data={"visit": str(visit.uid)})
    return visit


def _deadline(visit: Visit, *, now: datetime) -> datetime:
    """On site within 45 minutes of the decision; at the door, the same time again to report."""
    wait = _minutes("dispatch.visit_on_site_minutes", now)
    if visit.state == VisitState.ON_SITE:
        return now + wait
    return max(visit.assigned_at + wait, now + timedelta(minutes=1))


def _found(
    case: Case, visit: Visit, *, by: User, found_state: str, note: str, now: datetime
) -> None:
    if found_state not in FoundState.values:
        raise Refused(_("확인 결과를 골라 주세요."))
    _fire(visit, VisitDo.FOUND)
    visit.found_state, visit.ended_at = found_state, now
    visit.note = case.household.seal(note.strip()) if note.strip() else b""
    visit.save()
    machine.log(
        case,
        EventKind.VISIT_FOUND,
        now=now,
        by=by,
        data={"visit": str(visit.uid), "found": found_state},
        note=note.strip(),
    )


def _locked(visit: Visit) -> tuple[Case, Visit]:
    """Case first, then a fresh look at the visit under the case's lock."""
    case = machine.lock(visit.case_id)
    fresh = Visit.objects.select_related("responder").get(pk=visit.pk)
    fresh.case = case
    return case, fresh


def _fire(visit: Visit, do: VisitDo) -> None:
    state = next_visit_state(visit.state, do)
    if state is None:
        raise Refused(
            _("출동이 '%(state)s' 단계라 '%(what)s'을(를) 할 수 없습니다.")
            % {"state": visit.get_state_display(), "what": do.label}
        )
    visit.state = state


def _back_to_operator(case: Case, *, now: datetime) -> None:
    """The owner has the case again with a fresh lease; if they are gone, it runs out and the case
    returns to the queue."""
    if case.state != CaseState.VISITING:
        return
    machine.fire(case, CaseDo.VISIT_BACK)
    machine.renew_lease(case, now=now)
    case.reminders = 0
    case.save()
    telling.tell_owner(case, "dispatch.visit_back", now=now)


def _minutes(name: str, now: datetime) -> timedelta:
    return timedelta(minutes=setting(name, at=now))
