"""A red light begins only where nothing is missing that the home usually tells us.

With one source gone, what is left looks more like a collapse than it is: the telephone would have
shown that the flat is empty because its owner is out. Such a home may turn yellow, which asks it;
to send somebody without asking, everything must have arrived.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitoring.detection.features import LOST_HOURS
from monitoring.detection.inputs import PATTERNS, POWER, Flags, Floats

SOURCES = ("power", "phone")  # steps come and go with the app and are missed by nobody
PATIENCE = 6.0
"""Hours without a source that arrives hourly before it counts as missing."""
FORGOTTEN = LOST_HOURS
"""Hours beyond which a source is no longer expected: the trees judge the home without it."""


def received(inputs: Floats) -> Flags:
    """(2, ...) whether power, and any telephone, was received, of inputs (5, ...)."""
    there = np.isfinite(inputs)
    return np.stack([there[POWER], there[list(PATTERNS)].any(axis=0)])


def gaps(before: Floats, came: Flags) -> Floats:
    """(2, H, T) hours since each source came, after each hour of `came` (2, H, T); `before` (2, H)
    hours since then when the first of them began."""
    hours = np.arange(1, came.shape[2] + 1, dtype=np.float32)
    last = np.maximum.accumulate(np.where(came, hours, 0), axis=2)
    return np.asarray(hours - last + np.where(last > 0, 0, before[:, :, None]), np.float32)


def whole(gap: Floats, patience: Sequence[float] = (PATIENCE, PATIENCE)) -> Flags:
    """(...) whether red may begin, by hours (2, ...) without each source."""
    limit = np.asarray(patience, np.float32).reshape(2, *[1] * (gap.ndim - 1))
    return np.asarray(((gap <= limit) | (gap > FORGOTTEN)).all(axis=0))


def lights(evidence: Floats, may_redden: Flags, *, yellow: float, red: float) -> NDArray[np.int8]:
    """(H, T) 0 none, 1 yellow, 2 red: red begins where it may, and stays until evidence is no
    longer above the yellow point."""
    found = (evidence > yellow).astype(np.int8)
    lit = np.zeros(len(evidence), bool)
    for hour in range(evidence.shape[1]):
        begins = (evidence[:, hour] > red) & may_redden[:, hour]
        lit = (found[:, hour] > 0) & (lit | begins)
        found[lit, hour] = 2
    return found
