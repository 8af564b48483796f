"""Small helpers for tests of the engine: lights, the telephone company, invariants."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import models
from django.test import Client
from django.urls import reverse
from twilio.request_validator import RequestValidator

from dispatch import engine
from dispatch.models import CallAttempt, Case, StaffCall, Step, StepKind, StepState
from dispatch.rules import CaseState, EventKind
from households.models import Household
from monitoring.models import Assessment, HouseholdState

MINUTE = timedelta(minutes=1)
_sids = count(1)

_PLAIN: dict[type, Any] = {
    models.FloatField: 0.5,
    models.IntegerField: 1,
    models.PositiveSmallIntegerField: 1,
    models.SmallIntegerField: 1,
    models.CharField: "시험",
    models.TextField: "시험",
    models.JSONField: [],
    models.BinaryField: b"",
    models.BooleanField: False,
}


def _filled(model: type[models.Model], now: datetime, known: dict[str, Any]) -> dict[str, Any]:
    """Values for the columns of monitoring that this floor does not read."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.name in known or field.primary_key or field.null or field.has_default():
            continue
        if isinstance(field, models.DateTimeField):
            values[field.name] = now
        elif type(field) in _PLAIN:
            values[field.name] = _PLAIN[type(field)]
    return {**values, **known}


def set_light(
    household: Household, light: str, *, now: datetime, rests_on: tuple[str, ...] = ()
) -> Assessment:
    """Monitoring decides on a light: a new assessment, and the current state points to it."""
    known = {"household": household, "light": light, "at": now, "rests_on": list(rests_on)}
    assessment = Assessment.objects.create(**_filled(Assessment, now, known))
    state = {
        "light": light,
        "since": now,
        "computed_at": now,
        "assessment": assessment,
        "rests_on": list(rests_on),
    }
    defaults = _filled(HouseholdState, now, {**state, "household": household})
    del defaults["household"]
    HouseholdState.objects.update_or_create(household=household, defaults=defaults)
    return assessment


def set_lights(homes: Sequence[int], light: str, *, now: datetime) -> None:
    """As set_light, of many homes that had none, in two statements."""
    known = {"light": light, "at": now, "rests_on": []}
    filled = _filled(Assessment, now, {**known, "household": None})
    del filled["household"]
    made = Assessment.objects.bulk_create(Assessment(**filled, household_id=home) for home in homes)
    state = {"light": light, "since": now, "computed_at": now, "rests_on": []}
    filled = _filled(HouseholdState, now, {**state, "household": None, "assessment": None})
    del filled["household"], filled["assessment"]
    HouseholdState.objects.bulk_create(
        HouseholdState(**filled, household_id=one.household_id, assessment=one) for one in made
    )


def kinds(case: Case) -> list[str]:
    """The case's log in order."""
    return list(case.events.order_by("id").values_list("kind", flat=True))


def reasons(case: Case) -> list[str]:
    """Why the case was handed to people, in order."""
    asked = case.events.filter(kind=EventKind.HUMAN_ASKED).order_by("id")
    return [data["reason"] for data in asked.values_list("data", flat=True)]


def fresh(case: Case) -> Case:
    return Case.objects.select_related("household", "owner").get(pk=case.pk)


def sweep(now: datetime) -> engine.SweepReport:
    """One pass that must be clean."""
    report = engine.sweep(now=now)
    assert report.clean, [part for part in report.parts if part.fault]
    return report


def next_due(after: datetime) -> datetime | None:
    """When the engine has something to do again; None when it never has."""
    open_, live = Case.objects.open(), {"ended_at__isnull": True, "check_at__gt": after}
    times = [
        Step.objects.filter(state=StepState.PENDING, due_at__gt=after).values_list("due_at"),
        open_.filter(next_action_at__gt=after).values_list("next_action_at"),
        CallAttempt.objects.filter(**live).values_list("check_at"),
        StaffCall.objects.filter(**live).values_list("check_at"),
    ]
    return min((at for (at,) in times[0].union(*times[1:])), default=None)


def play(
    since: datetime, until: datetime, *, then: Callable[[datetime], None] = lambda at: None
) -> None:
    """Sweep at each moment of [since, until] at which something falls due, and now and then in
    between: what the beat does every two seconds, without its idle passes. `then`: what happens
    after each."""
    at = since
    while at <= until:
        sweep(at)
        then(at)
        check_invariants()
        at = min(next_due(at) or until + MINUTE, at + IDLE)


IDLE = 10 * MINUTE


def check_invariants() -> None:
    """What must hold after every event, whatever the order."""
    for case in Case.objects.all():
        assert case.state in CaseState.values
        assert case.events.exists(), "a state without an event"
        if not case.is_open:
            assert case.closed_at is not None
            assert not case.steps.filter(state=StepState.PENDING).exists()
            continue
        assert case.next_action_at is not None
        if case.state == CaseState.AI_CALL:
            moving = case.steps.filter(state__in=[StepState.PENDING, StepState.RUNNING])
            assert moving.exists() or case.calls.filter(ended_at__isnull=True).exists()
        if case.state == CaseState.CLAIMED:
            assert case.owner_id is not None
            assert case.lease_until is not None
        if case.state == CaseState.WAITING:
            moving = case.steps.filter(state__in=[StepState.PENDING, StepState.RUNNING])
            assert moving.filter(kind=StepKind.RING).exists(), "nobody will be rung"
        else:
            assert not case.steps.filter(kind=StepKind.RING, state=StepState.PENDING).exists()
    for step in Step.objects.filter(state=StepState.RUNNING):
        calls = step.staff_calls if step.kind == StepKind.RING else step.calls
        assert calls.filter(ended_at__isnull=True).exists(), "a running step without a call"
    rung = StaffCall.objects.filter(ended_at__isnull=True).values_list("user", flat=True)
    assert len(rung) == len(set(rung)), "two live calls to one member of staff"
    live = CallAttempt.objects.filter(ended_at__isnull=True).values_list("household", flat=True)
    assert len(live) == len(set(live)), "two live calls to one person"


class Company:
    """The telephone company's webhooks, signed, without a network: for orders that no real
    company would produce on demand."""

    def __init__(self, client: Client, token: str, base: str) -> None:
        self.client = client
        self.validator = RequestValidator(token)
        self.base = base

    def post(
        self, name: str, attempt: CallAttempt, *, query: str = "", sid: str = "", **params: str
    ) -> Any:
        path = reverse(f"dispatch:{name}", args=[attempt.token]) + query
        params = {"CallSid": sid or attempt.sid or f"CA{next(_sids):032d}", **params}
        signature = self.validator.compute_signature(self.base + path, params)
        return self.client.post(path, params, headers={"X-Twilio-Signature": signature})

    def voice(self, attempt: CallAttempt, **params: str) -> Any:
        return self.post("voice", attempt, CallStatus="in-progress", **params)

    def answers(self, attempt: CallAttempt, *, round_: int = 1, **params: str) -> Any:
        return self.post("voice_answer", attempt, query=f"?round={round_}", **params)

    def status(self, attempt: CallAttempt, status: str, sequence: int = 0, **params: str) -> Any:
        params = {"CallStatus": status, "SequenceNumber": str(sequence), **params}
        return self.post("voice_status", attempt, **params)
