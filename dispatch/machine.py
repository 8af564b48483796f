"""The small tools that verbs, telephone and engine share: lock, fire, log, hand to a person.

Every writer locks the case first and nothing else before it; all rows of a case hang on that lock.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import plan, telling
from dispatch.models import (
    CallAttempt,
    Case,
    CaseEvent,
    HandoverState,
    Step,
    StepKind,
    StepState,
)
from dispatch.plans.schema import Jump
from dispatch.rules import (
    OUTCOME_RANK,
    AskReason,
    CallOutcome,
    CaseDo,
    CaseState,
    EventKind,
    Refused,
    ReleaseReason,
    next_case_state,
    priority,
)
from households.days import local_day
from households.models import RiskAssessment
from monitoring.models import FeedIncident

REMIND_AT_MOST = timedelta(hours=1)
"""Reminders grow rarer up to this, and never stop."""

EVIDENCE_AT_MOST = timedelta(days=2)
"""A person seen longer ago than this is no evidence for today."""


def lock(case_id: int) -> Case:
    """The case, locked until the transaction ends, with its household and owner.

    Two statements on purpose: one that waited for the lock still sees the joined tables as they
    were before it waited, and would call a case unowned that somebody has just taken.
    """
    Case.objects.select_for_update().only("pk").get(pk=case_id)
    return _read(case_id)


def lock_first(cases: QuerySet[Case]) -> Case | None:
    """The first of these cases that nobody else has locked, locked, as it is under that lock."""
    free = cases.select_for_update(skip_locked=True, of=("self",)).only("pk").first()
    return None if free is None else _read(free.pk)


def lock_open(household_id: int) -> Case | None:
    """The open case of the household, locked; None where there is none, or where it was closed
    while its lock was waited for."""
    standing = Case.objects.open().filter(household_id=household_id).only("pk").first()
    case = None if standing is None else lock(standing.pk)
    return case if case is not None and case.is_open else None


def _read(case_id: int) -> Case:
    return Case.objects.select_related("household__township", "owner").get(pk=case_id)


def log(
    case: Case,
    kind: EventKind,
    *,
    now: datetime,
    by: User | None = None,
    data: dict[str, Any] | None = None,
    note: str = "",
    key: str = "",
) -> CaseEvent:
    """Write one line. `data`: codes and opaque ids only; `note`: words, sealed for this person."""
    return CaseEvent.objects.create(
        case=case,
        at=now,
        kind=kind,
        actor=by,
        data=data or {},
        note=case.household.seal(note) if note else b"",
        key=key,
    )


def fire(case: Case, do: CaseDo) -> str:
    """Move the (locked) case along the table; the caller saves. Raises Refused off the table."""
    state = next_case_state(case.state, do)
    if state is None:
        if case.state == CaseState.CLOSED:
            raise Refused(_("이미 종결된 건입니다. 종결된 건은 바꿀 수 없습니다."))
        raise Refused(
            _("지금 단계(%(state)s)에서는 '%(what)s'을(를) 할 수 없습니다.")
            % {"state": case.get_state_display(), "what": CaseDo(do).label}
        )
    before, case.state = case.state, state
    return before


def risk_group(case: Case, *, now: datetime) -> str | None:
    """The survey's group in force today."""
    return group_of(case.household_id, now=now)


def group_of(household_id: int, *, now: datetime) -> str | None:
    """The survey's group of this household in force today."""
    latest = RiskAssessment.objects.filter(household_id=household_id, from_date__lte=local_day(now))
    return latest.values_list("group", flat=True).first()


def rank(case: Case, *, now: datetime) -> None:
    """Give the case its place in the queue again."""
    case.priority = priority(
        light=case.light, answer=case.answer, risk_group=risk_group(case, now=now)
    )


def keep_answer(case: Case, outcome: str, *, now: datetime) -> None:
    """The strongest answer stands on the case: a cry for help is not undone by a later key 1.
    Words of a crisis make the desk begin further on (the plan's jumps)."""
    if outcome in _JUMPS:
        plan.jump(case, outcome)
    if OUTCOME_RANK[outcome] >= OUTCOME_RANK[CallOutcome.OK] and (
        OUTCOME_RANK[outcome] > OUTCOME_RANK[case.answer]
    ):
        case.answer, case.answered_at = outcome, now


_JUMPS = frozenset(Jump.values)


def enter_queue(case: Case, *, now: datetime) -> None:
    """The case now waits for any operator; reminders and chain start again, and what its last owner
    offered to a colleague is off. The caller saves; for a case that has no row yet it also calls
    `plan.start_chain` afterwards."""
    case.owner, case.lease_until = None, None
    case.queued_at = case.queued_at or now
    case.reminders = 0
    case.next_action_at = now + plan.minutes(case, "remind_minutes")
    if case.pk is not None:
        offered = case.handovers.filter(state=HandoverState.OFFERED)
        offered.update(state=HandoverState.WITHDRAWN, decided_at=now)
        plan.start_chain(case, now=now)


