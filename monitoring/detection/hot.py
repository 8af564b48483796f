"""The accumulators of a home: rewritten with every hour, about 340 bytes."""

import numpy as np

from monitoring.detection.inputs import Floats

SUMS = (
    "level",
    "change",
    "above",
    "phone",
    "steps",
    "power",
    "telecom",  # power and telephone
    "all",
)
# Evidence that fades: of what, and over how many hours.
FADING = (
    ("power", 24),
    ("power", 48),
    ("phone", 12),
    ("phone", 24),
    ("all", 6),
    ("all", 12),
    ("all", 24),
)
SINCE = ("power", "phone", "steps", "telecom", "any")  # signs of life: by which source
SMOOTH_HOURS = 6
RING_HOURS = 24

_FIELDS: tuple[tuple[str, int], ...] = (
    ("power", 5),  # kWh of the last five hours, latest first; NaN = not received
    ("rest", 5),  # the same less what runs by itself
    ("tail", 1),  # hours still missing after an outage
    ("sums", len(SUMS)),  # evidence, never below zero
    ("fading", len(FADING)),
    ("silent", len(SINCE)),  # received hours since the last sign of life
    ("surprise", len(SINCE)),  # what those hours were worth
    ("mean", 2),  # kWh above idle and kWh of hourly change, over about twelve hours
    ("constant", 1),  # hours without change above idle
    ("gap", 3),  # hours since power, telephone, steps were received at all
    ("share", 3),  # how much of the last day was received
    ("hours", 1),  # hours judged since the beginning or since the person was seen
    ("odds", SMOOTH_HOURS),  # log-odds of the last six judged hours, latest first
    ("odds_beside", SMOOTH_HOURS),  # the same of a second model that runs beside
    ("evidence", 1),  # the latest; stays while nothing is received
    ("fused", 1),
    ("ring_evidence", RING_HOURS),  # of the last 24 hours; slot = hour of the day
)

HOT = np.dtype([(name, "<f4", count) if count > 1 else (name, "<f4") for name, count in _FIELDS])
"""One home; all float32, padding-free: may be stored as raw bytes."""

_ends = np.cumsum([count for _, count in _FIELDS])
ROWS = {
    name: slice(int(end) - count, int(end))
    for (name, count), end in zip(_FIELDS, _ends, strict=True)
}
"""Rows of each field when HOT is looked at as (floats, H)."""

UNKNOWN_GAP = 999.0


def fresh(homes: int) -> np.ndarray:
    """HOT (H,) of people whose first hour is still to come."""
    hot = np.zeros(homes, HOT)
    for name in ("power", "rest", "odds", "odds_beside", "ring_evidence"):
        hot[name] = np.nan
    hot["gap"] = UNKNOWN_GAP
    return hot


def as_rows(hot: np.ndarray) -> Floats:
    """(floats, H) copy, one row per accumulator: what an hour works on."""
    flat = np.ascontiguousarray(hot).view(np.float32).reshape(len(hot), -1)
    return flat.T.copy(order="C")  # always a copy: of one home the transpose is the same memory


def from_rows(rows: Floats) -> np.ndarray:
    """HOT (H,) of `rows` (floats, H)."""
    flat = np.ascontiguousarray(rows.T)
    return flat.view(HOT).reshape(-1)
