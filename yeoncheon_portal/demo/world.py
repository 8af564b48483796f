"""The synthetic county as its three partners see it: meters, telephone lines, care apps.

Pure: one seed, no clock, no portal. Days are kept for a while, because a day is asked for hour by
hour.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .app import CareApp, Happenings
from .handset import Handsets, PhoneDay
from .life import Away, Emergency, Grid, Life, PowerCut
from .power import Meters
from .residents import Habits, Resident, make_habits, make_residents

NUMBERS = {"power": "meter_id", "telecom": "line_id", "app": "device_id"}
_DAYS_KEPT = 5
Of = TypeVar("Of")


@dataclass(frozen=True)
class Swap:
    """From `day` on a resident's meter or telephone is another one, with another number. `told`:
    somebody has written it down in the portal."""

    index: int
    feed: str
    day: date
    number: str
    told: bool


@dataclass
class County:
    """Everybody in it and what they do.

    year: the year in which the residents are of the programme's age.
    calm: the people of the story: busy at home all day, never away, with things that never fail.
    newcomers: {resident: day} of those who joined the programme only then.
    """

    households: int = 200
    seed: int = 20260701
    year: int = 2026
    emergencies: tuple[Emergency, ...] = ()
    cuts: tuple[PowerCut, ...] = ()
    calm: frozenset[int] = frozenset()
    swaps: tuple[Swap, ...] = ()
    newcomers: Mapping[int, date] = field(default_factory=dict)
    residents: list[Resident] = field(init=False)
    habits: Habits = field(init=False)
    life: Life = field(init=False)

    def __post_init__(self) -> None:
        self.residents = make_residents(self.households, self.seed, self.year)
        self.habits = make_habits(self.households, self.seed)
        self.life = Life(self.habits, self.seed, self.emergencies, self.calm)
        self._meters = Meters(self.life, [r.township for r in self.residents], self.cuts)
        self._handsets, self._app = Handsets(self.life), CareApp(self.life)
        self._kept: dict[str, dict[date, object]] = {}

    def absences(self, first: date, last: date) -> list[Away]:
        """Every absence that begins in a week that touches first…last, oldest first."""
        return self.life.absences(first, last)

    def numbers(self, feed: str, day: date) -> list[str]:
        """Under which number the partner of `feed` knows each resident on that day."""
        column = NUMBERS[feed]
        numbers = [str(getattr(resident, column)) for resident in self.residents]
        for swap in self.swaps:
            if swap.feed == feed and swap.day <= day:
                numbers[swap.index] = swap.number
        return numbers

    def joined(self, day: date) -> NDArray[np.bool_]:
        """Of whom the partners were asked for data by that day."""
        asked = np.ones(self.households, dtype=bool)
        asked[[index for index, since in self.newcomers.items() if day < since]] = False
        return asked

    def kwh(self, day: date) -> Grid:
        """kWh of every resident and hour of the day, NaN where the meter sent nothing."""
        return self._keep("power", day, self._meters.kwh)

    def hour(self, at: datetime) -> NDArray[np.float64]:
        """kWh of every resident in the hour that begins at `at` (local time)."""
        return self.kwh(at.date())[:, at.hour]

    def phone(self, day: date) -> PhoneDay:
        """Everybody's telephone on that day, also of people whose line is not delivered."""
        return self._keep("phone", day, self._handsets.day)

    def app(self, day: date) -> Happenings:
        """Everybody's events of that day, also of people without the app."""
        return self._keep("app", day, lambda at: self._app.day(at, self.phone(at)))

    def app_delays(self, day: date) -> NDArray[np.int64]:
        """Residents × 24: hours by which the events of an hour come late."""
        return self._keep("delays", day, self._app.delays)

    def _keep(self, what: str, day: date, make: Callable[[date], Of]) -> Of:
        days = self._kept.setdefault(what, {})
        if day not in days:
            if len(days) >= _DAYS_KEPT:
                days.pop(next(iter(days)))
            days[day] = make(day)
        return days[day]  # type: ignore[return-value]  # one kind of day under one name
