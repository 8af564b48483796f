"""The parts of the household page, and of its list, that this floor brings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import clock
from households.models import Household
from households.rules import WATCHED_STATES
from monitoring.models import HouseholdState
from monitoring.presenters import heat, why_words
from ui.templatetags.ui import light as light_tag


def _state_of(household: Household) -> HouseholdState | None:
    """The state of a home that is watched; what was known before watching ended is not shown."""
    if household.enrolment.state not in WATCHED_STATES:
        return None
    return HouseholdState.objects.filter(household=household).first()


def light(request: HttpRequest, household: Household) -> dict[str, Any] | None:
    """The light beside the name; a watched home without a state yet is grey, never green."""
    if household.enrolment.state not in WATCHED_STATES:
        return None
    state = _state_of(household)
    return {"level": state.light if state else "grey"}


def why(request: HttpRequest, household: Household) -> dict[str, Any]:
    state, now = _state_of(household), clock.now()
    return {"why": why_words.of(household, state, now=now), "now": now}


def activity(request: HttpRequest, household: Household) -> dict[str, Any] | None:
    """The map of the last four weeks; left out for people who were never watched."""
    state, now = _state_of(household), clock.now()
    shown = heat.of(household, state, now=now)
    if not shown.any_data and state is None:
        return None
    return {"heat": shown, "level": state.light if state else "grey", "days_shown": heat.DAYS}


def case_activity(request: HttpRequest, case: Any) -> dict[str, Any] | None:
    """The same map on the page of a case (of the floor above), under the reasons."""
    return activity(request, case.household)


def list_cells(households: Sequence[Household], now: datetime) -> Mapping[int, str]:
    """{household: its light}; one query for the page."""
    watched = [h.pk for h in households if h.enrolment.state in WATCHED_STATES]
    lights = dict(
        HouseholdState.objects.filter(household__in=watched).values_list("household_id", "light")
    )
    return {
        pk: light_tag(lights.get(pk), word="" if pk in lights else _("자료 없음")) for pk in watched
    }
