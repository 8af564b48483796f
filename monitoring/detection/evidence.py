"""Evidence of silence: hour by hour, added up, gone at once when life shows.

Each hour and view gives log P(value | nobody acts) - log P(value | this person at this hour): how
much more this looks like an empty room than like this person. The sum over hours that never falls
below zero is a CUSUM (Page 1954). A missing hour adds nothing and forgets nothing.
"""

import numpy as np
from numpy.typing import NDArray

from monitoring.detection.habits import LEARN_DAYS, Habits, bins, learn, signs_of_life
from monitoring.detection.signals import Floats, clean, idle_profile, views, weekend

CLIP = (-5.0, 2.5)  # one odd hour neither proves a collapse nor excuses a long silence
LIFE = -4.0  # an hour this unlike an empty room is life: the sum begins again
SUM_DAYS = 14  # how far back the sum reaches


def hourly(view: Floats, habits: Habits, first_weekday: int) -> Floats:
    """(H, T) evidence of `view` (VIEWS, H, T), T whole days; NaN where nothing was received."""
    count, homes, hours = view.shape
    day = np.arange(hours) // 24
    kind = weekend(first_weekday, hours // 24)[day]
    binned = bins(view, habits)
    v, h = np.ogrid[:count, :homes]
    v, h = v[:, :, None], h[:, :, None]
    quiet = habits.log_quiet[v, h, binned]
    usual = habits.log_usual[v, h, kind, np.arange(hours) % 24, binned]
    ratio = np.where(np.isfinite(view), np.clip(quiet - usual, *CLIP), np.nan)
    known = np.isfinite(ratio).sum(axis=0)
    total = np.where(np.isfinite(ratio), ratio, 0.0).sum(axis=0)
    return np.where(known > 0, total / np.maximum(known, 1), np.nan)


def day_of(power: Floats, day: int, first_weekday: int) -> tuple[Floats, NDArray[np.bool_], Habits]:
    """Evidence and signs of life of one day of `power` (H, D, 24), habits of the days before it.

    Returns ((H, 24) evidence, (H, 24) signs, habits). Nothing after hour 23 of `day` is read, and
    an hour depends on no later hour: the result is causal. `power` must be clean.
    """
    first = max(0, day - LEARN_DAYS)
    past = power[:, first:day]
    idle = idle_profile(past)
    seen = views(power[:, first : day + 1], idle)
    known = learn(past, seen[:, :, :-24], idle, (first_weekday + first) % 7)
    today = seen[:, :, -24:]
    evidence = hourly(today, known, (first_weekday + day) % 7)
    return evidence, signs_of_life(today, known), known


def add_up(
    evidence: Floats,
    *,
    held: NDArray[np.bool_] | None = None,
    restart: NDArray[np.bool_] | None = None,
    start: Floats | None = None,
) -> Floats:
    """(H, T) running sums of `evidence` (H, T), from `start` (H,) or 0.

    `held`: hours of a planned absence, which add nothing. `restart`: hours in which a human saw or
    heard the person; the sum begins again after them.
    """
    total = np.zeros(len(evidence)) if start is None else start.copy()
    sums = np.empty_like(evidence)
    for hour in range(evidence.shape[1]):
        now = evidence[:, hour]
        counts = np.isfinite(now)
        if held is not None:
            counts &= ~held[:, hour]
        total = np.where(counts, np.maximum(0.0, total + np.nan_to_num(now)), total)
        total = np.where(np.isfinite(now) & (now <= LIFE), 0.0, total)
        if restart is not None:
            total = np.where(restart[:, hour], 0.0, total)
        sums[:, hour] = total
    return sums


def backtest(power: Floats, first_weekday: int, learn_days: int = LEARN_DAYS) -> Floats:
    """(H, D, 24) running sums for every day after the first `learn_days`; NaN before. Causal.

    The arithmetic of the hourly scoring, without its database: each day is judged with the habits
    of the days before it, and the sum reaches back SUM_DAYS.
    """
    cleaned = clean(power, LEARN_DAYS)
    homes, days = power.shape[:2]
    hourly_evidence = np.full((homes, days, 24), np.nan)
    first = max(learn_days - SUM_DAYS, min(learn_days, 14))
    for day in range(first, days):
        hourly_evidence[:, day] = day_of(cleaned, day, first_weekday)[0]
    sums = np.full((homes, days, 24), np.nan)
    for day in range(learn_days, days):
        window = hourly_evidence[:, max(first, day - SUM_DAYS) : day + 1]
        sums[:, day] = add_up(window.reshape(homes, -1))[:, -24:]
    return sums
