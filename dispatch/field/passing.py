"""A visit nobody accepts goes to the next person of the rota by itself, then to the operators.

The decision to send somebody was an operator's; passing it on is not a new decision, and the 45
minutes keep running from the old one.
"""

from datetime import datetime

from dispatch import machine, telling
from dispatch.field.offering import accept_within, fire, next_person, offer_next
from dispatch.models import Case, Visit
from dispatch.rules import EventKind, VisitDo


def pass_visit(case: Case, visit: Visit, *, now: datetime) -> None:
    """Ask the next person in place of whoever did not answer; the case is locked."""
    person = next_person(case, visit, now=now)
    if person is None:
        _to_operators(case, visit, now=now)
        return
    fire(visit, VisitDo.PASS_ON)
    visit.ended_at = now
    visit.save()
    offer_next(case, visit, person, now=now)
    telling.tell_responder(visit, "dispatch.visit_passed", now=now)


def _to_operators(case: Case, visit: Visit, *, now: datetime) -> None:
    """Nobody is left to ask. The last request stands, so that a late yes still counts."""
    visit.exhausted_at = now
    visit.save(update_fields=["exhausted_at"])
    machine.log(
        case,
        EventKind.VISIT_PASSED,
        now=now,
        data={"visit": str(visit.uid), "from": str(visit.responder.uid), "to": "operator"},
    )
    telling.tell_visit_late(case, now=now)
    case.reminders = min(case.reminders + 1, 1000)
    case.next_action_at = now + accept_within(case)
    case.save()
