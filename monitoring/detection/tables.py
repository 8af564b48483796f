"""Tables of evidence: how much more a value looks like an empty room than like this person.

For each hour of both day types, log P(bin | nobody acts) - log P(bin | this person), clipped, kept
as int8 steps of 1/25. Power is seen in three views with six bins of the home's own; telephone and
steps have four fixed bins.
"""

import numpy as np
from numpy.typing import NDArray

from monitoring.detection.inputs import Flags, Floats

Bins = NDArray[np.int8]

VIEWS = ("level", "change", "above")
POWER_BINS, COUNT_BINS = 6, 4
CLIP = (-5.0, 2.5)  # one odd hour neither proves a collapse nor excuses a long silence
STEP = 25.0
QUIET_BLOCK = 5  # hours; everybody sleeps at least that
QUIET_QUANTILES = (0.5, 0.8, 0.95, 0.995)
SIGN_EDGE = 3  # above this edge (99.5 % of quiet hours lie below) somebody acted
SMALLEST_ACT = 0.02  # kWh in an hour: a sign never lies in the meter's own noise
FLUTTER = 0.15  # an appliance left on draws that much more or less from hour to hour
LOW_HOURS = 6  # a level that lasts this long is something left on, not somebody acting
# Weights of what is borrowed where an hour of a day type was seldom seen.
NEIGHBOUR_HOUR, OTHER_DAY_TYPE, WHOLE_HOME, EVEN = 0.5, 0.25, 2.0, 0.2
PHONE_EDGES = (0.5, 1.5, 3.5)
STEP_EDGES = (9.5, 100.0, 400.0)
# Nobody acts: a telephone may still be moved or answer by itself once in three days.
QUIET_PHONE = np.array([0.982, 0.012, 0.004, 0.002], np.float32)
QUIET_STEPS = np.array([0.988, 0.006, 0.004, 0.002], np.float32)
DEFAULT_EDGES = np.array(
    [[0.05, 0.1, 0.2, 0.3, 0.6], [0.03, 0.06, 0.1, 0.15, 0.4], [0.03, 0.06, 0.1, 0.15, 0.4]],
    np.float32,
)


def views(power: Floats, idle: Floats) -> Floats:
    """(3, H, T) of consecutive hours `power` (H, T) and what runs by itself then, `idle` (H, T).

    level above idle; absolute hourly change; level above the lowest of six hours. The last two are
    taken of the readings and of what is left without idle, and the smaller counts: a timer moves
    only the readings, a habit that fails to come moves only the rest, and neither is somebody.
    Nor is the flutter of what has been on for six hours, so that a share of it is taken off. Below
    idle is as quiet as idle: a habit kept every day is in the profile, and fails to come.
    """
    rest = np.maximum(power - idle, 0)
    moves, rest_moves = _moves(power), _moves(rest)
    found = np.empty((3, *power.shape), np.float32)
    found[0] = rest
    # rest less its height above the low is the low itself: what has been on for six hours.
    flutter = np.float32(FLUTTER) * (rest - rest_moves[1])
    found[1:] = np.maximum(np.minimum(moves, rest_moves) - flutter, 0)
    return found


def _moves(level: Floats) -> Floats:
    """(2, H, T): absolute change, and height above the lowest of the last six hours."""
    found = np.full((2, *level.shape), np.nan, np.float32)
    np.abs(np.diff(level, axis=1), out=found[0, :, 1:])
    low = level.copy()
    for back in range(1, LOW_HOURS):
        np.fmin(low[:, back:], level[:, :-back], out=low[:, back:])
    np.subtract(level, low, out=found[1])
    return found


