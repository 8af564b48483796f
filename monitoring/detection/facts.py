"""What can be said aloud about a silence, in numbers; the words are made elsewhere."""

import numpy as np

from monitoring.detection.hot import SINCE, SUMS
from monitoring.detection.inputs import INPUTS, PATTERNS, POWER, STEPS, Flags, Floats
from monitoring.detection.records import LEVELS, RECORDS, SHARE_STEP

FACTS = np.dtype(
    [
        ("silent", "<f4", 3),  # received hours since the last sign: power, phone, steps
        ("silent_any", "<f4"),
        ("longest", "<f4", 3),  # longest such silence in the days learned from
        ("longest_any", "<f4"),
        ("gap", "<f4", 3),  # hours since the source was received at all
        ("share", "<f4", 3),  # of the evidence by each source, sum 1 (all 0 without evidence)
        ("habit_input", "i1"),  # INPUTS: whose strongest habit was missed; -1 = none
        ("habit_hour", "i1"),  # hour of the day
        ("habit_active", "u1"),  # on so many
        ("habit_days", "u1"),  # of so many days of that type there was a sign at that hour
        ("constant", "<f4"),  # hours at an unmoving level above idle
        ("usual_changes", "<f4"),  # signs of power usual in as many hours before now
    ]
)
"""One home."""

BACK_HOURS = 24
FREE_DAYS = 2 / 7  # share of weekends and holidays among the days, about


def facts(
    hot: np.ndarray, habits: np.ndarray, *, hour: int, free: bool, free_before: bool
) -> np.ndarray:
    """FACTS (H,) of `hot` and `habits`.

    `hour` (0-23) is the latest judged one; `free` and `free_before` tell whether its day and the
    day before are weekends or holidays.
    """
    found = np.zeros(len(hot), FACTS)
    record = habits["record"][:, :, LEVELS.index("longest")]
    found["silent"] = hot["silent"][:, :3]
    found["silent_any"] = hot["silent"][:, SINCE.index("any")]
    found["longest"] = record[:, :3]  # RECORDS begins with the three sources
    found["longest_any"] = record[:, RECORDS.index("silent_any")]
    found["gap"] = hot["gap"]
    sums = hot["sums"][:, [SUMS.index(name) for name in ("power", "phone", "steps")]]
    found["share"] = sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-6)
    shares, types = _last_day(habits, hour, free, free_before)
    _habit(found, hot, habits, shares, types, hour)
    found["constant"] = hot["constant"]
    # Evaluated over at most a day: beyond it the number says nothing more.
    counted = np.arange(BACK_HOURS) < hot["constant"][:, None]
    found["usual_changes"] = (shares[:, :, POWER] * counted).sum(axis=1)
    return found


def _last_day(habits: np.ndarray, hour: int, free: bool, free_before: bool) -> tuple[Floats, Flags]:
    """(H, 24, inputs) active shares of the last 24 hours, latest first, and (24,) their types."""
    back = np.arange(BACK_HOURS)
    types = np.where(back <= hour, free, free_before)
    often = habits["hours"]["often"][:, types.astype(np.intp), (hour - back) % 24]
    return np.asarray(often / SHARE_STEP, np.float32), types


def _habit(
    found: np.ndarray,
    hot: np.ndarray,
    habits: np.ndarray,
    shares: Floats,
    types: Flags,
    hour: int,
) -> None:
    """The hour and input at which the person is most surely active, among the silent hours."""
    silent = np.zeros((len(found), len(INPUTS)), np.float32)
    silent[:, POWER] = hot["silent"][:, 0]
    silent[:, list(PATTERNS)] = hot["silent"][:, 1:2]
    silent[:, STEPS] = hot["silent"][:, 2]
    silent = np.where(habits["days"] > 0, silent, 0)
    missed = shares * (np.arange(BACK_HOURS)[:, None] < silent[:, None, :])
    best = missed.reshape(len(found), -1).argmax(axis=1)
    back, given = np.divmod(best, len(INPUTS))
    share = missed[np.arange(len(found)), back, given]
    known = share > 0
    found["habit_input"] = np.where(known, given, -1)
    found["habit_hour"] = np.where(known, (hour - back) % 24, -1)
    of_type = np.where(types[back], FREE_DAYS, 1 - FREE_DAYS)
    days = np.rint(habits["days"][np.arange(len(found)), given] * of_type)
    found["habit_days"] = np.where(known, days, 0)
    found["habit_active"] = np.where(known, np.rint(days * share), 0)
