"""The parts of the household page that this floor brings itself."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from accounts import clock
from accounts.access import request_scope
from households import presenters
from households.days import local_day
from households.models import Household
from households.rules import ABSENCE_WRITERS, WRITERS, Event, State

Context = Callable[[HttpRequest, Any], dict[str, Any] | None]
_ABSENCES_SHOWN = 5


def _may(request: HttpRequest, household: Household, roles: tuple[Any, ...]) -> bool:
    return request_scope(request).only(*roles).covers(household.township_id)


def consents(request: HttpRequest, household: Household) -> dict[str, Any]:
    return {
        "rows": presenters.consent_rows(household, today=local_day(clock.now())),
        "may_write": _may(request, household, WRITERS),
        "ended": household.enrolment.state == State.ENDED,
    }


def contacts(request: HttpRequest, household: Household) -> dict[str, Any]:
    return {
        "contacts": list(household.contacts.current()),
        "may_write": _may(request, household, WRITERS),
    }


def absences(request: HttpRequest, household: Household) -> dict[str, Any]:
    rows = presenters.absence_rows(household.absences.all()[:_ABSENCES_SHOWN], now=clock.now())
    ended = household.enrolment.state == State.ENDED
    return {"rows": rows, "may_write": _may(request, household, ABSENCE_WRITERS) and not ended}


def steps(request: HttpRequest, household: Household) -> dict[str, Any]:
    enrolment = household.enrolment
    roles = request_scope(request).roles_in(household.township_id)
    first = presenters.next_event(enrolment, roles)
    return {
        "steps": presenters.steps(enrolment),
        "next_event": first,
        "next_needs_confirming": first in (Event.REAPPLY,),
        "other_events": presenters.other_events(enrolment, roles),
        "handover": presenters.is_handover_due(household, local_day(clock.now())),
        "turns_65_on": presenters.turns_65_on(household),
        "ended": enrolment.state == State.ENDED,
    }


MAIN: dict[str, Context] = {"consents": consents}
SIDE: dict[str, Context] = {"contacts": contacts, "absences": absences, "steps": steps}
