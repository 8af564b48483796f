"""Due rungs of the ladders: to the desk, or the telephone.

A call is written (attempt, token, event) and committed before the company hears of it; the request
itself runs outside any transaction; what came of it is written in a third one. Whatever dies in
between leaves an attempt that `reconcile` finds.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.county_settings import setting
from dispatch import calls, machine, numbers, plan, taking_back
from dispatch.engine import alive, batch, pace
from dispatch.engine.dialling import Dialling, LineFull, NothingDue
from dispatch.engine.tally import Tally, drop_broken_connection, moment
from dispatch.models import CallAttempt, Case, Step, StepKind, StepState
from dispatch.rules import AskReason, CaseState, EventKind
from dispatch.telephony import NotFound, NotPlaced, Uncertain, line

DESK_LIMIT = 20_000
LOST_LIMIT = 200
CALL_LIMIT = 60
BUSY_WAIT = timedelta(seconds=10)
MAY_RING = (CaseState.AI_CALL, CaseState.WAITING)


def _next_case(now: datetime, kinds: tuple[str, ...], seen: set[int]) -> Case | None:
    """The most urgent case with a due rung of these kinds, locked; None when all are done or in
    other hands. `seen` are the cases of this pass: each comes once, also one that fails."""
    due = Step.objects.filter(
        case=OuterRef("pk"), state=StepState.PENDING, due_at__lte=now, kind__in=kinds
    )
    waiting = Case.objects.not_held(now).filter(Exists(due)).exclude(pk__in=seen)
    return machine.lock_first(waiting.in_queue_order())


def _due_step(case: Case, now: datetime, kinds: tuple[str, ...]) -> Step | None:
    """The rung as it is under the lock: another worker may have been faster."""
    due = case.steps.filter(state=StepState.PENDING, due_at__lte=now, kind__in=kinds)
    return due.order_by("due_at", "seq").first()


# ── the desk ─────────────────────────────────────────────────────────────────
def to_desk(now: datetime) -> Tally:
    """Rungs that are a person's work put the case into the queue: in batches, and where a batch
    fails or a case needs more care, one by one."""
    tally, slow = Tally(), set[int]()
    while tally.has_time and tally.count < DESK_LIMIT:
        try:
            done = batch.desk_steps(now, skip=sorted(slow))
        except Exception:  # noqa: BLE001 - one poisoned row must not hold up the others
            drop_broken_connection()
            failed = _peek(now, slow)
            if not failed:
                break
            one_by_one(failed, now, tally)
            slow |= set(failed)
            continue
        tally.add_all([row.due_at for row in done.done], now)
        if done.odd:
            one_by_one(done.odd, now, tally)
            slow |= set(done.odd)
        if len(done.done) + len(done.odd) < batch.SIZE:
            break
    return tally


@transaction.atomic
def _peek(now: datetime, skip: set[int]) -> list[int]:
    """The rungs of a batch that failed, without their locks."""
    return [row.step for row in batch.claim(now, size=batch.SIZE, skip=sorted(skip))]


def one_by_one(step_ids: Iterable[int], now: datetime, tally: Tally) -> None:
    """Each rung in a transaction of its own, under the lock of its case."""
    for step_id in step_ids:
        with tally.row("desk step"):
            due_at = _one_to_desk(step_id, now)
            if due_at is not None:
                tally.add(due_at, now)


@transaction.atomic
def _one_to_desk(step_id: int, now: datetime) -> datetime | None:
    """When it was due, if this has done it; None when it was in other hands or done already."""
    of_step = Case.objects.not_held(now).filter(steps=step_id)
    case = machine.lock_first(of_step)
    if case is None:
        return None
    due = case.steps.filter(state=StepState.PENDING, due_at__lte=now, kind__in=batch.DESK_KINDS)
    step = due.filter(pk=step_id).first()
    if step is None:
        return None
    open_ = case.is_open
    step.state = StepState.DONE if open_ else StepState.CANCELLED
    step.started_at = step.finished_at = now
    step.result = AskReason.NO_ANSWER.value if open_ else ""
    step.save()
    if open_:
        machine.ask_human(case, reason=AskReason.NO_ANSWER, now=now)
    return step.due_at


# ── the telephone ────────────────────────────────────────────────────────────
CALL = (StepKind.AI_CALL,)


def place_calls(now: datetime) -> Tally:
    """Ring whoever is due, the most urgent first, as fast as the line takes it."""
    tally, seen = Tally(), set[int]()
    more = True
    while more and len(seen) < CALL_LIMIT and tally.has_time:
        with tally.row("call step"):
            more = _one_call(now, tally, seen)
    return tally


def _one_call(now: datetime, tally: Tally, seen: set[int]) -> bool:
    if pace.line_is_full(now):
        return False
    try:
        dialling = _take_one(now, tally, seen)
    except (NothingDue, LineFull):
        return False
    if dialling is not None:
        ring(dialling, now=now)
    return True


@transaction.atomic
def _take_one(now: datetime, tally: Tally, seen: set[int]) -> Dialling | None:
    case = _next_case(now, CALL, seen)
    if case is None:
        raise NothingDue
    seen.add(case.pk)
    return _prepare(case, now, tally)


def _prepare(case: Case, now: datetime, tally: Tally) -> Dialling | None:
    """Write the attempt, or put the rung where it belongs. LineFull rolls everything back."""
    step = _due_step(case, now, CALL)
    if step is None:
        return None
    if case.state not in MAY_RING:
        _drop(step, now)
        return None
    if (later := _not_before(case, step, now)) > now:
        _postpone(case, step, later, now)
        return None
    if not pace.take_line(now=now):
        raise LineFull
    tally.add(step.due_at, now)
    attempt = calls.prepare(case, step, now=now)
    alive.take(attempt.pk)
    return Dialling(
        attempt_id=attempt.pk,
        phone=case.household.phone,
        token=attempt.token,
        ring_seconds=setting("dispatch.ring_seconds", at=now),
    )


def _drop(step: Step, now: datetime) -> None:
    """A person has the case, or it is closed: the machine rings no more."""
    step.state, step.finished_at = StepState.CANCELLED, now
    step.save()


def _not_before(case: Case, step: Step, now: datetime) -> datetime:
    """The first moment at which this person may be rung."""
    if (quiet := plan.hold_until(case, now=now)) is not None:
        return quiet
    if CallAttempt.objects.filter(household=case.household, ended_at__isnull=True).exists():
        return now + BUSY_WAIT
    if not numbers.take(case.household.phone):
        return now + BUSY_WAIT  # somebody of another case is called on the same telephone
    return pace.person_free_at(case.household_id, now=now)


def _postpone(case: Case, step: Step, until: datetime, now: datetime) -> None:
    """Quiet hours move the whole rest of the ladder; a busy line or a throttle only this rung."""
    quiet = plan.hold_until(case, now=now)
    if quiet is not None:
        plan.shift_over_night(case, by=until - step.due_at)
        machine.log(case, EventKind.HELD, now=now, data={"until": until.isoformat()})
    else:
        step.due_at = until
        step.save(update_fields=["due_at"])
    machine.schedule(case, now=now)


def ring(dialling: Dialling, *, now: datetime) -> None:
    """Ask the company to ring. Outside any transaction: nothing is locked while we wait."""
    attempt_id, asked = dialling.attempt_id, monotonic()
    with alive.dialling(attempt_id):
        try:
            receipt = line().dial(
                phone=dialling.phone, token=dialling.token, ring_seconds=dialling.ring_seconds
            )
        except NotPlaced as answer:
            calls.not_placed(attempt_id, code=answer.code, retry=answer.retry, now=now)
        except NotFound:
            calls.not_placed(attempt_id, code="404", retry=False, now=now)
        except Uncertain:
            calls.uncertain(attempt_id, now=moment(now, asked))
        else:
            if calls.placed(attempt_id, sid=receipt.sid, status=receipt.status, now=now):
                taking_back.hang_up(attempt_id, now=now)


def _has_live_call(step: Step) -> bool:
    return (
        step.calls.filter(ended_at__isnull=True).exists()
        or step.staff_calls.filter(ended_at__isnull=True).exists()
    )


def recover(now: datetime) -> Tally:
    """Running rungs whose lease is over: with a live call it is renewed, without one the rung is
    due again. (Every write ends call and rung together; this is for what no one foresaw.)"""
    tally = Tally()
    lost = Step.objects.filter(state=StepState.RUNNING, lease_until__lte=now)
    for step_id, case_id in lost.values_list("pk", "case_id")[:LOST_LIMIT]:
        if not tally.has_time:
            break
        with tally.row("lost step"), transaction.atomic():
            case = machine.lock_first(Case.objects.filter(pk=case_id))
            if case is None:
                continue
            step = Step.objects.get(pk=step_id)
            if step.state != StepState.RUNNING:
                continue
            if _has_live_call(step):
                step.lease_until = now + calls.CHECK_LIVE
            else:
                _due_again(case, step, now)
            step.save()
            tally.add(None, now)
    return tally


def _due_again(case: Case, step: Step, now: datetime) -> None:
    """It counts as a try: a ring that was begun has its next link already (staff_calls.prepare).
    Nobody is rung for a case that does not wait any more."""
    step.lease_until = None
    if case.state in MAY_RING and (step.kind != StepKind.RING or case.state == CaseState.WAITING):
        step.state, step.tries = StepState.PENDING, step.tries + 1
    else:
        step.state, step.finished_at = StepState.CANCELLED, now
