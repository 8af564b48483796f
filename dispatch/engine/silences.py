"""From lights to cases: a new yellow or red opens one, or joins the one that is open."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case as When
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models import When as If

from accounts.county_settings import setting
from dispatch import machine, opening, opening_many
from dispatch.engine import gates
from dispatch.engine.tally import Tally, drop_broken_connection
from dispatch.models import Case, CaseSignal
from dispatch.rules import AskReason, CloseReason, Light
from households.days import local_day
from households.models import Absence, Household, RiskAssessment
from monitoring import incidents
from monitoring.models import HouseholdState

LIMIT = 500  # in one transaction
MOST = 10_000  # in one pass


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
    """Open a case for each fresh silence, the red ones first, and among them those at most risk.

    In batches; a batch that fails is done one by one, so that one poisoned row holds up nobody.
    """
    tally = Tally()
    fresh = fresh_silences(now).annotate(risk=_risk(now))
    fresh = fresh.order_by(_red_first(), _most_at_risk(), "since", "household_id")
    homes = list(fresh.values_list("household_id", flat=True)[:MOST])
    for first in range(0, len(homes), LIMIT):
        if not tally.has_time:
            break
        part = homes[first : first + LIMIT]
        if len(part) > 1 and _open_batch(part, now, tally):
            continue
        for household_id in part:
            with tally.row("silence"):
                _open_one(household_id, now, tally)
    return tally


def _risk(now: datetime) -> Subquery:
    groups = RiskAssessment.objects.filter(
        household=OuterRef("household_id"), from_date__lte=local_day(now)
    )
    return Subquery(groups.order_by("-from_date", "-id").values("group")[:1])


def _most_at_risk() -> When:
    places = [If(risk=group, then=Value(n)) for n, group in enumerate(("high", "medium", "low"))]
    return When(*places, default=Value(3), output_field=IntegerField())


def _open_batch(homes: list[int], now: datetime, tally: Tally) -> bool:
    """Open all of them in one transaction; False when that failed and nothing was written."""
    try:
        with transaction.atomic():
            rows = HouseholdState.objects.filter(household__in=homes).order_by("household_id")
            free = rows.select_for_update(skip_locked=True).values_list("household_id", flat=True)
            locked = set(free)
            states = fresh_silences(now).filter(household__in=locked).select_related("household")
            states = states.only("light", "since", "assessment", "rests_on", "household",
                                 "household__uid", "household__township")  # fmt: skip
            place = {home: number for number, home in enumerate(homes)}
            fresh = sorted(states, key=lambda state: place[state.household_id])
            cases = opening_many.open_many(fresh, now=now) if fresh else []
            _ask_for_those_who_waited(cases, fresh, now)
    except Exception:  # noqa: BLE001 - each of them is tried again by itself
        drop_broken_connection()
        return False
    for state in fresh:
        tally.add(state.since, now)
    return True


def _ask_for_those_who_waited(
    cases: list[Case], states: list[HouseholdState], now: datetime
) -> None:
    if not list(incidents.still_open()):
        return
    for case, state in zip(cases, states, strict=True):
        if gates.has_waited(state):
            machine.ask_human(machine.lock(case.pk), reason=AskReason.HELD_LONG, now=now)


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
    # From the few open cases to their lights, not from all lights to the cases.
    in_trouble = Case.objects.open().values("household")
    changed = _news().filter(household__in=in_trouble).order_by(_red_first(), "household_id")
    for household_id in changed.values_list("household_id", flat=True)[:LIMIT]:
        if not tally.has_time:
            break
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
