"""Where alarms begin in hours of evidence, as the detector's own evaluation counts them."""

import numpy as np
from numpy.typing import NDArray

from monitoring.detection import evaluation

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


def begins(evidence: Floats, point: NDArray[np.floating] | float) -> Flags:
    """(H, T): hours in which an episode above `point` (one for all, or (H,)) begins.

    `evidence` (H, T), NaN = nothing received, which never is an alarm. After an episode the next
    can begin when twelve hours were not above the point. The first hour is armed: give some days
    before those that are counted.
    """
    level = np.broadcast_to(np.asarray(point, np.float32), (len(evidence),))
    return evaluation.beginnings(evidence - level[:, None], 0.0)
