"""Hourly electricity of the synthetic residents: what they switch on, and what runs by itself.

Pure NumPy, and nothing in it knows how the portal looks for silence.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np

from .life import HOURS, STUCK_ON, Grid, Life, LivedDay, Mask, PowerCut
from .residents import Habits


class Meters:
    """The county's electricity meters. `places`: the township's code of every resident."""

    def __init__(self, life: Life, places: Sequence[str], cuts: tuple[PowerCut, ...]) -> None:
        self.life, self.cuts = life, cuts
        self.habits: Habits = life.habits
        self.households = life.households
        self.places = np.array(places)

    def kwh(self, day: date) -> Grid:
        """kWh of every resident and hour of the day, NaN where the meter sent nothing."""
        rng = np.random.default_rng([self.life.seed, day.toordinal(), 13])
        lived_day = self.life.day(day)
        # What somebody on the floor would have done is drawn all the same: nobody else's changes.
        at_home = lived_day.present & ~lived_day.down
        lived = self._lived(lived_day.awake & at_home, lived_day.awake, day, rng)
        idle = self._idle(day, rng)
        # Somebody on the floor does not switch the mat on; its timer goes on for the night.
        mat = self._mat(day, rng) * lived_day.present
        self._leave_on(lived_day, lived)
        return self._metered(day, np.round(idle + mat + lived, 3), rng)

    def _lived(self, active: Mask, awake: Mask, day: date, rng: np.random.Generator) -> Grid:
        """Meals, television, lights and the rest of what somebody at home switches on."""
        habits, shape = self.habits, active.shape
        evening = np.where((HOURS >= 18) | (HOURS < 1), 0.8, np.where(HOURS < 9, 0.35, 0.3))
        meals = self._meals(rng)
        watches = rng.random(shape) < evening
        television = watches * habits.television[:, None] * rng.uniform(0.6, 1.0, shape)
        dark = (HOURS < 7) | ((17 if day.month in (10, 11, 12, 1, 2) else 19) <= HOURS)
        lights = dark * rng.uniform(0.01, 0.04, shape)
        small = (rng.random(shape) < 0.55) * rng.gamma(1.4, 0.045, shape) * habits.bustle[:, None]
        # Who cooks side dishes or sews at home for others keeps something running all day.
        calm = self.life.is_calm[:, None]
        chores = (rng.random(shape) < 0.75) * rng.uniform(0.1, 0.6, shape) * calm
        wash = (rng.random(shape) < 0.012) * rng.uniform(0.2, 0.7, shape)
        return (
            active * (meals + television + lights + small + chores + wash) * (awake | (small > 0))
        )

    def _meals(self, rng: np.random.Generator) -> Grid:
        habits, count = self.habits, self.households
        meals = np.zeros((count, 24))
        for place, (hour, size) in enumerate(((7, 0.8), (12, 0.7), (18, 1.0))):
            at = np.clip(np.round(hour + rng.normal(0, 0.8, count)), 0, 23).astype(int)
            if place == 0:
                at = np.clip(np.round(habits.wakes + 0.7), 0, 23).astype(int)
            cooks = rng.random(count) < habits.cooks
            amount = cooks * size * habits.meal_kwh * rng.gamma(6, 1 / 6, count)
            meals[np.arange(count), at] += amount
        return meals

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

    def _leave_on(self, day: LivedDay, lived: Grid) -> None:
        """Of who fell with the television on, it stays on."""
        for fallen in self.life.emergencies:
            if fallen.kind == STUCK_ON:
                hours = day.down[fallen.index]
                lived[fallen.index, hours] = self.habits.television[fallen.index] + 0.03

    def _metered(self, day: date, kwh: Grid, rng: np.random.Generator) -> Grid:
        """What the network loses: single hours, a meter for some hours, a cut of the power."""
        lost = rng.random(kwh.shape) < 0.003
        fails = rng.random(self.households) < 0.004
        begin = rng.integers(0, 24, self.households)[:, None]
        lasts = rng.integers(2, 9, self.households)[:, None]
        lost |= fails[:, None] & (begin <= HOURS) & (begin + lasts > HOURS)
        kwh[lost & ~self.life.is_calm[:, None]] = np.nan
        midnight = datetime(day.year, day.month, day.day)
        for cut in self.cuts:
            begin_hour = (cut.start - midnight) / timedelta(hours=1)
            dark = np.asarray((begin_hour <= HOURS) & (begin_hour + cut.hours > HOURS))
            back = np.asarray(begin_hour + cut.hours == HOURS)
            hit = np.asarray(self.places == cut.township)
            kwh[np.ix_(hit, dark)] = 0.0
            kwh[np.ix_(hit, back)] += 0.15  # fridges catch up
        return kwh
