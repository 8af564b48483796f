"""Homes whose life, and whose silence, nobody can mistake; written straight into the store.

life = Life(days=75)                      # power, calls and app of somebody who lives regularly
life.quiet(from_day=-3)                   # from 00:00 three days before the last day
put(household, life, now)                 # what had come by `now`
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from households.days import local_day
from monitoring import runs, standing
from monitoring.models import HouseholdState, SignalDay
from monitoring.partitions import ensure_partitions
from monitoring.store import pack

DAYS = 75
POWER = ("power",)
TELECOM = ("calls_out", "sms_out")
APP = ("unlock", "screen_on", "steps")
AWAKE = (7, 8, 9, 12, 13, 18, 19, 20, 21)
IDLE_KWH = 0.06


@dataclass
class Life:
    """Metrics of one home, each (days, 24); the last day is today."""

    days: int = DAYS
    seed: int = 1
    metrics: tuple[str, ...] = POWER
    values: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        shape = (self.days, 24)
        awake = np.zeros(24, bool)
        awake[list(AWAKE)] = True
        power = IDLE_KWH + 0.01 * rng.random(shape)
        power += awake * rng.uniform(0.25, 1.0, shape)
        self._idle = IDLE_KWH + 0.01 * rng.random(shape)
        self.values = {}
        for metric in self.metrics:
            if metric == "power":
                found = power
            elif metric == "steps":
                found = awake * rng.integers(50, 600, shape)
            else:
                found = awake * rng.integers(1, 6, shape)
            self.values[metric] = found.astype(np.float32)

    def quiet(self, day: int, hour: int = 0, *, metrics: Iterable[str] | None = None) -> "Life":
        """Nobody acts from `hour` of `day` on (days as in Python: -1 is today)."""
        for metric in metrics or self.metrics:
            still = self._idle if metric == "power" else np.zeros((self.days, 24))
            flat, quiet = self.values[metric].reshape(-1), still.astype(np.float32).reshape(-1)
            first = (day % self.days) * 24 + hour
            flat[first:] = quiet[first:]
        return self

    def stuck(self, day: int, hour: int, kwh: float = 0.9) -> "Life":
        """Something large is left running and nobody acts: the level is high and never changes."""
        self.quiet(day, hour)
        flat = self.values["power"].reshape(-1)
        flat[(day % self.days) * 24 + hour :] += np.float32(kwh)
        return self

    def missing(self, day: int, hour: int = 0, *, metrics: Iterable[str] | None = None) -> "Life":
        """Nothing came from there on."""
        for metric in metrics or self.metrics:
            self.values[metric].reshape(-1)[(day % self.days) * 24 + hour :] = np.nan
        return self


def put(
    household,
    life: Life,
    now: datetime,
    *,
    metrics: Iterable[str] | None = None,
    until: datetime | None = None,
    touch: bool = True,
) -> None:
    """Stores what had come by `until` (default `now`), in place of what is there; tells the
    scoring which hours changed, as the intake does."""
    today = local_day(now)
    first = today - timedelta(days=life.days - 1)
    hours = _hours_until(until or now, first)
    ensure_partitions(first, today)
    changed: list[datetime] = []
    for metric in metrics or life.metrics:
        values = life.values[metric].reshape(-1).copy()
        values[hours:] = np.nan
        changed += _replace(household.pk, metric, first, values.reshape(-1, 24))
    if touch and changed:
        runs.touch([household.pk], min(changed))


def _hours_until(at: datetime, first: date) -> int:
    from households.days import day_start

    return int((at - day_start(first)) // timedelta(hours=1))


def _replace(household_id: int, metric: str, first: date, values: np.ndarray) -> list[datetime]:
    """Start of the first hour that differs from what was stored, if any."""
    from households.days import day_start

    rows = SignalDay.objects.filter(household_id=household_id, metric=metric)
    before = {row.day: np.frombuffer(row.values, "<f4") for row in rows}
    rows.delete()
    changed: list[datetime] = []
    fresh = []
    for nth, day_values in enumerate(values):
        day = first + timedelta(days=nth)
        old = before.get(day, np.full(24, np.nan, np.float32))
        same = (old == day_values) | (np.isnan(old) & np.isnan(day_values))
        if not same.all() and not changed:
            changed.append(day_start(day) + timedelta(hours=int(same.argmin())))
        if np.isfinite(day_values).any():
            fresh.append(
                SignalDay(
                    day=day, household_id=household_id, metric=metric, values=pack(day_values)
                )
            )
    SignalDay.objects.bulk_create(fresh)
    return changed


def light_of(household) -> str:
    return HouseholdState.objects.get(household=household).light


def state_of(household) -> HouseholdState:
    found = standing.of(household.pk)
    assert found is not None
    return found
