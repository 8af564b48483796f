"""What the end of a case teaches about the data: hints for a clerk, in the same transaction.

A false reason that is only counted comes back next month. Each proposes the one thing that would
have spared the call: an absence, another telephone, a look at the meter.
"""

from datetime import datetime

from dispatch.models import Case
from dispatch.rules import CallOutcome, CallResult, CloseReason, EventKind
from households.models import Absence
from monitoring.models import SuggestionKind
from monitoring.note_actions import suggest

SUGGESTED: dict[str, str] = {
    CloseReason.OUTING: SuggestionKind.ABSENCE.value,
    CloseReason.HOSPITAL: SuggestionKind.ABSENCE.value,
    CloseReason.RELATIVES: SuggestionKind.ABSENCE.value,
    CloseReason.WORK: SuggestionKind.ABSENCE.value,
    CloseReason.PHONE: SuggestionKind.PHONE_CHANGE.value,
    CloseReason.APP: SuggestionKind.PHONE_CHANGE.value,  # an app removed or put to sleep
    CloseReason.METER: SuggestionKind.METER_TICKET.value,
    CloseReason.SOLAR_HEATER: SuggestionKind.METER_TICKET.value,  # the meter now sees other things
}
"""Reasons without a hint: sleep is learned by itself; a power cut and late data are the feeds'."""


def after_close(case: Case, *, now: datetime) -> list[str]:
    """Leave the hints of a case that has just been closed; returns their kinds.

    The caller holds the case's lock and transaction. Drills teach nothing.
    """
    if case.drill:
        return []
    kinds = kinds_for(case, now=now)
    for kind in kinds:
        suggest(household=case.household, kind=kind, source=case.uid, now=now)
    return kinds


def kinds_for(case: Case, *, now: datetime) -> list[str]:
    """By the closing reason, and by a number that turned out to be wrong on the way."""
    found = []
    by_reason = SUGGESTED.get(case.close_reason)
    if by_reason is not None and not (
        by_reason == SuggestionKind.ABSENCE and _absence_known(case, now=now)
    ):
        found.append(by_reason)
    if SuggestionKind.PHONE_CHANGE.value not in found and _wrong_number(case):
        found.append(SuggestionKind.PHONE_CHANGE.value)
    return found


def _absence_known(case: Case, *, now: datetime) -> bool:
    """Somebody has entered the absence while the case was open: nothing is left to propose."""
    return Absence.objects.filter(household=case.household).away_at(now).exists()


def _wrong_number(case: Case) -> bool:
    """The operator or the telephone company met a number that is no longer the person's."""
    said = case.events.filter(
        kind=EventKind.CALL_RECORDED,
        data__result=CallResult.BAD_NUMBER.value,
        data__callee="resident",
    )
    return said.exists() or case.calls.filter(outcome=CallOutcome.BAD_NUMBER).exists()
