"""From lights to cases: a new yellow or red opens one, or joins the one that is open."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case as When
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models import When as If

from accounts.county_settings import setting
from dispatch import machine, opening
from dispatch.engine import gates
from dispatch.engine.tally import Tally
from dispatch.models import Case, CaseSignal
from dispatch.rules import AskReason, CloseReason, Light
from households.models import Absence, Household
from monitoring.models import HouseholdState

LIMIT = 500


def _handled() -> Exists:
    """Whether the assessment of the current light belongs to a case."""
    return Exists(CaseSignal.objects.filter(assessment=OuterRef("assessment")))


def _open_case() -> QuerySet[Case]:
    return Case.objects.open().filter(household=OuterRef("household_id"))


def fresh_silences(now: datetime) -> QuerySet[HouseholdState]:
    """Yellow and red lights that ask for a case: watched, not away, not handled, none open.

    An absence holds only the case back; the light is recorded, and when the absence ends the same
    light still asks here. So does a light that outlives its case: nobody saw the person, or saw
    them before the silence began anew. One that rests on a feed out of order waits for that feed,
    for some hours (docs/decisions/0009).
    """
    away = Absence.objects.away_at(now).filter(household=OuterRef("household_id"))
    watched = Household.objects.watched()
    return (
        HouseholdState.objects.filter(light__in=Light.values, assessment__isnull=False)
        .filter(~_handled() | _outlived(now), household__in=watched)
        .filter(~Exists(away), ~Exists(_open_case()), ~gates.waiting(now))
        .order_by(_red_first(), "since", "household_id")
    )


def _outlived(now: datetime) -> Q:
    """The last case of the household was closed long enough ago and the light still burns."""
    pause = timedelta(hours=setting("dispatch.again_hours", at=now))
    mine = Case.objects.filter(household=OuterRef("household_id"))
    lately = mine.filter(closed_at__gt=now - pause)
    dead = mine.filter(close_reason=CloseReason.DEATH)
    return Q(~Exists(lately) & ~Exists(dead))


def _red_first() -> When:
    return When(If(light=Light.RED, then=Value(0)), default=Value(1), output_field=IntegerField())


def open_cases(now: datetime) -> Tally:
    """Open a case for each fresh silence, the red ones first."""
    tally = Tally()
    for household_id in fresh_silences(now).values_list("household_id", flat=True)[:LIMIT]:
        with tally.row("silence"):
            _open_one(household_id, now, tally)
    return tally


def _open_one(household_id: int, now: datetime, tally: Tally) -> None:
    """Under the lock of the state row, so that two workers do not open two; the database would
    refuse the second anyway."""
    try:
        with transaction.atomic():
            state = _locked_state(household_id, now)
            if state is None:
                return
            case = opening.open_new(
                household=state.household,
                light=state.light,
                assessment=state.assessment,
                now=now,
            )
            if gates.has_waited(state):
                machine.ask_human(case, reason=AskReason.HELD_LONG, now=now)
            tally.add(state.since, now)
    except IntegrityError:
        # Opened by hand in this very moment; anything else is a fault.
        if not Case.objects.open().filter(household_id=household_id).exists():
            raise


def _locked_state(household_id: int, now: datetime) -> HouseholdState | None:
    """The state, locked, if it still asks for a case. Two statements: see machine.lock."""
    row = HouseholdState.objects.filter(household_id=household_id).only("pk")
    if row.select_for_update(skip_locked=True).first() is None:
        return None
    states = fresh_silences(now).filter(household_id=household_id)
    return states.select_related("household", "assessment").first()


def _news() -> QuerySet[HouseholdState]:
    return HouseholdState.objects.filter(~_handled(), assessment__isnull=False)


def join_signals(now: datetime) -> Tally:
    """A light that changed while a case is open joins it; red raises it."""
    tally = Tally()
    changed = _news().filter(Exists(_open_case())).order_by(_red_first(), "household_id")
    for household_id in changed.values_list("household_id", flat=True)[:LIMIT]:
        with tally.row("signal"), transaction.atomic():
            _join_one(household_id, now, tally)
    return tally


def _join_one(household_id: int, now: datetime, tally: Tally) -> None:
    case = machine.lock_first(Case.objects.open().filter(household_id=household_id))
    if case is None:
        return
    state = _news().select_related("assessment").filter(household_id=household_id).first()
    if state is not None and state.assessment is not None:
        opening.join(case, state.assessment, now=now)
        tally.add(state.since, now)
