"""What is usual: how a home looks when nobody acts, and how it looks at this hour with its person.

Both are tables of how often each view falls into a few bins. The bins are the home's own: their
edges are quantiles of its quietest five-hour blocks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.detection.signals import VIEWS, Floats, quantiles, weekend

QUIET_BLOCK = 5  # hours; everybody sleeps at least that
QUIET_QUANTILES = (0.5, 0.8, 0.95, 0.995)
BINS = 6
SIGN_EDGE = 3  # above this edge (99.5 % of quiet hours lie below) somebody acted
LEARN_DAYS = 60
MIN_DAYS = 14
# Weights of what is borrowed where an hour of a day type was seldom seen.
NEIGHBOUR_HOUR, OTHER_DAY_TYPE, WHOLE_HOME, EVEN = 0.5, 0.25, 2.0, 0.2
SMALLEST_ACT = 0.02  # kWh in an hour: the top bin never lies in the meter's own noise


@dataclass(frozen=True)
class Habits:
    """Habits of H homes, learned from `days` days that hold any reading.

    edges (VIEWS, H, BINS-1) kWh; log_quiet (VIEWS, H, BINS) = log P(bin | nobody acts);
    log_usual (VIEWS, H, 2, 24, BINS) = log P(bin | this person, day type, hour);
    often_active (H, 2, 24) share of days on which the hour showed a sign of life;
    idle (H, 24) kWh; days (H,).
    """

    edges: Floats
    log_quiet: Floats
    log_usual: Floats
    often_active: Floats
    idle: Floats
    days: NDArray[np.intp]


def learn(power: Floats, views: Floats, idle: Floats, first_weekday: int) -> Habits:
    """Habits from `power` (H, D, 24) and its `views` (VIEWS, H, D*24), all D days of them."""
    homes, days = power.shape[:2]
    level = np.maximum((power - idle[:, None, :]).reshape(homes, -1), 0.0)
    quiet = _quietest_blocks(views, level + views[0], homes, days)
    edges = _edges(views, quiet)
    usual = _usual(_bins(views, edges), np.isfinite(views), first_weekday, homes, days)
    signs = _signs(views, edges).reshape(homes, days, 24)
    return Habits(
        edges=edges,
        log_quiet=np.log(_shares(_bins(quiet, edges), np.isfinite(quiet))),
        log_usual=np.log(usual),
        often_active=_often(signs, np.isfinite(power), weekend(first_weekday, days)),
        idle=idle,
        days=np.isfinite(power).any(axis=2).sum(axis=1),
    )


def bins(views: Floats, habits: Habits) -> NDArray[np.int8]:
    """Which bin each value falls into; where the view is NaN the bin means nothing."""
    return _bins(views, habits.edges)


def signs_of_life(views: Floats, habits: Habits) -> NDArray[np.bool_]:
    """(H, T): hours in which somebody acted, by either view."""
    return _signs(views, habits.edges)


def _signs(views: Floats, edges: Floats) -> NDArray[np.bool_]:
    # A margin beside the edge: half a percent of quiet hours would be a sign every eight days.
    return np.asarray((views > edges[:, :, SIGN_EDGE, None] + SMALLEST_ACT).any(axis=0))


def _bins(values: Floats, edges: Floats) -> NDArray[np.int8]:
    found = np.zeros(values.shape, np.int8)
    for edge in range(BINS - 1):
        found += values > edges[:, :, edge, None]
    return found


def _quietest_blocks(views: Floats, act: Floats, homes: int, days: int) -> Floats:
    """(VIEWS, H, D*5): `views` in the five consecutive hours of each day with the least `act`."""
    act = np.nan_to_num(act, nan=1e9)
    total = np.concatenate([np.zeros((homes, 1)), act.cumsum(axis=1)], axis=1)
    blocks = total[:, QUIET_BLOCK:] - total[:, :-QUIET_BLOCK]
    blocks = np.pad(blocks, ((0, 0), (0, QUIET_BLOCK - 1)), constant_values=np.inf)
    start = blocks.reshape(homes, days, 24).argmin(axis=2) + 24 * np.arange(days)
    hours = start[:, :, None] + np.arange(QUIET_BLOCK)
    hours = np.minimum(hours, days * 24 - 1).reshape(homes, -1)
    return np.take_along_axis(views, np.broadcast_to(hours, (VIEWS, *hours.shape)), axis=2)


def _edges(views: Floats, quiet: Floats) -> Floats:
    marks = np.moveaxis(quantiles(quiet, QUIET_QUANTILES), 0, -1)
    loud = np.where(views > marks[..., -1, None], views, np.nan)
    top = quantiles(loud, (0.5,))[0]
    top = np.where(np.isfinite(top), top, marks[..., -1] * 2 + 0.05)
    top = np.maximum(top, marks[..., -1] + SMALLEST_ACT)
    edges = np.concatenate([marks, top[..., None]], axis=-1)
    # Strictly rising, also in a home whose meter shows one constant.
    return np.nan_to_num(edges, nan=np.inf) + np.arange(BINS - 1) * 1e-6


def _shares(binned: NDArray[np.int8], known: NDArray[np.bool_]) -> Floats:
    counts = np.stack([((binned == b) & known).sum(axis=2) for b in range(BINS)], axis=-1) + 0.5
    return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def _usual(
    binned: NDArray[np.int8],
    known: NDArray[np.bool_],
    first_weekday: int,
    homes: int,
    days: int,
) -> Floats:
    """(VIEWS, H, 2, 24, BINS): shares, smoothed over neighbouring hours and the other day type."""
    binned = binned.reshape(VIEWS, homes, days, 24)
    known = known.reshape(VIEWS, homes, days, 24)
    kind = weekend(first_weekday, days)
    counts = np.zeros((VIEWS, homes, 2, 24, BINS))
    for b in range(BINS):
        hit = (binned == b) & known
        for type_ in (0, 1):
            counts[:, :, type_, :, b] = hit[:, :, kind == type_].sum(axis=2)
    whole = counts.sum(axis=(2, 3))
    whole /= np.maximum(whole.sum(axis=-1, keepdims=True), 1)
    beside = np.roll(counts, 1, axis=3) + np.roll(counts, -1, axis=3)
    smooth = counts + NEIGHBOUR_HOUR * beside + OTHER_DAY_TYPE * counts[:, :, ::-1]
    smooth += WHOLE_HOME * whole[:, :, None, None, :] + EVEN
    return np.asarray(smooth / smooth.sum(axis=-1, keepdims=True))


def _often(signs: NDArray[np.bool_], known: NDArray[np.bool_], kind: NDArray[np.intp]) -> Floats:
    often = np.zeros((len(signs), 2, 24))
    for type_ in (0, 1):
        seen = known[:, kind == type_].sum(axis=1)
        acted = (signs & known)[:, kind == type_].sum(axis=1)
        often[:, type_] = acted / np.maximum(seen, 1)
    return often
