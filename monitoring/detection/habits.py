"""Habits of a home, learned every night from its last 60 days: about 2 kB, read for every hour."""

import numpy as np
from numpy.typing import NDArray

from monitoring.detection import records, tables
from monitoring.detection.inputs import (
    LEARN_DAYS,
    MIN_DAYS,
    PATTERNS,
    POWER,
    STEPS,
    Flags,
    Floats,
    outage_limit,
    without_outages,
)

__all__ = ["HABITS", "LEARN_DAYS", "MIN_DAYS", "learn", "nothing_learned"]

HOUR = np.dtype(
    [
        ("power", "i1", (3, tables.POWER_BINS)),  # evidence of each bin, steps of 1/25
        ("phone", "i1", (3, tables.COUNT_BINS)),  # patterns phone, app, line
        ("steps", "i1", tables.COUNT_BINS),
        ("active", "u1", 5),  # share of days with a sign of life, per input, steps of 1/255
        ("often", "u1", 5),  # the same as counted, without borrowing from other hours: for words
    ]
)
"""One hour of a day type: what `advance` reads for it lies side by side."""

HABITS = np.dtype(
    [
        ("idle", "<f4", 24),  # kWh of what runs by itself at each hour
        ("outage", "<f4"),  # kWh: a reading at or below it is an outage
        ("edges", "<f4", (3, 5)),  # kWh between the power bins of each view
        ("hours", HOUR, (2, 24)),  # day type, hour
        ("days", "u1", 5),  # days learned from, per input
        ("of_type", "u1", (2, 5)),  # how many of them were of each day type
        ("record", "<f4", (len(records.RECORDS), len(records.LEVELS))),
        ("trait", "<f4", len(records.TRAITS)),
    ]
)
"""One home. Padding-free, little-endian: may be stored as raw bytes."""

IDLE_DAYS = 28
TIMER_DAYS, TIMER_KWH = 2, 0.3
"""Of a newcomer, an hour that drew so much above the quietest one on every day, and on two days at
least, is a boiler or a storage heater. Less than that would take breakfast for a timer."""
BLOCK = 128  # homes learned at a time, so that their arrays stay in the cache


def nothing_learned(homes: int) -> np.ndarray:
    """HABITS (H,) of people of whom nothing is known yet: no evidence, common edges."""
    blank = np.zeros(homes, HABITS)
    blank["edges"] = tables.DEFAULT_EDGES
    return blank


def learn(history: Floats, free: Flags) -> np.ndarray:
    """HABITS (H,) from `history` (5 inputs, H, D <= 60, 24) that ends with yesterday.

    NaN = not received, and also planned absences: what is NaN is not learned from. `free` (D,):
    weekend or holiday. With fewer than MIN_DAYS days of an input its tables say nothing (0).
    """
    homes = history.shape[1]
    found = nothing_learned(homes)
    for first in range(0, homes, BLOCK):
        part = slice(first, first + BLOCK)
        _learn(np.asarray(history[:, part], np.float32), free, found[part])
    return found


def _learn(history: Floats, free: Flags, found: np.ndarray) -> None:
    """Fill `found`, one block of homes."""
    known = np.isfinite(history)
    found["days"] = known.any(axis=3).sum(axis=2).T
    weights = np.stack([~free, free]).astype(np.float32)
    found["of_type"] = np.moveaxis(known.any(axis=3).astype(np.float32) @ weights.T, 0, 2)
    lived = records.Lived.blank(history.shape[1], history.shape[2], free)
    _power(history[POWER], weights, found, lived)
    for pattern, given in enumerate(PATTERNS):
        _counts(history[given], given, weights, found, lived, pattern)
    _counts(history[STEPS], STEPS, weights, found, lived, None)
    records.fill(found, lived)


