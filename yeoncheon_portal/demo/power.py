"""Hourly electricity of the synthetic residents, any hour at any time, from one seed.

Every day is drawn from a generator seeded with the day, always the same number of values: an hour
does not depend on which hours were asked for before, and a collapse changes nobody else's hours.
Pure NumPy, and nothing in it knows how the portal looks for silence.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from .residents import Habits, Resident, make_habits, make_residents

Grid = NDArray[np.float64]  # residents × 24 hours
HOURS = np.arange(24)
QUIET, STUCK_ON = "quiet", "stuck_on"


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
    """An absence in local time. `announced` ones were told to the township office before."""

    index: int
    start: datetime
    end: datetime
    announced: bool


@dataclass(frozen=True)
class PowerCut:
    """A township without electricity: the meters report zero, and come back in a burst."""

    township: str
    start: datetime
    hours: int


@dataclass
class County:
    """The synthetic county. `kwh(day)` is what its meters measure on a day.

    year: the year in which the residents are of the programme's age.
    calm: the people of the story: busy at home all day, never away, with a meter that never fails.
    """

    households: int = 200
    seed: int = 20260701
    year: int = 2026
    emergencies: tuple[Emergency, ...] = ()
    cuts: tuple[PowerCut, ...] = ()
    calm: frozenset[int] = frozenset()
    residents: list[Resident] = field(init=False)
    habits: Habits = field(init=False)
    _days: dict[date, Grid] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.residents = make_residents(self.households, self.seed, self.year)
        self.habits = make_habits(self.households, self.seed)
        self._calm = np.isin(np.arange(self.households), sorted(self.calm))

    def kwh(self, day: date) -> Grid:
        """kWh of every resident and hour of the day, NaN where the meter sent nothing."""
        if day not in self._days:
            if len(self._days) > 4:
                self._days.pop(next(iter(self._days)))
            self._days[day] = self._measure(day)
        return self._days[day]

    def hour(self, at: datetime) -> NDArray[np.float64]:
        """kWh of every resident in the hour that begins at `at` (local time)."""
        return self.kwh(at.date())[:, at.hour]

    # -- where people are

    def absences(self, first: date, last: date) -> list[Away]:
        """Every absence that begins in a week that touches first…last, oldest first."""
        found: list[Away] = []
        for week in range(first.toordinal() // 7, last.toordinal() // 7 + 1):
            found += self._absences_of_week(week)
        return sorted(found, key=lambda away: (away.start, away.index))

    def _absences_of_week(self, week: int) -> list[Away]:
        rng = np.random.default_rng([self.seed, week, 11])
        draw = rng.random((self.households, 5))
        monday = datetime.fromordinal(week * 7)
        found = []
        for index in range(self.households):
            chance, told, day, hour, length = draw[index]
            if self._calm[index] or chance > 0.31 * self.habits.travels[index]:
                continue
            # Fridays and Saturdays more than other days; ordinal 7 n is a Sunday.
            days = int(np.searchsorted([0.06, 0.16, 0.26, 0.38, 0.52, 0.78, 1.0], day))
            start = monday + timedelta(days=days, hours=int(7 + hour * 12))
            hours = 11 + int(75 * length**2.1)
            announced = bool(told < (0.55 if hours > 30 else 0.25))
            found.append(Away(index, start, start + timedelta(hours=hours), announced))
        return found

    def _present(self, day: date) -> NDArray[np.bool_]:
        present = np.ones((self.households, 24), dtype=bool)
        midnight = datetime(day.year, day.month, day.day)
        for away in self.absences(day - timedelta(days=7), day):
            begin = (away.start - midnight) / timedelta(hours=1)
            end = (away.end - midnight) / timedelta(hours=1)
            present[away.index] &= (begin > HOURS) | (end <= HOURS)
        return present

    # -- what the meters measure

    def _measure(self, day: date) -> Grid:
        rng = np.random.default_rng([self.seed, day.toordinal(), 12])
        awake = self._awake(day, rng)
        present = self._present(day) & self._at_home(day, rng)
        active = awake & present
        lived = self._lived(active, awake, day, rng)
        idle = self._idle(day, rng)
        mat = self._mat(day, rng) * present
        lived, mat = self._collapse(day, lived, mat)
        return self._meter(day, np.round(idle + mat + lived, 3), rng)

    def _awake(self, day: date, rng: np.random.Generator) -> NDArray[np.bool_]:
        habits = self.habits
        late = 0.8 if day.weekday() >= 5 else 0.0
        wakes = habits.wakes + late + rng.normal(0, 0.5, self.households)
        sleeps = habits.sleeps + late / 2 + rng.normal(0, 0.6, self.households)
        night = self._night_shift(day)
        wakes = np.where(night, 14.5, wakes)[:, None]
        sleeps = np.where(night, 31.0, sleeps)[:, None]
        awake = ((wakes - 0.5 <= HOURS) & (sleeps > HOURS)) | (sleeps - 24 > HOURS)
        # Somebody gets up at night now and then.
        return awake | (rng.random((self.households, 24)) < 0.05)

    def _night_shift(self, day: date) -> NDArray[np.bool_]:
        """Four nights of work, four days off."""
        turn = (day.toordinal() + self.habits.shift_phase) % 8 < 4
        return self.habits.shifts & turn

    def _at_home(self, day: date, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Work on weekdays from about nine to six, a shift worker's nights, errands."""
        out = rng.normal(0, 0.5, (self.households, 2))
        leaves, returns = 8.3 + out[:, :1], 17.8 + out[:, 1:]
        weekday = day.weekday() < 5
        at_work = (leaves <= HOURS) & (returns > HOURS) & (self.habits.works & weekday)[:, None]
        nights = ((HOURS >= 21) | (HOURS < 7)) & self._night_shift(day)[:, None]
        errand = (rng.random((self.households, 24)) < 0.12) & ~self._calm[:, None]
        return ~(at_work | nights | errand)

    def _lived(
        self,
        active: NDArray[np.bool_],
        awake: NDArray[np.bool_],
        day: date,
        rng: np.random.Generator,
    ) -> Grid:
        """Meals, television, lights and the rest of what somebody at home switches on."""
        habits, shape = self.habits, active.shape
        meals = np.zeros(shape)
        for place, (hour, size) in enumerate(((7, 0.8), (12, 0.7), (18, 1.0))):
            at = np.clip(np.round(hour + rng.normal(0, 0.8, shape[0])), 0, 23).astype(int)
            if place == 0:
                at = np.clip(np.round(habits.wakes + 0.7), 0, 23).astype(int)
            cooks = rng.random(shape[0]) < habits.cooks
            meals[np.arange(shape[0]), at] += (
                cooks * size * habits.meal_kwh * rng.gamma(6, 1 / 6, shape[0])
            )
        evening = np.where((HOURS >= 18) | (HOURS < 1), 0.8, np.where(HOURS < 9, 0.35, 0.3))
        watches = rng.random(shape) < evening
        television = watches * habits.television[:, None] * rng.uniform(0.6, 1.0, shape)
        dark = (HOURS < 7) | ((17 if day.month in (10, 11, 12, 1, 2) else 19) <= HOURS)
        lights = dark * rng.uniform(0.01, 0.04, shape)
        small = (rng.random(shape) < 0.55) * rng.gamma(1.4, 0.045, shape) * habits.bustle[:, None]
        # Who cooks side dishes or sews at home for others keeps something running all day.
        chores = (rng.random(shape) < 0.75) * rng.uniform(0.1, 0.6, shape) * self._calm[:, None]
        wash = (rng.random(shape) < 0.012) * rng.uniform(0.2, 0.7, shape)
        return (
            active * (meals + television + lights + small + chores + wash) * (awake | (small > 0))
        )

    def _idle(self, day: date, rng: np.random.Generator) -> Grid:
        """Standby and the fridge, whose compressor beats against the hours."""
        habits = self.habits
        t = day.toordinal() * 24.0 + HOURS[None, :]
        turn = 2 * np.pi * t / habits.fridge_period[:, None] + habits.fridge_phase[:, None]
        warm = 1.0 + 0.18 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 210) / 365)
        fridge = habits.fridge[:, None] * warm * (1 + 0.22 * np.sin(turn))
        fridge *= rng.normal(1.0, 0.06, fridge.shape)
        defrost = (t + np.arange(self.households)[:, None] * 5) % 23 < 1
        standby = habits.standby[:, None] * rng.normal(1.0, 0.03, fridge.shape)
        return np.maximum(standby + fridge + 0.06 * defrost, 0.002)

    def _mat(self, day: date, rng: np.random.Generator) -> Grid:
        """The electric mat of cold nights, on a timer: a load that proves nothing."""
        cold = day.month in (11, 12, 1, 2, 3)
        asleep = (HOURS >= 22) | (HOURS < 6)
        level = rng.uniform(0.85, 1.0, (self.households, 1))
        return cold * asleep * self.habits.mat_kwh[:, None] * level

    def _collapse(self, day: date, lived: Grid, mat: Grid) -> tuple[Grid, Grid]:
        midnight = datetime(day.year, day.month, day.day)
        moments = np.array([midnight + timedelta(hours=int(hour)) for hour in HOURS])
        for emergency in self.emergencies:
            down = (moments >= emergency.at) & (moments < emergency.until)
            left_on = 0.0
            if emergency.kind == STUCK_ON:
                left_on = self.habits.television[emergency.index] + 0.03
            lived[emergency.index, down] = left_on
            # Somebody on the floor does not switch the mat on; its timer goes on for the night.
        return lived, mat

    def _meter(self, day: date, kwh: Grid, rng: np.random.Generator) -> Grid:
        """What the network loses: single hours, a meter for some hours, a cut of the power."""
        lost = rng.random(kwh.shape) < 0.003
        fails = rng.random(self.households) < 0.004
        begin = rng.integers(0, 24, self.households)[:, None]
        lasts = rng.integers(2, 9, self.households)[:, None]
        lost |= fails[:, None] & (begin <= HOURS) & (begin + lasts > HOURS)
        kwh[lost & ~self._calm[:, None]] = np.nan
        midnight = datetime(day.year, day.month, day.day)
        places = np.array([resident.township for resident in self.residents])
        for cut in self.cuts:
            begin_hour = (cut.start - midnight) / timedelta(hours=1)
            dark = np.asarray((begin_hour <= HOURS) & (begin_hour + cut.hours > HOURS))
            back = np.asarray(begin_hour + cut.hours == HOURS)
            hit = np.asarray(places == cut.township)
            kwh[np.ix_(hit, dark)] = 0.0
            kwh[np.ix_(hit, back)] += 0.15  # fridges catch up
        return kwh
