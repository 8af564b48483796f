"""Opening hundreds of cases in one transaction: what opening.open_new does for one.

A mass event (a district without power and without telephones) makes thousands of lights in a
minute. One by one they would open slower than the line rings, and the order of risk would be lost.
A test compares the rows of both ways.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from dispatch import machine, plan, telling
from dispatch.models import Case, CaseCounter, CaseEvent, CaseSignal, Step, StepKind, StepState
from dispatch.plans import in_force
from dispatch.rules import CASE, NEW, AskReason, CaseDo, CaseState, EventKind, Light, priority
from households.days import local_day
from households.models import RiskAssessment
from monitoring.models import HouseholdState


def open_many(states: Sequence[HouseholdState], *, now: datetime) -> list[Case]:
    """Open a case for each of these (locked, fresh) lights, in this order.

    The caller holds the transaction. IntegrityError when one household has an open case.
    """
    homes = [state.household_id for state in states]
    groups = groups_of(homes, now=now)
    before = _last_cases(homes)
    county = in_force(now)
    frozen = {
        key: plan.make(light=key[0], now=now, group=key[1], county=county)
        for key in {(state.light, groups.get(state.household_id)) for state in states}
    }
    numbers = _numbers(len(states), now)
    cases = []
    for state, number in zip(states, numbers, strict=True):
        group = groups.get(state.household_id)
        previous = before.get(state.household_id)
        cases.append(
            _case(state, frozen[state.light, group], group, number, previous and previous[0], now)
        )
    steps = _steps(cases, now)
    Case.objects.bulk_create(cases)
    Step.objects.bulk_create(steps)
    _signals(cases, now)
    numbers_before = {home: number for home, (_pk, number) in before.items()}
    CaseEvent.objects.bulk_create(
        event for case in cases for event in _events(case, numbers_before, now)
    )
    _tell(cases, states, now)
    return cases


def groups_of(homes: Sequence[int], *, now: datetime) -> dict[int, str]:
    """The survey's groups in force today."""
    latest = (
        RiskAssessment.objects.filter(household__in=homes, from_date__lte=local_day(now))
        .order_by("household_id", "-from_date", "-id")
        .distinct("household_id")
    )
    return dict(latest.values_list("household_id", "group"))


def _last_cases(homes: Sequence[int]) -> dict[int, tuple[int, str]]:
    last = (
        Case.objects.filter(household__in=homes)
        .order_by("household_id", "-opened_at", "-id")
        .distinct("household_id")
    )
    return {home: (pk, number) for home, pk, number in
            last.values_list("household_id", "pk", "number")}  # fmt: skip


def _numbers(count: int, now: datetime) -> list[str]:
    """So many gapless numbers of the Seoul year; the counter's row lock is held until commit."""
    year = timezone.localtime(now).year
    CaseCounter.objects.get_or_create(year=year, defaults={"last": 0})
    CaseCounter.objects.filter(year=year).update(last=F("last") + count)
    last = CaseCounter.objects.get(year=year).last
    return [f"{year}-{number:04d}" for number in range(last - count + 1, last + 1)]


def _case(
    state: HouseholdState,
    frozen: dict[str, object],
    group: str | None,
    number: str,
    previous: int | None,
    now: datetime,
) -> Case:
    red = state.light == Light.RED
    case = Case(
        number=number,
        household_id=state.household_id,
        state=CASE[NEW, CaseDo.OPEN_RED if red else CaseDo.OPEN_YELLOW],
        light=state.light,
        opened_light=state.light,
        assessment_id=state.assessment_id,
        opened_at=now,
        raised_at=now if red else None,
        plan=frozen,
        priority=priority(light=state.light, risk_group=group),
        next_action_at=now,
        previous_id=previous,
    )
    if red:
        machine.enter_queue(case, now=now)
    return case


def _steps(cases: Sequence[Case], now: datetime) -> list[Step]:
    """The rungs of all, and the first link of those that wait for a person already."""
    found = []
    for case in cases:
        rows = plan.step_rows(case, case.plan, after=0, now=now)
        if case.state == CaseState.WAITING:
            who, due = plan.first_link(case.plan, since=now)
            rows.append(Step(case=case, seq=len(rows) + 1, kind=StepKind.RING, who=who, due_at=due))
        else:
            pending = (row.due_at for row in rows if row.state == StepState.PENDING)
            case.next_action_at = min(pending, default=now)
        found += rows
    return found


def _signals(cases: Sequence[Case], now: datetime) -> None:
    """The signal of a light that outlived its case stays with that case."""
    CaseSignal.objects.bulk_create(
        (
            CaseSignal(case=case, assessment_id=case.assessment_id, at=now)
            for case in cases
            if case.assessment_id is not None
        ),
        ignore_conflicts=True,
    )


def _events(case: Case, before: dict[int, str], now: datetime) -> list[CaseEvent]:
    data = {"light": case.light, "previous": before.get(case.household_id)}
    events = [CaseEvent(case=case, at=now, kind=EventKind.OPENED, data=data)]
    if case.light == Light.RED:
        asked = {"reason": AskReason.RED.value, "from": NEW}
        events.append(CaseEvent(case=case, at=now, kind=EventKind.HUMAN_ASKED, data=asked))
    elif (until := plan.quiet_until(case.plan["quiet"], now)) is not None:
        held = {"until": until.isoformat()}
        events.append(CaseEvent(case=case, at=now, kind=EventKind.HELD, data=held))
    return events


def _tell(cases: Sequence[Case], states: Sequence[HouseholdState], now: datetime) -> None:
    red: dict[str, list[telling.About]] = defaultdict(list)
    for case, state in zip(cases, states, strict=True):
        if case.light == Light.RED:
            home = state.household
            red[home.township_id].append((telling.case_path(case), str(home.uid)))
    for township, about in red.items():
        telling.tell_red_many(township, about, now=now)
    telling.tell_operators_many([one for about in red.values() for one in about], now=now)
