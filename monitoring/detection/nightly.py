"""The detector over a history as it would have run: habits every night, then the day's hours."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from monitoring.detection.accumulate import Accumulated, accumulate
from monitoring.detection.habits import learn
from monitoring.detection.hot import fresh, from_rows
from monitoring.detection.inputs import LEARN_DAYS, Flags, Floats

WARM_UP_DAYS = 14  # judged but not reported, so that the first sums have a past


class Night(NamedTuple):
    """One judged day: the habits it was judged by, and what it added."""

    day: int
    habits: np.ndarray
    done: Accumulated


def nights(
    history: Floats,
    free: Flags,
    first: int,
    last: int | None = None,
    *,
    hot: np.ndarray | None = None,
    with_features: bool = True,
) -> Iterator[Night]:
    """Days `first`..`last` of `history` (5, H, D, 24), each judged by the 60 days before it.

    Causal: what a day yields depends on no later one.
    """
    homes, days = history.shape[1:3]
    hot = fresh(homes) if hot is None else hot
    for day in range(first, days if last is None else last):
        begin = max(0, day - LEARN_DAYS)
        habits = learn(history[:, :, begin:day], free[begin:day])
        done = accumulate(
            hot,
            habits,
            history[:, :, day],
            first_hour=0,
            free=np.full(24, free[day]),
            held=None,
            seen=None,
            with_features=with_features,
        )
        yield Night(day, habits, done)
        hot = from_rows(done.rows)
