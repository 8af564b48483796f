"""Asking the next person in place of one who did not come: the same decision, the same clock."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import machine, plan, rota, telling
from dispatch.models import Case, Visit
from dispatch.rules import (
    CaseDo,
    CaseState,
    EventKind,
    Refused,
    VisitDo,
    VisitState,
    next_visit_state,
)


def fire(visit: Visit, do: VisitDo) -> None:
    """Move the visit along its table; the caller saves. Raises Refused off the table."""
    state = next_visit_state(visit.state, do)
    if state is None:
        raise Refused(
            _("출동이 '%(state)s' 단계라 '%(what)s'을(를) 할 수 없습니다.")
            % {"state": visit.get_state_display(), "what": do.label}
        )
    visit.state = state


def accept_within(case: Case) -> timedelta:
    return plan.minutes(case, "visit_accept_minutes")


def next_person(case: Case, visit: Visit, *, now: datetime) -> User | None:
    """The next of the rota who was not asked since this decision and is on no other visit."""
    asked = set(
        case.visits.filter(assigned_at=visit.assigned_at).values_list("responder", flat=True)
    )
    for person in rota.responders_for(case.household, now=now):
        if person.pk not in asked and not rota.is_busy(person):
            return person
    return None


def offer_next(case: Case, visit: Visit, person: User, *, now: datetime) -> Visit:
    """Ask the next person in place of `visit`, which has just ended. Same decision, same clock."""
    following = Visit.objects.create(
        case=case,
        responder=person,
        state=VisitState.ASSIGNED,
        assigned_at=visit.assigned_at,
        assigned_by=visit.assigned_by,
        offered_at=now,
        passed_from=visit,
    )
    case.reminders = 0
    case.next_action_at = now + accept_within(case)
    case.save()
    data = {
        "visit": str(visit.uid),
        "next": str(following.uid),
        "from": str(visit.responder.uid),
        "to": str(person.uid),
    }
    machine.log(case, EventKind.VISIT_PASSED, now=now, data=data)
    telling.tell_responder(following, "dispatch.assigned", now=now)
    return following


def next_or_back(case: Case, visit: Visit, *, now: datetime) -> Visit | None:
    """After somebody said no: the next person, or the operator who decided the visit."""
    person = next_person(case, visit, now=now)
    if person is None:
        back_to_operator(case, now=now)
        return None
    return offer_next(case, visit, person, now=now)


def back_to_operator(case: Case, *, now: datetime) -> None:
    """The owner has the case again with a fresh lease; if they are gone, it runs out and the case
    returns to the queue."""
    if case.state != CaseState.VISITING:
        return
    machine.fire(case, CaseDo.VISIT_BACK)
    machine.renew_lease(case, now=now)
    case.reminders = 0
    case.save()
    telling.tell_owner(case, "dispatch.visit_back", now=now)
