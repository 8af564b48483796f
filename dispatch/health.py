"""An auditor with queries of its own: it asks the tables, not the engine, whether all is well."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from dispatch import heartbeat
from dispatch.models import CallAttempt, Case, CaseEvent, Step, StepState, SweepPulse
from dispatch.rules import Light
from monitoring.models import HouseholdState

SLACK = timedelta(minutes=2)
"""Rows later than this are a fault, not a queue."""
OLD_CALL = timedelta(minutes=45)


@dataclass(frozen=True)
class Audit:
    """Counts of what should not be there, and the pulse. All zero and a young pulse: healthy."""

    overdue_steps: int
    dead_leases: int
    unfinished_calls: int
    overdue_cases: int
    cases_without_event: int
    reds_without_case: int  # handled once, closed, and still red: a person should look again
    sweep_age_s: float | None
    faults: list[str]

    @property
    def healthy(self) -> bool:
        return not (
            self.overdue_steps
            or self.dead_leases
            or self.unfinished_calls
            or self.overdue_cases
            or self.cases_without_event
            or self.faults
        )

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def audit(*, now: datetime) -> Audit:
    """Look at everything that should move. `now` is programme time."""
    late = now - SLACK
    logged = CaseEvent.objects.filter(case=OuterRef("pk"))
    open_cases = Case.objects.open()
    of_household = open_cases.filter(household=OuterRef("household_id"))
    pulse = SweepPulse.objects.filter(pk=1).first()
    return Audit(
        overdue_steps=Step.objects.filter(
            Q(case__held_until=None) | Q(case__held_until__lt=late),
            state=StepState.PENDING,
            due_at__lt=late,
        ).count(),
        dead_leases=Step.objects.filter(state=StepState.RUNNING, lease_until__lt=late).count(),
        unfinished_calls=CallAttempt.objects.filter(
            ended_at__isnull=True, created_at__lt=now - OLD_CALL
        ).count(),
        overdue_cases=open_cases.filter(next_action_at__lt=late).count(),
        cases_without_event=Case.objects.filter(~Exists(logged)).count(),
        reds_without_case=HouseholdState.objects.filter(
            ~Exists(of_household), light=Light.RED, household__in=_watched()
        ).count(),
        sweep_age_s=heartbeat.sweep_age_seconds(),
        faults=[part["name"] for part in pulse.parts if part["fault"]] if pulse else [],
    )


def _watched() -> object:
    from households.models import Household

    return Household.objects.watched()
