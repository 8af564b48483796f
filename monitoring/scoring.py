"""From readings to lights: every watched home is judged after each delivery and every hour.

Idempotent: scoring twice at the same time changes nothing. One process scores a chunk at a time
(advisory lock), so two workers never write two assessments of one change.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import connection, transaction

from accounts.county_settings import setting
from households import valve
from households.models import Household, RiskGroup
from monitoring import reasons, store, window
from monitoring.detection import RULE_VERSION, evidence, fixed
from monitoring.detection.habits import MIN_DAYS
from monitoring.models import Assessment, HouseholdState, LifeSign, Light
from monitoring.window import Window

CHUNK = 500
SCORING_LOCK = 7_104_002
EASE = 0.5  # a yellow light goes out below half its point, so that it does not flicker


@dataclass(frozen=True)
class Points:
    """The county's two operating points and when data count as missing."""

    yellow: float
    red: float
    grey_after: timedelta

    @classmethod
    def at(cls, now: datetime) -> "Points":
        return cls(
            yellow=setting("monitoring.yellow_point", at=now),
            red=setting("monitoring.red_point", at=now),
            grey_after=timedelta(hours=setting("monitoring.grey_after_hours", at=now)),
        )


@dataclass(frozen=True)
class ScoreResult:
    """How many homes were judged, and how many lights changed."""

    scored: int
    changed: int


def score(*, now: datetime, household_ids: list[int] | None = None) -> ScoreResult:
    """Judge the watched homes (or those of them that are named) at `now`."""
    homes = valve.watched(now)
    if household_ids is not None:
        homes = homes.filter(pk__in=household_ids)
    ids = list(homes.order_by("pk").values_list("pk", flat=True))
    scored = changed = 0
    for part in store.chunks(ids, CHUNK):
        scored += len(part)
        changed += _score_chunk(part, now)
    return ScoreResult(scored, changed)


@transaction.atomic
def _score_chunk(ids: list[int], now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SCORING_LOCK])
    before = HouseholdState.objects.in_bulk(ids)
    groups = dict(
        Household.objects.with_risk_group(on=now.astimezone(window.SEOUL).date())
        .filter(pk__in=ids)
        .values_list("pk", "risk_group")
    )
    points = Points.at(now)
    judged = _Judge(window.read(ids, now=now), points, before, groups, now)
    states = [judged.state(i) for i in range(len(ids))]
    return _store(states, before, judged, now)


