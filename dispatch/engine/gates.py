"""Feed gates: a case that rests on one feed alone waits while that feed is out of order.

A power cut must not ring forty people, and must not hide the one who fell before it: a held case
is shown as held, anybody may take it, it is released with a fresh look at the light, and after
some hours (`dispatch.hold_hours`) it goes to the desk whatever the feed does. Nothing closes here.

Never held: a light that rests on two feeds, whoever asked for help or answered, what a person
opened, noted or took, and what the ladder has already brought to a person.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.county_settings import setting
from dispatch import machine, opening, telling
from dispatch.engine import alive
from dispatch.engine.tally import Tally
from dispatch.models import CallAttempt, Case, CaseEvent, CaseSignal
from dispatch.rules import AskReason, CaseState, EventKind, Light, ReleaseReason
from households.models import Feed
from monitoring import incidents, scoring
from monitoring.models import Assessment, FeedIncident, HouseholdState
from monitoring.models import Light as AnyLight

LIMIT = 200
Release = Callable[[Case, datetime], None]
_URGENT = ("-priority", "opened_at", "id")

# A person has worked on the case or the resident has spoken: it is theirs, not a feed's.
_PERSONAL = (
    EventKind.CLAIMED,
    EventKind.NOTED,
    EventKind.CALL_RECORDED,
    EventKind.ANSWERED,
    EventKind.VISIT_ASSIGNED,
)


def pass_through(now: datetime) -> Tally:
    """Release what need not wait any longer, then hold what must."""
    tally = Tally()
    _release(now, tally)
    for incident in incidents.still_open():
        _hold(incident, now, tally)
    return tally


def longest(now: datetime) -> timedelta:
    return timedelta(hours=setting("dispatch.hold_hours", at=now))


# ── holding ──────────────────────────────────────────────────────────────────
def holdable(incident: FeedIncident, *, now: datetime) -> QuerySet[Case]:
    """Open cases that rest on this feed alone, in its area, and are nobody's but the engine's."""
    alone = [incident.feed]
    of_case = {"case": OuterRef("pk")}
    lit = Q(assessment__light__in=Light.values)
    others = CaseSignal.objects.filter(lit, **of_case).exclude(assessment__rests_on=alone)
    events = CaseEvent.objects.filter(**of_case)
    asked = events.filter(kind=EventKind.HUMAN_ASKED).exclude(data__reason=AskReason.RED)
    freed = events.filter(kind=EventKind.FEED_RELEASED).exclude(
        data__reason=ReleaseReason.FEED_BACK
    )
    # The hours of all holds count together: trouble that comes and goes does not hold for ever.
    spent = events.filter(kind=EventKind.FEED_HELD, at__lte=now - longest(now))
    ringing = CallAttempt.objects.filter(ended_at__isnull=True, **of_case)
    here = Q() if incident.township_id is None else Q(household__township=incident.township_id)
    return (
        Case.objects.filter(here, state__in=[CaseState.AI_CALL, CaseState.WAITING])
        .filter(held_by=None, owner=None, opened_by=None, answer="", drill=False)
        .filter(assessment__rests_on=alone)
        .filter(~Exists(others), ~Exists(events.filter(kind__in=_PERSONAL)), ~Exists(asked))
        .filter(~Exists(freed), ~Exists(spent), ~Exists(ringing))
        .filter(~Exists(_lit_otherwise(alone)))
    )


def _lit_otherwise(alone: list[str]) -> QuerySet[HouseholdState]:
    """The light of the case's household, if it rests on another feed by now."""
    lit = HouseholdState.objects.filter(household=OuterRef("household"), light__in=Light.values)
    return lit.exclude(rests_on=alone)


def _hold(incident: FeedIncident, now: datetime, tally: Tally) -> None:
    fitting = holdable(incident, now=now).order_by("id")
    for case_id in fitting.values_list("pk", flat=True)[:LIMIT]:
        if not tally.has_time:
            break
        with tally.row("hold"), transaction.atomic():
            case = machine.lock_first(Case.objects.filter(pk=case_id))
            # Again under the lock: somebody may have taken it, or the resident may have answered.
            if case is not None and fitting.filter(pk=case_id).exists():
                machine.hold(case, incident, until=_until(case, now), now=now)
                tally.add(None, now)


def _until(case: Case, now: datetime) -> datetime:
    """The longest hold counts from the first one of the case."""
    first = case.events.filter(kind=EventKind.FEED_HELD, at__lte=now).order_by("at").first()
    return (first.at if first else now) + longest(now)


# ── releasing ────────────────────────────────────────────────────────────────
def _held() -> QuerySet[Case]:
    return Case.objects.filter(held_by__isnull=False)


def _release(now: datetime, tally: Tally) -> None:
    _each(_held().filter(_is_over(now)), _too_long, now, tally)
    _each(_held().filter(_rests_elsewhere()), _other_sign, now, tally)


RE_CHECK_LOCK = 1
LOCK_PATIENCE = "250ms"
STATEMENT_PATIENCE = "5s"


