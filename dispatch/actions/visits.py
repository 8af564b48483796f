"""Send somebody, and what that somebody does on the way and at the door.

`now` is when the portal hears of it, `at` when it happened (out of a dead spot that is earlier):
the visit and the log carry `at`, the clocks of the case start from `now`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.county_settings import setting
from accounts.models import User
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch import machine, plan, telling
from dispatch.actions.common import require_owner, require_responder, require_role
from dispatch.closing import close_now
from dispatch.field.offering import back_to_operator, fire, next_or_back
from dispatch.models import Case, Visit
from dispatch.rules import (
    EVIDENCE_OF_FOUND,
    FINAL_FOUND,
    CaseDo,
    Company,
    DeclineReason,
    EventKind,
    FoundState,
    Refused,
    VisitDo,
    VisitState,
    check_close,
    ends_at_the_door,
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
    case.next_action_at = now + plan.minutes(case, "visit_accept_minutes")
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
def accept_visit(
    *, visit: Visit, by: User, now: datetime, at: datetime | None = None, key: str = ""
) -> Visit:
    return _walk(visit, VisitDo.ACCEPT, by=by, now=now, at=at or now, key=key)


@transaction.atomic
def depart(
    *, visit: Visit, by: User, now: datetime, at: datetime | None = None, key: str = ""
) -> Visit:
    return _walk(visit, VisitDo.DEPART, by=by, now=now, at=at or now, key=key)


@transaction.atomic
def arrive(
    *, visit: Visit, by: User, now: datetime, at: datetime | None = None, key: str = ""
) -> Visit:
    return _walk(visit, VisitDo.ARRIVE, by=by, now=now, at=at or now, key=key)


@transaction.atomic
def say_company(
    *,
    visit: Visit,
    by: User,
    company: str,
    now: datetime,
    at: datetime | None = None,
    key: str = "",
) -> Visit:
    """Who comes along (rules.Company), a code and no name. Whoever joins may do so on the way or at
    the door, so this is no part of setting out; the last word counts."""
    require_role(by, VisitDo.COMPANY, now=now)
    if company not in Company.values:
        raise Refused(_("누가 함께 가는지 골라 주세요."))
    case, visit = _locked(visit)
    require_responder(visit, by)
    at_door = visit.state == VisitState.ON_SITE
    if visit.company == company and visit.company_at_door == at_door:
        return visit
    fire(visit, VisitDo.COMPANY)
    visit.company, visit.company_at_door = company, at_door
    visit.save()
    data = {"company": company, **_told(visit, at=at or now, now=now)}
    machine.log(case, EventKind.VISIT_COMPANY, now=at or now, by=by, data=data, key=key)
    return visit


@transaction.atomic
def decline_visit(
    *,
    visit: Visit,
    by: User,
    reason: str,
    now: datetime,
    note: str = "",
    at: datetime | None = None,
    key: str = "",
) -> Visit:
    """The responder cannot go (rules.DeclineReason): the next of the rota is asked. Where nobody
    is left, or somebody says that it is not safe alone, the case goes back to its operator."""
    require_role(by, VisitDo.DECLINE, now=now)
    if reason not in DeclineReason.values:
        raise Refused(_("갈 수 없는 까닭을 골라 주세요."))
    case, visit = _locked(visit)
    require_responder(visit, by)
    if visit.state == VisitState.DECLINED:
        return visit
    fire(visit, VisitDo.DECLINE)
    visit.decline_reason, visit.ended_at = reason, at or now
    visit.save()
    data = {"reason": reason, **_told(visit, at=at or now, now=now)}
    machine.log(
        case, EventKind.VISIT_DECLINED, now=at or now, by=by, data=data, note=note.strip(), key=key
    )
    if reason == DeclineReason.UNSAFE:
        back_to_operator(case, now=now)
    else:
        next_or_back(case, visit, now=now)
    return visit


@transaction.atomic
def cancel_visit(*, visit: Visit, by: User, now: datetime, note: str = "") -> Visit:
    """The operator calls the responder back (the person answered after all)."""
    require_role(by, VisitDo.CANCEL, now=now)
    case, visit = _locked(visit)
    if visit.state == VisitState.CANCELLED:
        return visit
    require_owner(case, by)
    fire(visit, VisitDo.CANCEL)
    visit.ended_at = now
    visit.save()
    data = {"visit": str(visit.uid)}
    machine.log(case, EventKind.VISIT_CANCELLED, now=now, by=by, data=data, note=note.strip())
    telling.tell_responder(visit, "dispatch.visit_cancelled", now=now)
    back_to_operator(case, now=now)
    return visit


@transaction.atomic
def record_found(
    *,
    visit: Visit,
    by: User,
    found_state: str,
    note: str,
    now: datetime,
    close_reason: str = "",
    at: datetime | None = None,
    key: str = "",
) -> Visit:
    """What the responder found (rules.FoundState); the visit ends, the case goes back to its
    operator with the result, who closes it or goes on. `close_reason` (rules.CloseReason): what
    the responder took for the reason, if they said so."""
    require_role(by, VisitDo.FOUND, now=now)
    case, visit = _locked(visit)
    require_responder(visit, by)
    if visit.state == VisitState.DONE and visit.found_state == found_state:
        return visit
    found = _Found(found_state, close_reason, note, at or now, key)
    _found(case, visit, found, by=by, now=now)
    back_to_operator(case, now=now)
    return visit


@transaction.atomic
def finish_visit(
    *,
    visit: Visit,
    by: User,
    found_state: str,
    close_reason: str,
    note: str,
    now: datetime,
    at: datetime | None = None,
    key: str = "",
) -> Visit:
    """What the responder found, and the end of the case at the door. Only for a found state that
    is final (rules.FINAL_FOUND), with a reason that fits it (rules.ends_at_the_door), and where the
    county lets responders close (`dispatch.responder_may_close`). The evidence follows from what
    was found."""
    require_role(by, CaseDo.FINISH_VISIT, now=now)
    if not setting("dispatch.responder_may_close", at=now):
        raise Refused(_("현장에서는 종결할 수 없습니다. 결과를 관제로 보내 주세요."))
    if found_state not in FINAL_FOUND:
        raise Refused(_("이 결과로는 종결할 수 없습니다. 결과를 관제로 보내 주세요."))
    if not ends_at_the_door(found_state=found_state, reason=close_reason):
        raise Refused(_("확인 결과와 종결 사유가 서로 맞지 않습니다."))
    evidence = EVIDENCE_OF_FOUND[found_state]
    check_close(reason=close_reason, evidence_kind=evidence, note=note)
    case, visit = _locked(visit)
    require_responder(visit, by)
    if visit.state == VisitState.DONE and visit.found_state == found_state and not case.is_open:
        return visit
    seen = at or now
    _found(case, visit, _Found(found_state, close_reason, note, seen, key), by=by, now=now)
    machine.fire(case, CaseDo.FINISH_VISIT)
    close_now(case, by=by, reason=close_reason, evidence_kind=evidence, note=note, at=seen, now=now)
    return visit


def tell_found(*, visit: Visit, close_reason: str, now: datetime, **told: Any) -> Visit:
    """As `finish_visit` where what was found ends the case at the door, as `record_found` where an
    operator is to decide: not final, a reason that tells of trouble, or the county wants it so."""
    ends = ends_at_the_door(found_state=told["found_state"], reason=close_reason)
    if ends and setting("dispatch.responder_may_close", at=now):
        return finish_visit(visit=visit, close_reason=close_reason, now=now, **told)
    return record_found(visit=visit, close_reason=close_reason, now=now, **told)


# ── the machine of a visit ───────────────────────────────────────────────────
_STAMPS = {
    VisitDo.ACCEPT: ("accepted_at", EventKind.VISIT_ACCEPTED),
    VisitDo.DEPART: ("departed_at", EventKind.VISIT_DEPARTED),
    VisitDo.ARRIVE: ("arrived_at", EventKind.VISIT_ARRIVED),
}


def _walk(visit: Visit, do: VisitDo, *, by: User, now: datetime, at: datetime, key: str) -> Visit:
    """One step forward. The step just made again is a second click."""
    require_role(by, do, now=now)
    case, visit = _locked(visit)
    require_responder(visit, by)
    stamp, kind = _STAMPS[do]
    if visit.is_open and getattr(visit, stamp) is not None:
        return visit
    fire(visit, do)
    setattr(visit, stamp, at)
    visit.save()
    case.reminders = 0
    case.next_action_at = _deadline(visit, now=now)
    case.save()
    machine.log(case, kind, now=at, by=by, data=_told(visit, at=at, now=now), key=key)
    return visit


def _told(visit: Visit, *, at: datetime, now: datetime) -> dict[str, str]:
    """What the log says of a step: the visit, and when we heard of it if that was later."""
    data = {"visit": str(visit.uid)}
    if at < now:
        data["received_at"] = now.isoformat()
    return data


def _deadline(visit: Visit, *, now: datetime) -> datetime:
    """On site within 45 minutes of the decision; at the door, the same time again to report."""
    wait = plan.minutes(visit.case, "visit_on_site_minutes")
    if visit.state == VisitState.ON_SITE:
        return now + wait
    return max(visit.assigned_at + wait, now + timedelta(minutes=1))


@dataclass(frozen=True)
class _Found:
    """What stood before the responder's eyes, when, and the phone's key of that report."""

    state: str
    reason: str
    note: str
    at: datetime
    key: str


def _found(case: Case, visit: Visit, found: _Found, *, by: User, now: datetime) -> None:
    if found.state not in FoundState.values:
        raise Refused(_("확인 결과를 골라 주세요."))
    fire(visit, VisitDo.FOUND)
    note = found.note.strip()
    visit.found_state, visit.ended_at = found.state, found.at
    visit.note = case.household.seal(note) if note else b""
    visit.save()
    data = {"found": found.state, **_told(visit, at=found.at, now=now)}
    if found.reason:
        data["reason"] = found.reason
    machine.log(
        case, EventKind.VISIT_FOUND, now=found.at, by=by, data=data, note=note, key=found.key
    )


def _locked(visit: Visit) -> tuple[Case, Visit]:
    """Case first, then a fresh look at the visit under the case's lock."""
    case = machine.lock(visit.case_id)
    fresh = Visit.objects.select_related("responder").get(pk=visit.pk)
    fresh.case = case
    return case, fresh