class _Judge:
    """Judges the homes of one window. Everything that is per hour is computed for all at once."""

    def __init__(
        self,
        seen: Window,
        points: Points,
        before: dict[int, HouseholdState],
        groups: dict[int, str | None],
        now: datetime,
    ) -> None:
        self.seen, self.points, self.before, self.groups, self.now = (
            seen,
            points,
            before,
            groups,
            now,
        )
        self.sums = evidence.add_up(seen.evidence, held=seen.held, restart=seen.restart)
        self.silent = fixed.silent_hours(seen.evidence, seen.signs, seen.held, seen.restart)
        self.confirmed = _latest_life_signs(seen.ids, now)
        self.absent_until = _absent_until(seen.ids, now)

    def state(self, i: int) -> HouseholdState:
        """The state of home `i`; its assessment is still missing when the light has changed."""
        household = self.seen.ids[i]
        old = self.before.get(household)
        last_sign, until = self._last_sign(i, old), self._data_until(i)
        light, said = self._light(i, old, until, last_sign)
        return HouseholdState(
            household_id=household,
            light=light,
            since=old.since if old and old.light == light else self.now,
            reasons=said,
            last_sign_at=last_sign,
            evidence=round(self._evidence(i), 3),
            silence_hours=float(self.silent[i]),
            computed_at=self.now,
            data_until=until,
            rule_version=RULE_VERSION,
            assessment_id=old.assessment_id if old and old.light == light else None,
        )

    def _evidence(self, i: int) -> float:
        return float(self.sums[i, self.seen.now_hour])

    def _data_until(self, i: int) -> datetime | None:
        hours = np.flatnonzero(self.seen.received[i])
        if not len(hours):
            old = self.before.get(self.seen.ids[i])
            return old.data_until if old else None
        return self.seen.at(int(hours[-1]) + 1)

    def _last_sign(self, i: int, old: HouseholdState | None) -> datetime | None:
        """The latest of: an hour with a sign, somebody's confirmation, what was known before."""
        hours = np.flatnonzero(self.seen.signs[i])
        found = [
            self.seen.at(int(hours[-1])) if len(hours) else None,
            self.confirmed.get(self.seen.ids[i]),
        ]
        if not len(hours) and old is not None:
            found.append(old.last_sign_at)
        return max((at for at in found if at is not None), default=None)

    def _light(
        self, i: int, old: HouseholdState | None, until: datetime | None, last_sign: datetime | None
    ) -> tuple[str, list[str]]:
        held_over = self._by_silence(i, old)
        away = self.absent_until.get(self.seen.ids[i])
        notes = [reasons.away(away)] if away else []
        gap = self._gap(i, until)
        if held_over in (Light.RED, Light.YELLOW):
            # An alarm never turns grey: what is missing cannot take it back.
            hours = float(self.silent[i])
            said = reasons.silence(self.seen, i, last_sign=last_sign, hours=hours)
            if hours < reasons.WORTH_TELLING:
                said.append(reasons.not_yet_usual())
            if gap:
                notes += [gap, reasons.kept(str(Light(held_over).label))]
            return held_over, said + notes
        if gap:
            return Light.GREY.value, [gap, *notes]
        if not self._knows_habits(i):
            notes.append(reasons.learning(int(self.seen.learned[i]), self._limit(i)))
        return Light.GREEN.value, [reasons.as_usual(last_sign, float(self.silent[i])), *notes]

    def _by_silence(self, i: int, old: HouseholdState | None) -> str:
        """Green, yellow or red by silence alone; a lit light eases only when life shows."""
        if not self._knows_habits(i):
            value, yellow = float(self.silent[i]), self._limit(i)
            red = yellow * fixed.RED_FACTOR
        else:
            value, yellow, red = self._evidence(i), self.points.yellow, self.points.red
        if value >= red or (old and old.light == Light.RED and value >= yellow):
            return Light.RED.value
        if value >= yellow or (old and old.light == Light.YELLOW and value >= yellow * EASE):
            return Light.YELLOW.value
        return Light.GREEN.value

    def _knows_habits(self, i: int) -> bool:
        return bool(self.seen.learned[i] >= MIN_DAYS)

    def _limit(self, i: int) -> float:
        group = self.groups.get(self.seen.ids[i]) or RiskGroup.GENERAL
        return fixed.LIMIT_HOURS[group]

    def _gap(self, i: int, until: datetime | None) -> str | None:
        """Why nothing can be known, or None."""
        if until is None or self.now - until > self.points.grey_after:
            return reasons.missing(until)
        last = self.seen.hour_of(until)
        if self.seen.received[i, max(last - 24, 0) : last].mean() < 0.5:
            return reasons.patchy()
        return None


def _latest_life_signs(ids: list[int], now: datetime) -> dict[int, datetime]:
    rows = LifeSign.objects.filter(household__in=ids, at__lte=now).order_by("at")
    return dict(rows.values_list("household_id", "at"))  # of several, the latest stays


def _absent_until(ids: list[int], now: datetime) -> dict[int, datetime]:
    return {
        household: ends
        for household, begins, ends in valve.absences(ids, now, now + timedelta(seconds=1))
        if begins <= now < ends
    }


def _store(
    states: list[HouseholdState], before: dict[int, HouseholdState], judged: _Judge, now: datetime
) -> int:
    """Write the assessments of changed lights and all states; returns the number of changes."""
    changed = [(i, state) for i, state in enumerate(states) if state.assessment_id is None]
    assessments = Assessment.objects.bulk_create(
        Assessment(
            household_id=state.household_id,
            at=now,
            light=state.light,
            evidence=state.evidence,
            silence_hours=state.silence_hours,
            reasons=state.reasons,
            rule_version=state.rule_version,
            point_yellow=judged.points.yellow,
            point_red=judged.points.red,
            inputs_digest=judged.seen.digests[i],
        )
        for i, state in changed
    )
    for (_, state), assessment in zip(changed, assessments, strict=True):
        state.assessment_id = assessment.pk
    fields = [f.attname for f in HouseholdState._meta.concrete_fields if not f.primary_key]
    HouseholdState.objects.bulk_create(
        states,
        update_conflicts=True,
        unique_fields=["household"],
        update_fields=[name.removesuffix("_id") for name in fields],
    )
    return len(changed)
