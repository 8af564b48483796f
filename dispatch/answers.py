"""What the resident said or pressed, and what follows from it.

An answer is never thrown away: it is kept on the attempt and on the case, written into the log,
and, unless it is an allowed "fine", brought to a person.
"""

from datetime import datetime, timedelta

from dispatch import machine, opening
from dispatch.closing import close_now
from dispatch.models import CallAttempt, Case
from dispatch.rules import (
    ASK_OF_OUTCOME,
    NEEDS_PERSON,
    OUTCOME_RANK,
    AskReason,
    CallOutcome,
    CaseDo,
    CaseState,
    CloseReason,
    EventKind,
    EvidenceKind,
    Light,
    ReleaseReason,
)
from monitoring.models import HouseholdState

STALE_ANSWER = timedelta(minutes=5)
"""A "fine" that arrives so long after the end of its call is looked at by a person."""


def understand(digits: str, speech: str) -> str:
    """Outcome of one round: "" when nothing was said or pressed. Speech goes to a person, also
    beside a key 1: nobody but a person can say whether the two agree."""
    if digits == "2":
        return CallOutcome.HELP
    if speech:
        return CallOutcome.SPEECH
    if digits == "1":
        return CallOutcome.OK
    return CallOutcome.UNCLEAR if digits else ""


def take(
    case: Case, attempt: CallAttempt, outcome: str, *, digits: str, speech: str, now: datetime
) -> None:
    """Take in an answer of the (locked) attempt. A weaker one than we already have is only logged;
    the same one again does nothing."""
    stronger = OUTCOME_RANK[outcome] > OUTCOME_RANK[attempt.outcome]
    data = {"attempt": attempt.pk, "outcome": outcome}
    kind = EventKind.ANSWERED if case.is_open else EventKind.LATE_ANSWER
    machine.log(case, kind, now=now, data=data, note=speech)
    if not stronger:
        return
    late = attempt.ended_at is not None and now - attempt.ended_at > STALE_ANSWER
    attempt.outcome, attempt.digits = outcome, digits[:8]
    attempt.speech = case.household.seal(speech) if speech else attempt.speech
    attempt.save()
    if not case.is_open:
        _after_the_end(case, outcome, now=now)
        return
    machine.let_go(case, reason=ReleaseReason.ANSWER, now=now)
    before = case.answer
    machine.keep_answer(case, outcome, now=now)
    if outcome in NEEDS_PERSON:
        _to_person(case, AskReason(ASK_OF_OUTCOME[outcome]), now=now)
    elif may_close(case, attempt, answer_before=before) and not late:
        machine.fire(case, CaseDo.ANSWER_OK)
        close_now(
            case,
            by=None,
            reason=CloseReason.FINE,
            evidence_kind=EvidenceKind.RESIDENT_KEY,
            note="",
            at=now,
            now=now,
        )
    else:
        red = Light.RED in (case.light, current_light(case))
        why = AskReason.SAID_OK_ON_RED if red else AskReason.NEEDS_CONFIRMING
        _to_person(case, why, now=now)


def _to_person(case: Case, reason: AskReason, *, now: datetime) -> None:
    """Somebody answered: ringing them again by machine helps nobody."""
    machine.cancel_calls(case, now=now)
    machine.ask_human(case, reason=reason, now=now)


def may_close(case: Case, attempt: CallAttempt, *, answer_before: str) -> bool:
    """Whether key 1 may close this case without a person.

    Only while nothing was ever red, nobody has taken the case, the resident has not asked for
    help before, and what pressed the key is not an answering machine.
    """
    return (
        case.state in (CaseState.AI_CALL, CaseState.WAITING)
        and case.light != Light.RED
        and current_light(case) != Light.RED
        and answer_before not in NEEDS_PERSON
        and not attempt.answered_by.startswith(("machine", "fax"))
    )


def current_light(case: Case) -> str:
    """The household's light at this moment; "" when monitoring has none."""
    lights = HouseholdState.objects.filter(household_id=case.household_id)
    return lights.values_list("light", flat=True).first() or ""


def _after_the_end(case: Case, outcome: str, *, now: datetime) -> None:
    """A cry that came after the case was closed. Closed stays closed; a new case links to it, or
    the open one of the household gets it."""
    if outcome not in NEEDS_PERSON:
        return
    standing = Case.objects.open().filter(household=case.household).first()
    if standing is None:
        fresh = opening.open_new(
            household=case.household, light=Light.RED, now=now, reason=AskReason.LATE_HELP
        )
    else:
        fresh = machine.lock(standing.pk)
    machine.keep_answer(fresh, outcome, now=now)
    _to_person(fresh, AskReason.LATE_HELP, now=now)