def edges(seen: Floats, quiet_hours: NDArray[np.intp]) -> Floats:
    """(3, H, 5) bin edges: quantiles of the quiet hours, and the middle of what is louder."""
    quiet = np.stack([np.take_along_axis(view, quiet_hours, axis=1) for view in seen])
    quiet.sort(axis=-1)
    last = np.maximum(np.isfinite(quiet).sum(axis=-1) - 1, 0)
    marks = np.stack(
        [
            np.take_along_axis(quiet, (last * q + 0.5).astype(np.intp)[..., None], -1)[..., 0]
            for q in QUIET_QUANTILES
        ],
        axis=-1,
    )
    loud = np.where(seen > marks[..., -1:], seen, np.float32(np.nan))
    loud.sort(axis=-1)
    middle = np.maximum(np.isfinite(loud).sum(axis=-1) - 1, 0) // 2
    top = np.take_along_axis(loud, middle[..., None], axis=-1)
    top = np.where(np.isfinite(top), top, marks[..., -1:] * 2 + 0.05)
    top = np.maximum(top, marks[..., -1:] + SMALLEST_ACT)
    found = np.concatenate([marks, top], axis=-1)
    # Strictly rising, also in a home whose meter shows one constant.
    return np.asarray(found + np.arange(5, dtype=np.float32) * 1e-6, np.float32)


def quietest_hours(act: Floats, days: int) -> NDArray[np.intp]:
    """(H, D*5): places of the five consecutive hours of each day with the least `act` (H, T)."""
    total = np.cumsum(np.nan_to_num(act, nan=1e3), axis=1)
    blocks = np.full(act.shape, np.inf, np.float32)
    blocks[:, 1 : -QUIET_BLOCK + 1] = total[:, QUIET_BLOCK:] - total[:, :-QUIET_BLOCK]
    start = blocks.reshape(len(act), days, 24).argmin(axis=2) + 24 * np.arange(days)
    hours = start[:, :, None] + np.arange(QUIET_BLOCK)
    return np.minimum(hours, act.shape[1] - 1).reshape(len(act), -1)


def bins_of(values: Floats, marks: tuple[float, ...] | Floats) -> Bins:
    """Which bin each value falls into; where it is NaN the bin (0) means nothing.

    `marks`: common edges, or (…, edges) for values (…, T).
    """
    found = np.zeros(values.shape, np.int8)
    if isinstance(marks, tuple):
        for mark in marks:
            found += values > np.float32(mark)
    else:
        for place in range(marks.shape[-1]):
            found += values > marks[..., place, None]
    return found


def usual(binned: Bins, known: Flags, weights: Floats, count: int) -> Floats:
    """(H, 2, 24, bins) shares of the person's own hours, smoothed over hours and day types.

    `binned`, `known` (H, D, 24); `weights` (2, D): how much each day counts for each day type.
    """
    found = np.empty((len(binned), 2, 24, count), np.float32)
    rest = weights @ known.astype(np.float32)
    for place in range(1, count):
        found[..., place] = weights @ ((binned == place) & known).astype(np.float32)
        rest -= found[..., place]
    found[..., 0] = rest
    whole = found.sum(axis=(1, 2))
    whole /= np.maximum(whole.sum(axis=-1, keepdims=True), 1)
    beside = np.roll(found, 1, axis=2) + np.roll(found, -1, axis=2)
    smooth = found + NEIGHBOUR_HOUR * beside + OTHER_DAY_TYPE * found[:, ::-1]
    smooth += WHOLE_HOME * whole[:, None, None, :] + EVEN
    return np.asarray(smooth / smooth.sum(axis=-1, keepdims=True), np.float32)


def quiet_shares(binned: Bins, known: Flags) -> Floats:
    """(H, bins) how the quiet hours (H, T) fall into the power bins."""
    counts = np.stack([((binned == b) & known).sum(axis=1) for b in range(POWER_BINS)], axis=-1)
    return np.asarray((counts + 0.5) / (counts + 0.5).sum(axis=-1, keepdims=True), np.float32)


def pack(quiet: Floats, person: Floats) -> Bins:
    """int8 evidence of each bin; `quiet` broadcasts against `person` (…, bins)."""
    evidence = np.clip(np.log(quiet) - np.log(person), *CLIP)
    return np.rint(evidence * STEP).astype(np.int8)