def _power(power: Floats, weights: Floats, found: np.ndarray, lived: records.Lived) -> None:
    homes, days = power.shape[:2]
    flat = power.reshape(homes, -1)
    found["outage"] = outage_limit(flat)
    flat = without_outages(flat, found["outage"])
    known = np.isfinite(flat).reshape(power.shape)
    learned = found["days"][:, POWER] >= MIN_DAYS
    rest = flat.reshape(power.shape)
    found["idle"] = np.where(learned[:, None], _idle(rest), _timers(rest))
    seen = tables.views(flat, np.tile(found["idle"], days))
    act = np.maximum(seen[0], 0) + np.nan_to_num(seen[1])
    quiet = tables.quietest_hours(act, days)
    marks = tables.edges(seen, quiet)
    marks = np.where(learned[None, :, None], marks, tables.DEFAULT_EDGES[:, None])
    marks = np.where(np.isfinite(marks), marks, tables.DEFAULT_EDGES[:, None])
    found["edges"] = np.moveaxis(marks, 0, 1)
    signs = np.zeros(flat.shape, bool)
    for view in range(3):
        binned = tables.bins_of(seen[view], marks[view])
        heard = np.isfinite(seen[view])
        nobody = tables.quiet_shares(
            np.take_along_axis(binned, quiet, axis=1), np.take_along_axis(heard, quiet, axis=1)
        )
        person = tables.usual(
            binned.reshape(power.shape), heard.reshape(power.shape), weights, tables.POWER_BINS
        )
        packed = tables.pack(nobody[:, None, None, :], person)
        packed[~learned] = 0
        found["hours"]["power"][:, :, :, view] = packed
        lived.add_power(packed, binned, heard)
        if view:
            signs |= seen[view] > marks[view][:, tables.SIGN_EDGE, None] + tables.SMALLEST_ACT
    active, often = _active(signs.reshape(power.shape), known, weights)
    found["hours"]["active"][..., POWER] = active
    found["hours"]["often"][..., POWER] = often
    lived.signs(0, signs, known.reshape(homes, -1), active)
    lived.level = np.where(known.reshape(homes, -1), np.maximum(seen[0], 0), np.float32(np.nan))


def _counts(
    values: Floats,
    given: int,
    weights: Floats,
    found: np.ndarray,
    lived: records.Lived,
    pattern: int | None,
) -> None:
    """Telephone (of one pattern) or steps."""
    known = np.isfinite(values)
    if not known.any():
        return
    steps = pattern is None
    binned = tables.bins_of(values, tables.STEP_EDGES if steps else tables.PHONE_EDGES)
    person = tables.usual(binned, known, weights, tables.COUNT_BINS)
    packed = tables.pack(tables.QUIET_STEPS if steps else tables.QUIET_PHONE, person)
    learned = found["days"][:, given] >= MIN_DAYS
    packed[~learned] = 0
    signs = binned > 0
    active, often = _active(signs, known, weights)
    found["hours"]["active"][..., given] = active
    found["hours"]["often"][..., given] = often
    if pattern is None:
        found["hours"]["steps"] = packed
    else:
        found["hours"]["phone"][:, :, :, pattern] = packed
    shape = (len(values), -1)
    lived.add_counts(
        2 if pattern is None else 1,
        packed,
        binned.reshape(shape),
        known.reshape(shape),
        signs.reshape(shape),
        active,
    )


def _idle(power: Floats) -> Floats:
    """(H, 24): second-lowest value of the last 28 days (the lowest may be an outage)."""
    recent = power[:, -IDLE_DAYS:]
    ordered = np.partition(recent, min(1, recent.shape[1] - 1), axis=1)
    return np.asarray(np.nan_to_num(ordered[:, min(1, recent.shape[1] - 1)]), np.float32)


def _timers(power: Floats) -> Floats:
    """(H, 24): what ran at the same hour of every day known so far, above the quietest hour."""
    known = np.isfinite(power)
    lowest = np.where(known, power, np.float32(np.inf)).min(axis=1)
    quietest = lowest.min(axis=1, keepdims=True)
    sure = (known.sum(axis=1) >= TIMER_DAYS) & np.isfinite(lowest)
    above = np.where(sure, lowest, 0) - np.where(np.isfinite(quietest), quietest, 0)
    return np.where(sure & (above >= TIMER_KWH), above, np.float32(0))


def _active(signs: Flags, known: Flags, weights: Floats) -> tuple[np.ndarray, np.ndarray]:
    """(H, 2, 24) uint8 shares of days on which the hour showed a sign: borrowed as the tables are,
    and as counted."""
    hit = weights @ (signs & known).astype(np.float32)
    all_ = weights @ known.astype(np.float32)

    def smooth(count: Floats) -> Floats:
        beside = np.roll(count, 1, axis=2) + np.roll(count, -1, axis=2)
        return np.asarray(
            count + tables.NEIGHBOUR_HOUR * beside + tables.OTHER_DAY_TYPE * count[:, ::-1]
        )

    def packed(share: NDArray[np.floating]) -> np.ndarray:
        return np.rint(np.clip(share, 0, 1) * records.SHARE_STEP).astype(np.uint8)

    return packed((smooth(hit) + 0.2) / (smooth(all_) + 1.0)), packed(hit / np.maximum(all_, 1))