def leave_queue(case: Case) -> None:
    case.queued_at, case.reminders = None, 0


def renew_lease(case: Case, *, now: datetime) -> None:
    """Owning a case means acting on it: each action of the owner buys new minutes."""
    case.lease_until = now + plan.minutes(case, "lease_minutes")
    case.next_action_at = case.lease_until


def ask_human(case: Case, *, reason: AskReason, now: datetime) -> None:
    """Hand the (locked) case to a person, whoever that will be; keep it where a person has it."""
    let_go(case, reason=ReleaseReason.ASKED, now=now)
    before = fire(case, CaseDo.ASK_HUMAN)
    rank(case, now=now)
    if case.state == CaseState.WAITING and before != CaseState.WAITING:
        enter_queue(case, now=now)
    case.save()
    log(case, EventKind.HUMAN_ASKED, now=now, data={"reason": reason.value, "from": before})
    urgent = reason in _URGENT
    if before == CaseState.AI_CALL or urgent:
        telling.tell_operators(case, now=now, urgent=urgent)


_URGENT = (AskReason.HELP, AskReason.RISK, AskReason.SPEECH, AskReason.LATE_HELP)


def hold(case: Case, incident: FeedIncident, *, until: datetime, now: datetime) -> None:
    """Nothing more happens to the (locked) case while its only feed is out of order, until `until`
    at the latest. It stays where it stands, and any person may still take it."""
    fire(case, CaseDo.HOLD)
    case.held_by, case.held_at, case.held_until = incident, now, until
    case.next_action_at = until
    case.save()
    data = {"incident": str(incident.uid), "feed": incident.feed, "until": until.isoformat()}
    log(case, EventKind.FEED_HELD, now=now, data=data)


def let_go(case: Case, *, reason: ReleaseReason, now: datetime, light: str = "") -> None:
    """End the hold of the (locked) case, if it is held: what fell due meanwhile is due now, and
    what comes after it keeps its distance. `light` is what the re-check found."""
    if not case.is_held:
        return
    fire(case, CaseDo.LET_GO)
    data = {"reason": reason.value, "light": light, "since": _iso(case.held_at)}
    case.held_by = case.held_at = case.held_until = None
    waiting = case.state == CaseState.WAITING
    # Nobody was asked to take it while it was held: the waiting begins now.
    case.queued_at = now if waiting else None
    case.reminders = 0
    case.next_action_at = now + plan.minutes(case, "remind_minutes") if waiting else now
    case.save()
    pending = case.steps.filter(state=StepState.PENDING)
    first = pending.order_by("due_at").values_list("due_at", flat=True).first()
    if first is not None and first < now:
        plan.shift_pending(case, by=now - first)
    schedule(case, now=now)
    log(case, EventKind.FEED_RELEASED, now=now, data={k: v for k, v in data.items() if v})


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def cancel_calls(case: Case, *, now: datetime) -> int:
    """No further AI call for this case. A ringing one ends by itself. Returns how many.

    The chain to the telephones of staff goes on for as long as the case waits, and ends with it.
    """
    pending = Step.objects.filter(case=case, state=StepState.PENDING)
    if case.state == CaseState.WAITING:
        pending = pending.exclude(kind=StepKind.RING)
    return pending.update(state=StepState.CANCELLED, finished_at=now)


def schedule(case: Case, *, now: datetime) -> None:
    """While the AI calls, the next action is the next step or the check of the running one.

    Saves the (locked) case; in every other state the next action is not the telephone's to say.
    """
    if case.state != CaseState.AI_CALL:
        return
    times = [
        *case.steps.filter(state=StepState.PENDING).values_list("due_at", flat=True),
        *CallAttempt.objects.filter(case=case, ended_at__isnull=True).values_list(
            "check_at", flat=True
        ),
    ]
    case.next_action_at = min((at for at in times if at is not None), default=now)
    case.save(update_fields=["next_action_at"])


def remind_next(case: Case, *, first: timedelta, now: datetime) -> None:
    """Set the next reminder: `first`, twice that, four times that, at most an hour; for ever."""
    case.reminders, case.next_action_at = next_reminder(case.reminders, first=first, now=now)


def next_reminder(so_far: int, *, first: timedelta, now: datetime) -> tuple[int, datetime]:
    """(how many reminders there have been then, when the next one comes)."""
    wait = min(first * 2 ** min(so_far, 10), REMIND_AT_MOST)
    return min(so_far + 1, 1000), now + max(wait, timedelta(minutes=1))