def re_check(now: datetime) -> Tally:
    """Cases whose feed is back: a fresh look at the light, then they go on.

    The last part of the sweep, in one worker at a time, because looking takes a while and waits
    for whoever judges the same homes: a short while, then another pass tries again. Whatever
    fails, they stay held and the longest hold still ends.
    """
    tally = Tally()
    back = _held().filter(held_by__closed_at__isnull=False)
    homes = list(back.order_by(*_URGENT).values_list("household_id", flat=True)[:LIMIT])
    if not homes:
        return tally
    with tally.row("re-check"):
        if _look_again(homes, now):
            _each(back.filter(household__in=homes), _feed_back, now, tally)
    return tally


@transaction.atomic
def _look_again(homes: list[int], now: datetime) -> bool:
    """Whether the homes were judged; False when somebody else is at it."""
    if not alive.only_here(RE_CHECK_LOCK, alive.PART):
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, true),"
                " set_config('statement_timeout', %s, true)",
                [LOCK_PATIENCE, STATEMENT_PATIENCE],
            )
            scoring.score(now=now, household_ids=homes)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


LOCK_NOT_AVAILABLE = "55P03"


def _is_over(now: datetime) -> Q:
    """Held for as long as may be, or from a moment that is still to come: the clock was set back,
    and nobody can measure such a hold."""
    return Q(held_until__lte=now) | Q(held_at__gt=now)


def _rests_elsewhere() -> Q:
    """The light of the household rests on a feed that does not hold the case."""
    found = Q()
    for feed in Feed.values:
        only = Q(household__monitoring_state__rests_on__contained_by=[feed])
        found |= Q(held_by__feed=feed) & ~only
    return found & Q(household__monitoring_state__light__in=Light.values)


def _each(cases: QuerySet[Case], release: Release, now: datetime, tally: Tally) -> None:
    """Each as it is under its lock; what another worker has locked is left to it."""
    for pk in list(cases.order_by(*_URGENT).values_list("pk", flat=True)[:LIMIT]):
        if not tally.has_time:
            break
        with tally.row("release"), transaction.atomic():
            case = machine.lock_first(cases.filter(pk=pk))
            if case is not None:
                tally.add(case.held_until, now)
                release(case, now)


def _too_long(case: Case, now: datetime) -> None:
    """The desk decides; also when the clock stands before the hold, which nobody can measure."""
    light = _light(case)
    machine.let_go(case, reason=ReleaseReason.TOO_LONG, now=now, light=light)
    raised = light == Light.RED and case.light != Light.RED
    if raised:  # the hold kept this from being said (opening.join)
        opening.raise_to_red(case, now=now)
    before = case.state
    machine.ask_human(case, reason=AskReason.HELD_LONG, now=now)
    if before == CaseState.WAITING and not raised:
        telling.tell_operators(case, now=now, urgent=False)


def _other_sign(case: Case, now: datetime) -> None:
    machine.let_go(case, reason=ReleaseReason.OTHER_SIGN, now=now, light=_light(case))
    _go_on(case, now)


def _feed_back(case: Case, now: datetime) -> None:
    machine.let_go(case, reason=ReleaseReason.FEED_BACK, now=now, light=_light(case))
    _go_on(case, now)


def _go_on(case: Case, now: datetime) -> None:
    """Red goes up, everything else goes on from where it stood. A light that is green again still
    ends with the resident's own answer or a person: returning data may be the fridge."""
    if _light(case) == Light.RED and case.light != Light.RED:
        opening.raise_to_red(case, now=now)
    elif case.state == CaseState.WAITING:
        telling.tell_operators(case, now=now, urgent=False)


def _light(case: Case) -> str:
    lights = HouseholdState.objects.filter(household_id=case.household_id)
    return lights.values_list("light", flat=True).first() or ""


# ── silences that have no case yet ───────────────────────────────────────────
def waiting(now: datetime) -> Q:
    """HouseholdStates whose light rests on a feed that is out of order: no case yet.

    For as long as a case would be held, counted from the first light of this silence, whatever
    colours followed without a green between; then a case opens all the same.
    """
    standing = list(incidents.still_open())
    if not standing:
        return Q(pk__in=[])
    found = Q()
    for incident in standing:
        found |= _covered(incident)
    begin = now - longest(now)
    return found & Q(since__gt=begin, since__lte=now) & ~Q(Exists(_lit_by(begin)))


def _lit_by(moment: datetime) -> QuerySet[Assessment]:
    """A light of the household that burnt at `moment`, if it has not been green since."""
    mine = Assessment.objects.filter(household=OuterRef("household_id"))
    green = mine.filter(light=AnyLight.GREEN, at__gt=OuterRef("at"))
    return mine.filter(~Exists(green), light__in=Light.values, at__lte=moment)


def has_waited(state: HouseholdState) -> bool:
    """Whether this light waited for its feed in vain: a person looks at its case."""
    return any(
        HouseholdState.objects.filter(_covered(incident), pk=state.pk).exists()
        for incident in incidents.still_open()
    )


def _covered(incident: FeedIncident) -> Q:
    alone = Q(rests_on=[incident.feed])
    if incident.township_id is None:
        return alone
    return alone & Q(household__township=incident.township_id)
