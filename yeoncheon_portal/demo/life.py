"""How the synthetic residents spend an hour: asleep, at home, out, at work, away, or on the floor.

One truth for the meter, the telephone and the care app, any hour at any time, from one seed. Every
day is drawn from a generator seeded with the day, always the same number of values: an hour does
not depend on which hours were asked for before, and a collapse changes nobody else's hours.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from .residents import Habits

Grid = NDArray[np.float64]  # residents × 24 hours
Mask = NDArray[np.bool_]  # residents × 24 hours
HOURS = np.arange(24)
QUIET, STUCK_ON = "quiet", "stuck_on"
_DAYS_KEPT = 4
# Nobody has measured it; with one in four the county gets about as many signals as a real service.
SILENT_JOURNEYS = 0.25
_LONGEST_ABSENCE = timedelta(days=7)


@dataclass(frozen=True)
class Emergency:
    """From `at` (local time, whole hour) the person does nothing any more, until `until`.

    quiet: only timers and the fridge go on; stuck_on: so do a lamp and the television.
    """

    index: int
    at: datetime
    until: datetime
    kind: str = QUIET


@dataclass(frozen=True)
class Away:
    """An absence in local time. `announced` ones were told to the township office before;
    in `silent` ones the telephone rests as well: a hospital bed, a mountain, a dead battery."""

    index: int
    start: datetime
    end: datetime
    announced: bool
    silent: bool = False


@dataclass(frozen=True)
class PowerCut:
    """A township without electricity: the meters report zero, and come back in a burst."""

    township: str
    start: datetime
    hours: int


@dataclass(frozen=True)
class LivedDay:
    """One local day of everybody, residents × 24 hours each.

    present: in the house. away: on a journey. silent: away, and the telephone rests. down: on the
    floor since `hours_down` hours (0 where not).
    """

    day: date
    awake: Mask
    present: Mask
    working: Mask
    away: Mask
    silent: Mask
    down: Mask
    hours_down: NDArray[np.int64]


@dataclass
class Life:
    """What everybody does.

    calm: the people of the story, busy at home all day and never away.
    """

    habits: Habits
    seed: int
    emergencies: tuple[Emergency, ...] = ()
    calm: frozenset[int] = frozenset()
    _days: dict[date, LivedDay] = field(init=False, default_factory=dict)
    _weeks: dict[int, list[Away]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.households = len(self.habits.wakes)
        self.is_calm = np.isin(np.arange(self.households), sorted(self.calm))

    def day(self, day: date) -> LivedDay:
        if day not in self._days:
            if len(self._days) >= _DAYS_KEPT:
                self._days.pop(next(iter(self._days)))
            self._days[day] = self._live(day)
        return self._days[day]

    def _live(self, day: date) -> LivedDay:
        rng = np.random.default_rng([self.seed, day.toordinal(), 12])
        awake = self._awake(day, rng)
        working, errand = self._outside(day, rng)
        away, silent = self._journeys(day)
        down, since = self._collapsed(day)
        present = ~(away | working | errand) | down
        return LivedDay(day, awake, present, working & ~away, away, silent, down, since)

    # -- journeys

    def absences(self, first: date, last: date) -> list[Away]:
        """Every absence that begins in a week that touches first…last, oldest first."""
        found: list[Away] = []
        for week in range(first.toordinal() // 7, last.toordinal() // 7 + 1):
            if week not in self._weeks:
                self._weeks[week] = self._absences_of_week(week)
            found += self._weeks[week]
        return sorted(found, key=lambda away: (away.start, away.index))

    def _absences_of_week(self, week: int) -> list[Away]:
        rng = np.random.default_rng([self.seed, week, 11])
        draw = rng.random((self.households, 6))
        monday = datetime.fromordinal(week * 7)
        found = []
        for index in range(self.households):
            chance, told, day, hour, length, rests = draw[index]
            if self.is_calm[index] or chance > 0.31 * self.habits.travels[index]:
                continue
            # Fridays and Saturdays more than other days; ordinal 7 n is a Sunday.
            days = int(np.searchsorted([0.06, 0.16, 0.26, 0.38, 0.52, 0.78, 1.0], day))
            start = monday + timedelta(days=days, hours=int(7 + hour * 12))
            hours = 11 + int(75 * length**2.1)
            announced = bool(told < (0.55 if hours > 30 else 0.25))
            end = start + timedelta(hours=hours)
            found.append(Away(index, start, end, announced, bool(rests < SILENT_JOURNEYS)))
        return found

    def _journeys(self, day: date) -> tuple[Mask, Mask]:
        away = np.zeros((self.households, 24), dtype=bool)
        silent = np.zeros_like(away)
        midnight = datetime(day.year, day.month, day.day)
        for journey in self.absences(day - _LONGEST_ABSENCE, day):
            begin = (journey.start - midnight) / timedelta(hours=1)
            end = (journey.end - midnight) / timedelta(hours=1)
            hours = (begin <= HOURS) & (end > HOURS)
            away[journey.index] |= hours
            silent[journey.index] |= hours & journey.silent
        return away, silent

    # -- a day at home

    def _awake(self, day: date, rng: np.random.Generator) -> Mask:
        habits = self.habits
        late = 0.8 if day.weekday() >= 5 else 0.0
        wakes = habits.wakes + late + rng.normal(0, 0.5, self.households)
        sleeps = habits.sleeps + late / 2 + rng.normal(0, 0.6, self.households)
        night = self.night_shift(day)
        wakes = np.where(night, 14.5, wakes)[:, None]
        sleeps = np.where(night, 31.0, sleeps)[:, None]
        awake = ((wakes - 0.5 <= HOURS) & (sleeps > HOURS)) | (sleeps - 24 > HOURS)
        # Somebody gets up at night now and then.
        return awake | (rng.random((self.households, 24)) < 0.05)

    def night_shift(self, day: date) -> NDArray[np.bool_]:
        """Who works that night: four nights of work, four days off."""
        turn = (day.toordinal() + self.habits.shift_phase) % 8 < 4
        return self.habits.shifts & turn

    def _outside(self, day: date, rng: np.random.Generator) -> tuple[Mask, Mask]:
        """(at work: weekdays from about nine to six, a shift worker's nights; on an errand)."""
        out = rng.normal(0, 0.5, (self.households, 2))
        leaves, returns = 8.3 + out[:, :1], 17.8 + out[:, 1:]
        weekday = day.weekday() < 5
        at_work = (leaves <= HOURS) & (returns > HOURS) & (self.habits.works & weekday)[:, None]
        nights = ((HOURS >= 21) | (HOURS < 7)) & self.night_shift(day)[:, None]
        errand = (rng.random((self.households, 24)) < 0.12) & ~self.is_calm[:, None]
        return at_work | nights, errand

    def _collapsed(self, day: date) -> tuple[Mask, NDArray[np.int64]]:
        down = np.zeros((self.households, 24), dtype=bool)
        since = np.zeros((self.households, 24), dtype=np.int64)
        midnight = datetime(day.year, day.month, day.day)
        for fallen in self.emergencies:
            begin = (fallen.at - midnight) // timedelta(hours=1)
            end = (fallen.until - midnight) // timedelta(hours=1)
            hours = (begin <= HOURS) & (end > HOURS)
            down[fallen.index] |= hours
            since[fallen.index, hours] = HOURS[hours] - begin
        return down, since
