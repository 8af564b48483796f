"""Opening a case, joining a new signal to an open one, raising yellow to red."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from dispatch import machine, plan, telling
from dispatch.models import (
    Case,
    CaseCounter,
    CaseSignal,
    DrillHome,
    Step,
    StepKind,
    StepState,
)
from dispatch.plans.schema import Jump
from dispatch.rules import (
    CASE,
    NEW,
    AskReason,
    CaseDo,
    EventKind,
    Light,
    ReleaseReason,
    priority,
)
from dispatch.waking import wake
from households.models import Household

if TYPE_CHECKING:
    from monitoring.models import Assessment


def _next_number(now: datetime) -> str:
    """`2026-0001`: gapless within the Seoul year. The counter's row lock is held until commit."""
    year = timezone.localtime(now).year
    CaseCounter.objects.get_or_create(year=year, defaults={"last": 0})
    CaseCounter.objects.filter(year=year).update(last=F("last") + 1)
    return f"{year}-{CaseCounter.objects.get(year=year).last:04d}"


@transaction.atomic
def open_new(
    *,
    household: Household,
    light: str,
    now: datetime,
    assessment: "Assessment | None" = None,
    by: User | None = None,
    reason: AskReason | None = None,
    note: str = "",
    drill: bool = False,
) -> Case:
    """Open a case and write its ladder. IntegrityError when the household has an open one."""
    red = light == Light.RED
    group = machine.group_of(household.pk, now=now)
    frozen = plan.make(light=light, now=now, group=group)
    state = CASE[NEW, CaseDo.OPEN_RED if red else CaseDo.OPEN_YELLOW]
    case = Case(
        number=_next_number(now),
        household=household,
        state=state,
        light=light,
        opened_light=light,
        assessment=assessment,
        opened_at=now,
        opened_by=by,
        raised_at=now if red else None,
        plan=frozen,
        next_action_at=now,
        previous=household.cases.order_by("-opened_at", "-id").first(),
        drill=drill,
    )
    case.priority = priority(light=light, risk_group=group)
    if reason == AskReason.BY_HAND:
        plan.jump(case, Jump.REPORT)
    _begin(case, now=now)
    _opened(case, assessment, by, reason, note, now)
    if by is not None:
        wake()
    return case


def open_unless_open(*, household: Household, **how: Any) -> tuple[Case, bool]:
    """A new case (`how`: as open_new) and True, or the household's open one, locked, and False.
    Whoever closes or opens one in this very moment makes neither a lost report nor an error."""
    standing = machine.lock_open(household.pk)
    if standing is None:
        try:
            return open_new(household=household, **how), True
        except IntegrityError:
            standing = machine.lock_open(household.pk)
            if standing is None:
                raise
    return standing, False


def _begin(case: Case, *, now: datetime) -> None:
    """Write the new case, its rungs, and for a red one the chain: it waits for a person."""
    red = case.light == Light.RED
    if red:
        machine.enter_queue(case, now=now)
    case.save()
    plan.write_steps(case, case.plan, now=now)
    if red:
        plan.start_chain(case, now=now)


def _opened(
    case: Case,
    assessment: "Assessment | None",
    by: User | None,
    reason: AskReason | None,
    note: str,
    now: datetime,
) -> None:
    """Log, signal, first time and messages of a new case. The signal of a light that outlived its
    case stays with that case; `previous` leads there."""
    if assessment is not None:
        CaseSignal.objects.get_or_create(assessment=assessment, defaults={"case": case, "at": now})
    data = {"light": case.light, "previous": case.previous.number if case.previous else None}
    if reason is not None:
        data["reason"] = reason.value
    machine.log(case, EventKind.OPENED, now=now, by=by, data=data, note=note)
    if case.light == Light.RED:
        machine.log(
            case,
            EventKind.HUMAN_ASKED,
            now=now,
            data={"reason": (reason or AskReason.RED).value, "from": NEW},
        )
        telling.tell_red(case, now=now)
        telling.tell_operators(case, now=now, urgent=reason == AskReason.LATE_HELP)
        return
    machine.schedule(case, now=now)
    held = plan.quiet_until(case.plan["quiet"], now)
    if held is not None:
        machine.log(case, EventKind.HELD, now=now, data={"until": held.isoformat()})


def join(case: Case, assessment: "Assessment", *, now: datetime) -> None:
    """A new assessment of a (locked, open) case's household: kept, and red raises the case.

    A held case is not raised by the very feed that is out of order; the re-check at its release
    looks at the light again. A drill that a yellow or red light meets is a drill no longer.
    """
    if case.drill and assessment.light in Light.values:
        end_drill(case, now=now)
    CaseSignal.objects.create(case=case, assessment=assessment, at=now)
    machine.log(case, EventKind.SIGNAL, now=now, data={"light": assessment.light})
    doubtful = case.held_by is not None and assessment.rests_on == [case.held_by.feed]
    if assessment.light == Light.RED and case.light != Light.RED and not doubtful:
        raise_to_red(case, now=now)


def end_drill(case: Case, *, now: datetime) -> None:
    """A real sign came for a home in which a drill is open: the (locked) case is real from here on,
    and everything begins anew, because whoever has it may have taken it for an exercise. A person
    has one open case, so there can be no second one beside it."""
    case.drill = False
    case.save(update_fields=["drill"])
    DrillHome.objects.filter(household_id=case.household_id, ended_at=None).update(ended_at=now)
    raise_to_red(case, now=now, was_drill=True)


def raise_to_red(case: Case, *, now: datetime, was_drill: bool = False) -> None:
    """Yellow became red: the desk at once, the red ladder behind what was done, messages out."""
    machine.let_go(case, reason=ReleaseReason.OTHER_SIGN, now=now, light=Light.RED)
    before = machine.fire(case, CaseDo.RAISE)
    case.light, case.raised_at = Light.RED, now
    group = machine.risk_group(case, now=now)
    more = plan.make(light=Light.RED, now=now, group=group)
    case.plan = plan.extend(case.plan, more=more)
    machine.rank(case, now=now)
    machine.cancel_calls(case, now=now)
    unowned = case.owner_id is None
    if unowned:
        _begin_chain_again(case, now=now)
        machine.enter_queue(case, now=now)
    case.save()
    plan.write_steps(case, more, now=now)
    if not unowned:
        _no_calls_beside_a_person(case, now=now)
    data: dict[str, Any] = {"from": before, **({"was_drill": True} if was_drill else {})}
    machine.log(case, EventKind.RAISED, now=now, data=data)
    telling.tell_red(case, now=now)
    if unowned:
        telling.tell_operators(case, now=now, urgent=False)
    else:
        telling.tell_owner(case, "dispatch.raised", now=now)


def _begin_chain_again(case: Case, *, now: datetime) -> None:
    """The red plan's own chain takes the place of the yellow one."""
    Step.objects.filter(case=case, state=StepState.PENDING, kind=StepKind.RING).update(
        state=StepState.CANCELLED, finished_at=now
    )


def _no_calls_beside_a_person(case: Case, *, now: datetime) -> None:
    Step.objects.filter(case=case, state=StepState.PENDING, kind=StepKind.AI_CALL).update(
        state=StepState.CANCELLED, finished_at=now
    )
