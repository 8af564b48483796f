"""Readings of made-up people for benchmarks: enough of them to differ, repeated to any number."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from monitoring import copying, hours
from monitoring.models import Metric
from monitoring.partitions import ensure_partitions

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

POOL = 400
"""Different people; home n lives like person n % POOL."""
METRICS: tuple[str, ...] = tuple(
    metric.value
    for metric in (
        Metric.POWER,
        Metric.CALLS_OUT,
        Metric.SMS_OUT,
        Metric.UNLOCK,
        Metric.SCREEN_ON,
        Metric.STEPS,
    )
)


def metrics(days: int, *, seed: int = 1) -> Floats:
    """(6 metrics, POOL, days, 24): people who rise, eat, telephone and sleep at their own hours."""
    rng = np.random.default_rng(seed)
    shape = (POOL, days, 24)
    clock = np.arange(24)
    rises, sleeps = rng.integers(5, 9, POOL), rng.integers(20, 24, POOL)
    awake = (clock >= rises[:, None]) & (clock < sleeps[:, None])
    acts = (rng.random(shape) < rng.uniform(0.3, 0.8, (POOL, 1, 1))) & awake[:, None, :]
    out = rng.random((POOL, days, 1)) < 0.01  # a day away now and then
    acts &= ~out
    found = np.empty((len(METRICS), *shape), np.float32)
    fridge = 0.05 + 0.03 * ((clock + rng.integers(0, 24, (POOL, days, 1))) % 3 == 0)
    found[0] = fridge + 0.01 * rng.random(shape) + acts * rng.gamma(2.0, 0.25, shape)
    for place, share in ((1, 0.2), (2, 0.1), (3, 0.7), (4, 0.5)):
        found[place] = acts * (rng.random(shape) < share) * rng.integers(1, 5, shape)
    found[5] = acts * (rng.random(shape) < 0.6) * rng.integers(20, 900, shape)
    found[:, rng.random(shape) < 0.002] = np.nan
    return found


def as_inputs(found: Floats) -> Floats:
    """(5 inputs, POOL, days, 24) of `metrics`."""
    line, app = found[1] + found[2], found[3] + found[4]
    return np.stack([found[0], line + app, line, app, found[5]])


_ROW_OF = {
    metric: copying.row(
        ("day", ">i4"), ("household", ">i8"), ("metric", f"S{len(metric)}"), ("values", ("<f4", 24))
    )
    for metric in METRICS
}


def store(ids: Ints, found: Floats, first: date) -> int:
    """Writes `found` (6, POOL, days, 24) for these homes from the day `first` on; returns rows."""
    days = found.shape[2]
    last = hours.day_of(hours.number_of(first) + days - 1)
    ensure_partitions(first, last)
    for nth in range(days):
        for place, metric in enumerate(METRICS):
            filled = copying.rows(_ROW_OF[metric], len(ids))
            filled["day"] = copying.as_day(first) + nth
            filled["household"], filled["metric"] = ids, metric.encode()
            filled["values"] = found[place, np.arange(len(ids)) % POOL, nth]
            copying.write(
                "monitoring_signalday", ("day", "household_id", "metric", "values"), filled
            )
    return days * len(METRICS) * len(ids)
