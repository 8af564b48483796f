"""What can be said aloud about a silence, in numbers; the words are made elsewhere."""

import numpy as np

from monitoring.detection.hot import SINCE, SUMS
from monitoring.detection.inputs import POWER, Floats
from monitoring.detection.records import LEVELS, RECORDS, SHARE_STEP

FACTS = np.dtype(
    [
        ("silent", "<f4", 3),  # received hours since the last sign: power, phone, steps
        ("silent_any", "<f4"),
        ("longest", "<f4", 3),  # longest such silence in the days learned from
        ("longest_any", "<f4"),
        ("gap", "<f4", 3),  # hours since the source was received at all
        ("share", "<f4", 3),  # of the evidence by each source, sum 1 (all 0 without evidence)
        ("constant", "<f4"),  # hours at an unmoving level above idle
        ("usual_changes", "<f4"),  # signs of power usual in as many hours before now
    ]
)
"""One home."""

BACK_HOURS = 24


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
    shares = _last_day(habits, hour, free, free_before)
    found["constant"] = hot["constant"]
    # Evaluated over at most a day: beyond it the number says nothing more.
    counted = np.arange(BACK_HOURS) < hot["constant"][:, None]
    found["usual_changes"] = (shares[:, :, POWER] * counted).sum(axis=1)
    return found


def _last_day(habits: np.ndarray, hour: int, free: bool, free_before: bool) -> Floats:
    """(H, 24, inputs) active shares of the last 24 hours, latest first."""
    back = np.arange(BACK_HOURS)
    types = np.where(back <= hour, free, free_before)
    often = habits["hours"]["often"][:, types.astype(np.intp), (hour - back) % 24]
    return np.asarray(often / SHARE_STEP, np.float32)
