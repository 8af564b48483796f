"""What the synthetic residents do with their telephones, hour by hour: calls, texts, data.

Telephones go along: who is out, at work or away uses one as at home, so that only a collapse, a
dead battery or one journey in four silences the meter and the telephone together.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .life import HOURS, Grid, Life, LivedDay, Mask

# How much people telephone at an hour of the day, 1 on average over the waking hours.
CALLING = np.interp(HOURS, [0, 6, 8, 10, 12, 16, 19, 21, 23], [0, 0, 0.7, 1.4, 1, 1.2, 1.3, 0.7, 0])
WAKING = 16.0
BATTERY_LASTS = 30  # hours without a charger, at least
NIGHT_GLANCE = 0.55  # whoever is up at night looks at the screen half of the times


@dataclass(frozen=True)
class PhoneDay:
    """Residents × 24 hours each. on: the telephone has power; used: somebody held it in hand."""

    on: Mask
    used: Mask
    calls_out: NDArray[np.int64]
    calls_in: NDArray[np.int64]
    sms_out: NDArray[np.int64]
    data_mb: Grid
    recorded: Mask


class Handsets:
    """Everybody's telephone, whether or not its line is one the portal hears of."""

    def __init__(self, life: Life) -> None:
        self.life, self.habits = life, life.habits
        self.shape = (life.households, 24)

    def day(self, day: date) -> PhoneDay:
        rng = np.random.default_rng([self.life.seed, day.toordinal(), 14])
        lived = self.life.day(day)
        on = self._on(lived, rng)
        hand = on & lived.awake & ~lived.down & ~lived.silent & ~self._forgotten(rng)
        called, texted, rang = self._traffic(rng)
        calls_out, sms_out = called * hand, texted * hand
        used = hand & (self._picks_up(lived, rng) | (calls_out + sms_out > 0))
        data = on * rng.gamma(1.2, 0.5, self.shape) + used * rng.gamma(1.1, 14.0, self.shape)
        recorded = rng.random(self.shape) > 0.001
        return PhoneDay(on, used, calls_out, rang * on, sms_out, np.round(data, 1), recorded)

    def _on(self, lived: LivedDay, rng: np.random.Generator) -> Mask:
        """Batteries die now and then for some hours, and for good beside somebody on the floor."""
        count = self.shape[0]
        dies = (rng.random(count) < 0.008) & ~self.life.is_calm
        begin = rng.integers(0, 24, count)[:, None]
        lasts = rng.integers(2, 15, count)[:, None]
        flat = dies[:, None] & (begin <= HOURS) & (begin + lasts > HOURS)
        flat |= lived.silent & (np.arange(count) % 2 == 0)[:, None]
        empty = BATTERY_LASTS + np.arange(count)[:, None] * 7 % 24
        return ~(flat | (lived.hours_down >= empty))

    def _forgotten(self, rng: np.random.Generator) -> Mask:
        """Days on which a telephone lies in a drawer or a bag."""
        forgotten = (rng.random(self.shape[0]) < 0.04) & ~self.life.is_calm
        return np.broadcast_to(forgotten[:, None], self.shape)

    def _traffic(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], ...]:
        """(calls out, texts out, calls in) if nothing stood in the way."""
        habits = self.habits
        calls = habits.calls[:, None] / WAKING * CALLING
        texts = habits.texts[:, None] / WAKING * np.minimum(CALLING * 1.2, 1.3)
        # People who telephone do so several times on end.
        mood = rng.gamma(0.6, 1 / 0.6, self.shape)
        out, text = rng.poisson(calls * mood), rng.poisson(texts * mood)
        return out, text, rng.poisson(calls * 0.9 + 0.02 * (CALLING > 0))

    def _picks_up(self, lived: LivedDay, rng: np.random.Generator) -> Mask:
        share = self.habits.phone_use[:, None] * np.where(lived.working, 0.8, 1.0)
        share = np.where(self.life.is_calm[:, None], np.maximum(share, 0.75), share)
        night = (HOURS < 5) & ~self.habits.shifts[:, None]
        return np.asarray(rng.random(self.shape) < np.where(night, NIGHT_GLANCE * share, share))
