"""Slow decline: less movement, fewer calls, over weeks. A list for a visit, never an alarm.

The last fourteen days against six weeks that lie up to eighteen days before them, in four measures
of a day; each as a log ratio in units of how much the home's own fortnights differ by chance.
Missing hours are left out.
"""

from dataclasses import dataclass

import numpy as np

from monitoring.detection.inputs import PATTERNS, POWER, STEPS, Floats, outage_limit
from monitoring.detection.inputs import without_outages as without
from monitoring.detection.tables import PHONE_EDGES, STEP_EDGES

RECENT_DAYS, BEFORE_DAYS = 14, 42
LOOK_BACK_DAYS = 74  # where there are so many, the days between stay out: a fade takes weeks
MEASURES = ("active_power_hours", "power_above_idle", "phone_hours", "step_hours")
LEAST_RECENT, LEAST_BEFORE = 7, 21  # days with data
IDLE_SHARE = 0.1  # of a home's hours lie below its idle level
ACTIVE_CHANGE = 0.75  # quantile of the hourly change that counts as somebody acting
LEAST_RECEIVED = 12  # hours of a day
STEEPEST = 4.0  # one measure alone does not decide
FLAGGED = 3.6
"""Index at which 5 % of the clean training windows are flagged (docs/benchmarks.md)."""


@dataclass(frozen=True)
class Decline:
    """`index` (H,): mean of the measures' falls, higher = steeper, NaN = not enough data.

    `ratio` (4, H): recent / before of each measure, NaN where it is not known.
    """

    index: Floats
    ratio: Floats


def decline(history: Floats) -> Decline:
    """From `history` (5, H, D, 24) of at least 56 days ending with yesterday; NaN = not received
    or announced absence."""
    daily = _daily(np.asarray(history[:, :, -LOOK_BACK_DAYS:], np.float32))
    new, old = daily[:, :, -RECENT_DAYS:], daily[:, :, :-RECENT_DAYS][:, :, :BEFORE_DAYS]
    known = (np.isfinite(new).sum(axis=2) >= LEAST_RECENT) & (
        np.isfinite(old).sum(axis=2) >= LEAST_BEFORE
    )
    ratio = (_mean(new) + 0.1) / (_mean(old) + 0.1)
    fall = -np.log(np.maximum(ratio, 0.05)) / _chance(old)
    usable = known & (_mean(old) > 0.1)
    fall = np.where(usable, np.clip(fall, -STEEPEST, STEEPEST), 0)
    count = usable.sum(axis=0)
    index = fall.sum(axis=0) / np.sqrt(np.maximum(count, 1))
    return Decline(
        np.where(count > 0, index, np.nan).astype(np.float32),
        np.where(usable, ratio, np.nan).astype(np.float32),
    )


def _daily(history: Floats) -> Floats:
    """(4, H, D) measures of each day, per received hour; NaN where half a day is missing."""
    homes, days = history.shape[1:3]
    flat = history[POWER].reshape(homes, -1)
    power = without(flat, outage_limit(flat))
    change = np.abs(np.diff(power, axis=1, prepend=power[:, :1]))
    idle = _quantile(power, IDLE_SHARE)
    edge = np.maximum(_quantile(change[:, : -RECENT_DAYS * 24], ACTIVE_CHANGE), 0.02)
    known = np.isfinite(power)
    phone = np.full(power.shape, np.nan, np.float32)
    for pattern in PATTERNS:
        events = history[pattern].reshape(homes, -1)
        phone = np.where(np.isfinite(phone), phone, events)
    steps = history[STEPS].reshape(homes, -1)
    found: list[Floats] = [
        _per_day(change > edge, known & np.isfinite(change), days) * 24,
        _per_day(np.maximum(power - idle, 0) / np.maximum(idle, 0.02), known, days),
        _per_day(phone > PHONE_EDGES[0], np.isfinite(phone), days) * 24,
        _per_day(steps > STEP_EDGES[0], np.isfinite(steps), days) * 24,
    ]
    return np.stack(found).astype(np.float32)


def _quantile(values: Floats, share: float) -> Floats:
    """(H, 1), NaN left out."""
    ordered = np.sort(values, axis=1)
    last = np.maximum(np.isfinite(ordered).sum(axis=1) - 1, 0)
    return np.asarray(
        np.take_along_axis(ordered, (last * share).astype(np.intp)[:, None], axis=1), np.float32
    )


def _per_day(values: np.ndarray, known: np.ndarray, days: int) -> Floats:
    shape = (len(values), days, 24)
    count = known.reshape(shape).sum(axis=2)
    total = np.where(known, values, 0).reshape(shape).sum(axis=2)
    share = np.where(count >= LEAST_RECEIVED, total / np.maximum(count, 1), np.nan)
    return np.asarray(share, np.float32)


def _mean(daily: Floats) -> Floats:
    known = np.isfinite(daily)
    return np.asarray(
        np.where(known, daily, 0).sum(axis=2) / np.maximum(known.sum(axis=2), 1), np.float32
    )


def _chance(old: Floats) -> Floats:
    """(4, H) how far the log ratio of two fortnights of the same life lies apart."""
    fortnights = np.stack(
        [_mean(old[:, :, at : at + RECENT_DAYS]) for at in range(0, BEFORE_DAYS, RECENT_DAYS)]
    )
    spread = np.log(fortnights + 0.1).std(axis=0)
    return np.asarray(0.08 + spread, np.float32)
