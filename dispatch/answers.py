"""What the resident said or pressed, and what follows from it.

An answer is never thrown away: it is kept on the attempt and on the case, written into the log,
and, unless it is an allowed "fine" or a first "call me later", brought to a person.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dispatch import calling_later, machine, opening, plan
from dispatch.calls import is_machine
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
from dispatch.understanding import RULES_VERSION, Label, Understood
from dispatch.understanding import understand as understand_words
from monitoring.models import HouseholdState

logger = logging.getLogger(__name__)

STALE_ANSWER = timedelta(minutes=5)
"""A "fine" that arrives so long after the end of its call is looked at by a person."""

_OF_LABEL: dict[str, CallOutcome] = {
    Label.OK: CallOutcome.SAID_OK,
    Label.HELP: CallOutcome.HELP,
    Label.RISK: CallOutcome.RISK,
    Label.UNCLEAR: CallOutcome.SPEECH,
    Label.NOT_PERSON: CallOutcome.NOT_PERSON,
    Label.LATER: CallOutcome.LATER,
    Label.REFUSE: CallOutcome.REFUSE,
    Label.AWAY: CallOutcome.AWAY,
}


@dataclass(frozen=True)
class Answer:
    """One round: what was pressed, said, and understood. `outcome` "" when there was nothing.

    `confidence` is the recogniser's (None when it gave none), `words` what the rules made of it.
    """

    outcome: str
    digits: str = ""
    speech: str = ""
    confidence: float | None = None
    words: Understood | None = None

    def is_sure(self, percent: int) -> bool:
        """A key is sure. Words that close a case need a recogniser that was so sure of them; one
        that does not say how sure it was is not."""
        if self.outcome != CallOutcome.SAID_OK:
            return True
        return self.confidence is not None and self.confidence >= percent / 100

    def as_json(self) -> dict[str, Any]:
        """For the attempt: codes and figures, never a word that was said."""
        if self.words is None:
            return {}
        return {
            "label": self.words.label.value,
            "because": list(self.words.because),
            "sure": round(self.words.confidence, 2),
            "heard": self.confidence,
            "rules": RULES_VERSION,
        }

    def as_log(self) -> dict[str, Any]:
        """For the line of the log: the key pressed and the codes of the rules; never a word."""
        told: dict[str, Any] = {"pressed": self.digits[:8]} if self.digits else {}
        if self.words is not None:
            told |= {"because": list(self.words.because)}
        return told


def understand(digits: str, speech: str, *, confidence: float | None = None) -> Answer:
    """Outcome of one round. Key 2 is help. Speech beside key 1 that does not say the same goes to a
    person: nobody but a person can say which of the two is meant."""
    words = _read(speech, confidence) if speech else None
    outcome = _outcome(digits, words)
    return Answer(outcome, digits, speech, confidence, words)


def _read(speech: str, confidence: float | None) -> Understood:
    """What the rules make of the words. A fault of theirs must lose neither the words nor the key
    that was pressed beside them: nobody has understood, so a person hears of it."""
    try:
        return understand_words(speech, confidence=confidence)
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody has just spoken
        logger.error("an answer could not be read: %s", type(error).__name__)
        return Understood(Label.UNCLEAR, 0.0, ())


def _outcome(digits: str, words: Understood | None) -> str:
    said = _OF_LABEL[words.label] if words else None
    if said == CallOutcome.RISK:
        return CallOutcome.RISK
    if digits == "2":
        return CallOutcome.HELP
    if said is None:
        if digits == "1":
            return CallOutcome.OK
        return CallOutcome.UNCLEAR if digits else ""
    if digits == "1" and said == CallOutcome.SAID_OK:
        return CallOutcome.OK
    if digits and said in (CallOutcome.SAID_OK, CallOutcome.LATER):
        return CallOutcome.SPEECH  # the key says something else
    return said


def is_of_machine(attempt: CallAttempt, answer: Answer) -> bool:
    """Whether what was heard is an answering machine's own greeting. A key, a plea and a "fine"
    are taken in all the same: the detection may be wrong."""
    own = (CallOutcome.OK, CallOutcome.SAID_OK, CallOutcome.HELP, CallOutcome.RISK)
    return is_machine(attempt) and not answer.digits and answer.outcome not in own


def take(case: Case, attempt: CallAttempt, answer: Answer, *, now: datetime) -> None:
    """Take in an answer of the (locked) attempt. A weaker one than we already have is only logged;
    the same one again does nothing."""
    outcome = answer.outcome
    stronger = OUTCOME_RANK[outcome] > OUTCOME_RANK[attempt.outcome]
    data = {"attempt": attempt.pk, "outcome": outcome, **answer.as_log()}
    kind = EventKind.ANSWERED if case.is_open else EventKind.LATE_ANSWER
    machine.log(case, kind, now=now, data=data, note=answer.speech)
    if not stronger:
        return
    late = attempt.ended_at is not None and now - attempt.ended_at > STALE_ANSWER
    _keep(case, attempt, answer)
    if not case.is_open:
        _after_the_end(case, outcome, now=now)
        return
    machine.let_go(case, reason=ReleaseReason.ANSWER, now=now)
    before = case.answer
    machine.keep_answer(case, outcome, now=now)
    if outcome in NEEDS_PERSON:
        _to_person(case, AskReason(ASK_OF_OUTCOME[outcome]), now=now)
    elif outcome == CallOutcome.LATER:
        if not calling_later.put_off(case, attempt, now=now):
            _to_person(case, AskReason.LATER, now=now)
    elif _closes(case, attempt, answer, answer_before=before) and not late:
        _close(case, now=now)
    else:
        red = Light.RED in (case.light, current_light(case))
        why = AskReason.SAID_OK_ON_RED if red else AskReason.NEEDS_CONFIRMING
        _to_person(case, why, now=now)


def _keep(case: Case, attempt: CallAttempt, answer: Answer) -> None:
    attempt.outcome, attempt.digits = answer.outcome, answer.digits[:8]
    if answer.speech:
        attempt.speech = case.household.seal(answer.speech)
        attempt.understood = answer.as_json()
    attempt.save()


def _closes(case: Case, attempt: CallAttempt, answer: Answer, *, answer_before: str) -> bool:
    """Whether this "fine" closes the case: allowed, and heard as surely as its plan asks."""
    sure = answer.is_sure(plan.number(case, "sure_percent"))
    return sure and may_close(case, attempt, answer_before=answer_before)


def _close(case: Case, *, now: datetime) -> None:
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


def _to_person(case: Case, reason: AskReason, *, now: datetime) -> None:
    """Somebody answered: ringing them again by machine helps nobody."""
    machine.cancel_calls(case, now=now)
    machine.ask_human(case, reason=reason, now=now)


def may_close(case: Case, attempt: CallAttempt, *, answer_before: str) -> bool:
    """Whether a "fine" may close this case without a person.

    Only while nothing was ever red, nobody has taken the case, the resident has not asked for
    help before, and what answered is not an answering machine.
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
    fresh, _new = opening.open_unless_open(
        household=case.household,
        light=Light.RED,
        now=now,
        reason=AskReason.LATE_HELP,
        drill=case.drill,
    )
    if fresh.drill and not case.drill:
        opening.end_drill(fresh, now=now)
    machine.keep_answer(fresh, outcome, now=now)
    _to_person(fresh, AskReason.LATE_HELP, now=now)
