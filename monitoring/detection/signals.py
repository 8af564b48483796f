"""From readings to what can be judged: outages out, the timers out, two views of what is left."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OUTAGE_SHARE = 0.05  # of the home's own 1 % quantile: no home draws that little by living quietly
OUTAGE_TAIL = 2  # hours after an outage in which clocks blink and freezers catch up
LOW_HOURS = 6  # a level that lasts this long is something left on, not somebody acting
IDLE_DAYS = 28
MIN_IDLE_DAYS = 14
VIEWS = 2  # CHANGE, ABOVE_LOW


def outage_limit(past: Floats) -> Floats:
    """(H,) kWh: a reading at or below it is an outage. From whole days `past` (H, D, 24)."""
    return OUTAGE_SHARE * quantiles(past.reshape(len(past), -1), (0.01,))[0]


def without_outages(hours: Floats, limit: Floats) -> Floats:
    """`hours` (H, T) with outages, and the two hours after each, as missing (NaN)."""
    out = (hours <= limit[:, None]) & (limit[:, None] > 0)
    gone = out.copy()
    for later in range(1, OUTAGE_TAIL + 1):
        gone[:, later:] |= out[:, :-later]
    return np.where(gone, np.nan, hours)


def clean(power: Floats, window_days: int) -> Floats:
    """`power` (H, D, 24) without outages; each day is judged by the limit of the days before it.

    Causal: what a day becomes depends on no later one. The first day is judged by itself.
    """
    cleaned = power.copy()
    for day in range(power.shape[1]):
        past = power[:, max(0, day - window_days) : max(day, 1)]
        last_two = power[:, max(day - 1, 0) : day + 1].reshape(len(power), -1)
        cleaned[:, day] = without_outages(last_two, outage_limit(past))[:, -24:]
    return cleaned


def quantiles(values: Floats, shares: tuple[float, ...]) -> Floats:
    """(len(shares), …): quantiles over the last axis, NaN left out; one sort serves all of them."""
    ordered = np.sort(values, axis=-1)
    last = np.maximum(np.isfinite(ordered).sum(axis=-1) - 1, 0)
    found = []
    for share in shares:
        place = last * share
        low = np.floor(place).astype(np.intp)
        below = np.take_along_axis(ordered, low[..., None], axis=-1)[..., 0]
        above = np.take_along_axis(ordered, np.minimum(low + 1, last)[..., None], axis=-1)[..., 0]
        found.append(below + (above - below) * (place - low))
    return np.stack(found)


def idle_profile(power: Floats) -> Floats:
    """(H, 24): what runs by itself at each hour - the second-lowest value of the last 28 days.

    Night storage heating would otherwise make a home look awake all night. The lowest but one,
    because one day may be an outage. Nothing (0) while fewer than MIN_IDLE_DAYS are known: after
    a week, every breakfast would look like a timer.
    """
    recent = power[:, -IDLE_DAYS:]
    ordered = np.sort(recent, axis=1)  # NaN sorts last
    known = np.isfinite(recent).any(axis=2).sum(axis=1) >= MIN_IDLE_DAYS
    return np.where(known[:, None], ordered[:, min(1, ordered.shape[1] - 1)], 0.0)


def views(power: Floats, idle: Floats) -> Floats:
    """(VIEWS, H, D*24) of consecutive days: absolute hourly change, and level above the recent low.

    What matters is change, not level: a television left on by somebody who fell has a high level
    and no change. Both are taken of the readings and of what is left without the profile, and the
    smaller counts: a timer that switches moves only the readings, a habit that fails to come moves
    only the rest, and neither is somebody acting. The first hours lack a past and are NaN.
    """
    flat = power.reshape(len(power), -1)
    rest = (power - idle[:, None, :]).reshape(len(power), -1)
    return np.minimum(_changes(flat), _changes(rest))


def _changes(level: Floats) -> Floats:
    """(VIEWS, H, T) of a level (H, T)."""
    change = np.full_like(level, np.nan)
    change[:, 1:] = np.abs(np.diff(level, axis=1))
    recent = np.full((LOW_HOURS, *level.shape), np.nan)
    for back in range(LOW_HOURS):
        recent[back, :, back:] = level[:, : level.shape[1] - back]
    # fmin leaves NaN out without a warning for hours of which nothing arrived.
    return np.stack([change, level - np.fmin.reduce(recent, axis=0)])


def weekend(first_weekday: int, days: int) -> NDArray[np.intp]:
    """(days,): 1 for Saturdays and Sundays, else 0."""
    return (((first_weekday + np.arange(days)) % 7) >= 5).astype(np.intp)
