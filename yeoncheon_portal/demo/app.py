"""What the care app on the residents' telephones reports: every event with its second.

The app says little by itself: unlocks, a screen that lights up, steps, the charger, the battery,
and once an hour that it lives. It is a guest on the telephone: some days the telephone stops it,
and out of coverage it keeps its events and sends them together afterwards.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .handset import PhoneDay
from .life import HOURS, Grid, Life, LivedDay, Mask

EVENTS = (
    "heartbeat",
    "unlock",
    "screen_on",
    "steps",
    "charging_on",
    "charging_off",
    "battery",
)
HEARTBEAT, UNLOCK, SCREEN_ON, STEPS, CHARGING_ON, CHARGING_OFF, BATTERY = range(len(EVENTS))
Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Of events: resident, second of the day, kind, value."""
MOST = 6  # events of one kind in an hour
LONGEST_DELAY = 5  # hours until a telephone has found its network again
BATTERY_HOURS = (0, 6, 12, 18)


@dataclass(frozen=True)
class Happenings:
    """Events in time order. `second` counts from midnight, `kind` points into EVENTS; `value` is
    NaN where an event has none (steps: how many in this hour; battery: per cent)."""

    resident: NDArray[np.int64]
    second: NDArray[np.int64]
    kind: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.second)

    def only(self, chosen: NDArray[np.bool_]) -> "Happenings":
        return Happenings(
            self.resident[chosen], self.second[chosen], self.kind[chosen], self.value[chosen]
        )


class CareApp:
    """The app of everybody, whether or not it is installed and agreed to."""

    def __init__(self, life: Life) -> None:
        self.life, self.habits = life, life.habits
        self.shape = (life.households, 24)

    def day(self, day: date, phone: PhoneDay) -> Happenings:
        rng = np.random.default_rng([self.life.seed, day.toordinal(), 15])
        lived = self.life.day(day)
        runs = phone.on & self._runs(day, rng)
        steps = self._steps(lived, phone, rng)
        within = rng.random((*self.shape, MOST))
        unlocks = phone.used.astype(np.int64) * (
            1 + np.minimum(rng.poisson(0.5, self.shape), MOST - 1)
        )
        glances = phone.used.astype(np.int64) * np.minimum(rng.poisson(0.3, self.shape), MOST)
        parts = [
            self._hourly(runs),
            self._several(runs * unlocks, within, UNLOCK),
            self._several(runs * glances, within[:, :, ::-1], SCREEN_ON),
            self._walked(runs, steps),
            *self._charger(runs & ~lived.down, within),
            self._battery(runs, lived, rng),
        ]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        order = np.lexsort((columns[2], columns[0], columns[1]))
        resident, second, kind, value = (column[order] for column in columns)
        return Happenings(resident, second, kind, value)

    def delays(self, day: date) -> NDArray[np.int64]:
        """Residents × 24: how many hours later than usual the events of an hour are sent."""
        rng = np.random.default_rng([self.life.seed, day.toordinal(), 16])
        count = self.shape[0]
        offline = (rng.random(count) < 0.04) & ~self.life.is_calm
        begin = rng.integers(6, 18, count)[:, None]
        lasts = rng.integers(1, LONGEST_DELAY + 1, count)[:, None]
        within = offline[:, None] & (begin <= HOURS) & (begin + lasts > HOURS)
        return np.where(within, begin + lasts - HOURS, 0)

    def _runs(self, day: date, rng: np.random.Generator) -> Mask:
        """Blank days, on which the telephone has stopped the app, and single hours."""
        blank = (rng.random(self.shape[0]) < 0.03) & ~self.life.is_calm
        return ~blank[:, None] & (rng.random(self.shape) > 0.004)

    def _steps(self, lived: LivedDay, phone: PhoneDay, rng: np.random.Generator) -> Grid:
        """Steps of an hour: a few in the house when the telephone is carried, many outside."""
        outside = ~lived.present | lived.working
        calm = self.life.is_calm[:, None]
        carries = np.where(outside, 0.85, self.habits.carries[:, None])
        carries = np.where(calm, np.maximum(carries, 0.6), carries)
        carried = rng.random(self.shape) < carries
        left = (rng.random(self.shape[0]) < 0.05) & ~self.life.is_calm
        size = np.where(outside, 900.0, 170.0) * self.habits.walks[:, None]
        steps = np.round(size * rng.gamma(1.1, 1 / 1.1, self.shape)) + 3
        moves = lived.awake & carried & ~left[:, None] & ~lived.down & ~lived.silent & phone.on
        return np.where(moves, steps, 0.0)

    # -- events

    def _hourly(self, runs: Mask) -> Columns:
        resident, hour = np.nonzero(runs)
        return _columns(resident, hour * 3600 + resident * 37 % 3600, HEARTBEAT)

    def _several(
        self, counts: NDArray[np.int64], within: NDArray[np.float64], kind: int
    ) -> Columns:
        """The k-th of n events lies in the k-th n-th of the hour: no two in one second."""
        resident, hour, place = np.nonzero(np.arange(MOST) < counts[:, :, None])
        share = (place + within[resident, hour, place]) / counts[resident, hour]
        return _columns(resident, hour * 3600 + (share * 3600).astype(int), kind)

    def _walked(self, runs: Mask, steps: Grid) -> Columns:
        resident, hour = np.nonzero(runs & (steps > 0))
        at = hour * 3600 + 3599 - resident % 50
        return _columns(resident, at, STEPS, steps[resident, hour])

    def _charger(self, runs: Mask, within: NDArray[np.float64]) -> list[Columns]:
        """On at bedtime, off on getting up: a sign of life only as far as somebody did it."""
        sleeps = np.floor(self.habits.sleeps - 0.5).astype(int) % 24
        wakes = np.floor(self.habits.wakes).astype(int)
        found = []
        for hour, kind in ((sleeps, CHARGING_ON), (wakes, CHARGING_OFF)):
            resident = np.flatnonzero(runs[np.arange(len(hour)), hour])
            at = hour[resident]
            second = at * 3600 + (within[resident, at, 0] * 3600).astype(int)
            found.append(_columns(resident, second, kind))
        return found

    def _battery(self, runs: Mask, lived: LivedDay, rng: np.random.Generator) -> Columns:
        level = np.interp(HOURS, [0, 6, 12, 18, 23], [70, 100, 82, 58, 45])
        percent = np.clip(level + rng.normal(0, 8, self.shape), 5, 100)
        percent = np.where(lived.down, np.maximum(60 - 1.6 * lived.hours_down, 1), percent)
        chosen = runs & np.isin(HOURS, BATTERY_HOURS)
        resident, hour = np.nonzero(chosen)
        at = hour * 3600 + 120 + resident % 60
        return _columns(resident, at, BATTERY, np.round(percent[resident, hour]))


def _columns(
    resident: NDArray[np.int64],
    second: NDArray[np.int64],
    kind: int,
    value: NDArray[np.float64] | None = None,
) -> Columns:
    kinds = np.full(len(resident), kind, np.int64)
    if value is None:
        value = np.full(len(resident), np.nan, np.float64)
    return resident, second, kinds, value
