"""The evidence of one home over the last days, hour by hour, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from monitoring import hours
from monitoring.models import Basis, EvidenceDay, HouseholdState
from monitoring.scoring import memory, points
from monitoring.scoring.memory import UNKNOWN
from monitoring.scoring.rule import rules

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Curve:
    """`evidence` (days * 24,) from `first` on, NaN where nothing came or nothing was judged yet.

    `yellow`, `red`: the points in force now. `until`: end of the newest judged hour. `crossed_at`:
    when the present stay above yellow began, None while it is below. For homes judged by their
    habits; of newcomers (`basis` not learned) it says nothing about the light.
    """

    first: datetime
    evidence: Floats
    yellow: float
    red: float
    until: datetime | None
    crossed_at: datetime | None
    basis: str
    rule: str


def evidence_curve(
    household_id: int, *, now: datetime, days: int = 14, rule: str | None = None
) -> Curve:
    """The last `days` days up to now, by the live rule or by a named one that ran beside it."""
    known = rules()
    wanted = rule or known.live.version
    today = hours.hour_of(now) // hours.DAY
    first = today - days + 1
    found = np.full((days, hours.DAY), np.nan, np.float32)
    rows = EvidenceDay.objects.filter(
        household_id=household_id, rule=wanted, day__gte=hours.day_of(first)
    )
    for day, stored in rows.values_list("day", "evidence"):
        place = hours.number_of(day) - first
        if place < days:
            found[place] = np.frombuffer(stored, "<f4")
    mind = memory.load(np.array([household_id], np.int64))
    until = _of_today(mind, found, first, shadow=wanted != known.live.version)
    state = HouseholdState.objects.filter(household_id=household_id).first()
    yellow, red = _points(mind, now)
    flat = found.reshape(-1)
    return Curve(
        first=hours.begin_of(first * hours.DAY),
        evidence=flat,
        yellow=yellow,
        red=red,
        until=None if until == UNKNOWN else hours.begin_of(until),
        crossed_at=_crossed(flat, yellow, first * hours.DAY),
        basis=state.basis if state else Basis.FIXED.value,
        rule=wanted,
    )


def _of_today(mind: memory.Memory, found: Floats, first: int, *, shadow: bool) -> int:
    """The hours of the day that is not over stand in the memory; returns the next hour."""
    until = int(mind.until[0])
    day = until // hours.DAY
    if until == UNKNOWN or not 0 <= day - first < len(found) or until % hours.DAY == 0:
        return until
    ring = mind.kept["beside"][0] if shadow else mind.kept["hot"]["ring_evidence"][0]
    count = until % hours.DAY
    came = mind.kept["received"][0] >> np.arange(count - 1, -1, -1, dtype=np.uint32) & 1
    found[day - first, :count] = np.where(came, ring[:count], np.nan)
    return until


def _points(mind: memory.Memory, now: datetime) -> tuple[float, float]:
    from monitoring.scoring import risk_groups

    group = int(risk_groups(mind.ids, now)[0])
    known = points.Points.at(now, rules().live)
    which = int(points.alone(mind.kept["hot"]["gap"])[0])
    return float(known.yellow[which, group]), float(known.red[which, group])


def _crossed(evidence: Sequence[float] | Floats, yellow: float, first: int) -> datetime | None:
    """Hours that did not come are passed over: they neither raise nor lower it."""
    known = np.flatnonzero(np.isfinite(evidence))
    above = np.asarray(evidence)[known] >= yellow
    if not len(known) or not above[-1]:
        return None
    below = np.flatnonzero(~above)
    begin = known[below[-1] + 1] if len(below) else known[0]
    return hours.begin_of(first + int(begin))
