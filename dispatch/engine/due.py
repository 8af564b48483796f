"""Cases whose next action is due: a lease that ran out, a reminder, a forgotten one."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from dispatch import machine, plan, telling
from dispatch.engine import reminding
from dispatch.engine.tally import Tally, drop_broken_connection
from dispatch.models import CallAttempt, Case, Step, StepState
from dispatch.rules import AskReason, CaseDo, CaseState, EventKind

LIMIT = 200
Act = Callable[[Case, datetime], bool]
"""What to do with one due case; whether it counts."""


def _each(
    now: datetime, states: tuple[str, ...], act: Act, what: str, *, tally: Tally | None = None
) -> Tally:
    """Due cases of these states one by one, each in its own transaction under its lock; those that
    another worker or a person has locked are left for the next pass."""
    tally = tally or Tally()
    ids = Case.objects.due(now).filter(_idle(), state__in=states).order_by("next_action_at", "id")
    for case_id in ids.values_list("pk", flat=True)[:LIMIT]:
        if not tally.has_time:
            break
        with tally.row(what), transaction.atomic():
            one = Case.objects.due(now).filter(pk=case_id, state__in=states)
            case = machine.lock_first(one)
            due_at = case.next_action_at if case else None
            if case is not None and act(case, now):
                tally.add(due_at, now)
    return tally


def _idle() -> Q:
    """Not an AI case with a rung or a call to come: that one waits for the line, and looking at
    each of a mass event's in every pass would hold up the calls themselves."""
    to_come = Step.objects.filter(
        case=OuterRef("pk"), state__in=[StepState.PENDING, StepState.RUNNING]
    )
    live = CallAttempt.objects.filter(case=OuterRef("pk"), ended_at__isnull=True)
    return ~Q(state=CaseState.AI_CALL) | (~Q(Exists(to_come)) & ~Q(Exists(live)))


def expire_leases(now: datetime) -> Tally:
    """Who claimed a case and did nothing loses it: it goes back to the queue and is told about."""
    return _each(now, (CaseState.CLAIMED,), _lease_out, "lease")


def _lease_out(case: Case, now: datetime) -> bool:
    former = case.owner
    telling.tell_owner(case, "dispatch.lease_out", now=now)
    machine.fire(case, CaseDo.LEASE_OUT)
    machine.enter_queue(case, now=now)
    case.save()
    data = {"owner": str(former.uid)} if former else {}
    machine.log(case, EventKind.LEASE_OUT, now=now, data=data)
    telling.tell_operators(case, now=now, urgent=False)
    return True


def remind(now: datetime) -> Tally:
    """Nobody took it, the visit is late, or the ladder has no rung left: say so again."""
    tally = Tally()
    _many_unclaimed(now, tally)
    return _each(now, tuple(_REMINDERS), _remind, "reminder", tally=tally)


def _many_unclaimed(now: datetime, tally: Tally) -> None:
    """In batches; those of a batch that failed are left to the way row by row."""
    done = reminding.SIZE
    while tally.has_time and done == reminding.SIZE:
        try:
            rows = reminding.remind_unclaimed(now)
        except Exception:  # noqa: BLE001 - one poisoned row must not hold up the others
            drop_broken_connection()
            return
        for row in rows:
            tally.add(row.due_at, now)
        done = len(rows)


def _remind(case: Case, now: datetime) -> bool:
    return _REMINDERS[case.state](case, now)


def _unclaimed(case: Case, now: datetime) -> bool:
    telling.tell_unclaimed(case, now=now)
    return _reminded(case, "unclaimed", "remind_minutes", now)


def _visit_late(case: Case, now: datetime) -> bool:
    telling.tell_visit_late(case, now=now)
    return _reminded(case, "visit_late", "visit_accept_minutes", now)


def _reminded(case: Case, what: str, wait: str, now: datetime) -> bool:
    data = {"what": what, "times": case.reminders + 1}
    machine.log(case, EventKind.REMINDED, now=now, data=data)
    machine.remind_next(case, first=plan.minutes(case, wait), now=now)
    case.save()
    return True


def _ladder(case: Case, now: datetime) -> bool:
    """An AI case is driven by its steps and calls. One without any must not lie there for ever."""
    moving = case.steps.filter(state__in=[StepState.PENDING, StepState.RUNNING]).exists()
    live = CallAttempt.objects.filter(case=case, ended_at__isnull=True).exists()
    if not moving and not live:
        machine.ask_human(case, reason=AskReason.STRANDED, now=now)
        return True
    machine.schedule(case, now=now)
    # A rung that waits for the line must not make this look at it in every pass.
    case.next_action_at = max(case.next_action_at or now, now + timedelta(seconds=2))
    case.save()
    return False


_REMINDERS: dict[str, Act] = {
    CaseState.WAITING: _unclaimed,
    CaseState.VISITING: _visit_late,
    CaseState.AI_CALL: _ladder,
}
