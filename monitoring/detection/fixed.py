"""Fixed limits, for people of whom too little is known yet to judge by their own habits.

24, 36 or 48 hours without any sign of life, by risk group: the limits that Korean services publish
(24-72 h). They see late and are often wrong; they stand in until fourteen days have been learned.
"""

import numpy as np
from numpy.typing import NDArray

from monitoring.detection.hot import SINCE
from monitoring.detection.inputs import LEARN_DAYS, MIN_DAYS, Floats

LIMIT_HOURS: dict[str, float] = {"high": 24.0, "medium": 36.0, "low": 48.0, "general": 48.0}
RED_FACTOR = 1.5  # a human at once when the limit is exceeded by half again


def silence(hot: np.ndarray) -> Floats:
    """(H,) received hours since the last sign of life of any source; absences do not count."""
    return np.asarray(hot["silent"][:, SINCE.index("any")], np.float32)


def blend(
    silent: Floats, limit: Floats, fused: Floats, point: float, days: NDArray[np.integer]
) -> Floats:
    """(H,) how far a newcomer is on the way to an alarm; 1 and above is one.

    Below MIN_DAYS learned `days` the hours of silence against the limit of the risk group; then
    habits gain weight day by day, until after LEARN_DAYS the trees take over (the caller's part).
    `point` is the fused sum's (Model.fused_point).
    """
    weight = np.clip((days.astype(np.float32) - MIN_DAYS) / (LEARN_DAYS - MIN_DAYS), 0, 1)
    return np.asarray((1 - weight) * silent / limit + weight * fused / point, np.float32)
