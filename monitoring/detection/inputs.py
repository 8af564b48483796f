"""What the detector reads: five numbers of a home and hour, NaN where nothing was received."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

INPUTS = ("power", "phone", "line", "app", "steps")
POWER, PHONE, LINE, APP, STEPS = range(len(INPUTS))
"""power kWh; line = calls and messages sent; app = unlocks and screens switched on; phone = line +
app where both were received; steps. phone, app and line are three patterns of one source: an hour
is judged by the first of them that arrived, against that pattern's own habits."""

PATTERNS = (PHONE, APP, LINE)
SOURCES = ("power", "phone", "steps")

LEARN_DAYS = 60
MIN_DAYS = 14  # below it habits say nothing and fixed limits stand in
OUTAGE_SHARE = 0.05  # of the home's own 1 % quantile: no home draws that little by living quietly
OUTAGE_TAIL = 2  # hours after an outage in which clocks blink and freezers catch up


def outage_limit(power: Floats) -> Floats:
    """(H,) kWh from `power` (H, T): a reading at or below it is an outage; 0 where unknown."""
    ordered = np.sort(power, axis=1)
    last = np.maximum(np.isfinite(ordered).sum(axis=1) - 1, 0)
    low = np.take_along_axis(ordered, (last // 100)[:, None], axis=1)[:, 0]
    return np.asarray(OUTAGE_SHARE * np.nan_to_num(low), np.float32)


def without_outages(power: Floats, limit: Floats) -> Floats:
    """`power` (H, T) with outages, and the two hours after each, as missing (NaN)."""
    out = (power <= limit[:, None]) & (limit[:, None] > 0)
    gone = out.copy()
    for later in range(1, OUTAGE_TAIL + 1):
        gone[:, later:] |= out[:, :-later]
    return np.where(gone, np.float32(np.nan), power)
