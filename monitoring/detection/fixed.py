"""Fixed limits, for people of whom too little is known yet to judge by their own habits.

24, 36 or 48 hours without any sign of life, by risk group: the limits that Korean services publish
(24-72 h). They see late and are often wrong; they stand in until fourteen days have been learned.
"""

import numpy as np
from numpy.typing import NDArray

from monitoring.detection.signals import Floats

LIMIT_HOURS: dict[str, float] = {"high": 24.0, "medium": 36.0, "low": 48.0, "general": 48.0}
RED_FACTOR = 1.5  # a human at once when the limit is exceeded by half again


def silent_hours(
    evidence: Floats,
    signs: NDArray[np.bool_],
    held: NDArray[np.bool_],
    restart: NDArray[np.bool_],
) -> Floats:
    """(H,) hours received since the last sign of life or confirmation.

    Hours that were not received, and hours of a planned absence, do not count as silence.
    All arrays are (H, T); `evidence` is NaN where nothing was received.
    """
    hours = evidence.shape[1]
    life = signs | restart
    last = np.where(life.any(axis=1), hours - 1 - life[:, ::-1].argmax(axis=1), -1)
    after = np.arange(hours)[None, :] > last[:, None]
    return np.asarray((np.isfinite(evidence) & ~held & after).sum(axis=1), float)
