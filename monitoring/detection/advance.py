"""From hour to hour: sums become evidence by the trees, slowly up and at once down."""

from typing import NamedTuple

import numpy as np

from monitoring.detection.accumulate import Accumulated, accumulate
from monitoring.detection.hot import ROWS, SMOOTH_HOURS, from_rows
from monitoring.detection.inputs import Flags, Floats
from monitoring.detection.model import Model


class Advanced(NamedTuple):
    """Evidence after each hour, and the accumulators after the last."""

    evidence: Floats  # (H, T) mean log-odds of six judged hours; the fused sum without a model
    fused: Floats  # (H, T)
    silent: Floats  # (H, T) received hours since the last sign of any source; 0 with a sign
    beside: Floats | None  # (H, T) evidence by the second model
    hot: np.ndarray  # HOT (H,)
    judged: Flags  # (H, T) something came; while an absence holds the home: somebody acted


def advance(
    hot: np.ndarray,
    habits: np.ndarray,
    hours: Floats,
    *,
    first_hour: int,
    free: Flags,
    held: Flags | None = None,
    seen: Flags | None = None,
    model: Model | None = None,
    beside: Model | None = None,
) -> Advanced:
    """Judge `hours` (5 inputs, H, T) that follow on `hot` HOT (H,), by `habits` HABITS (H,).

    `first_hour` 0-23 of the first of them, `free` (T,) its day is a weekend or holiday, `held`
    (H, T) planned absence, which adds nothing unless somebody acts, `seen` (H, T) a human saw or
    heard the person in that hour: everything begins again after it. `beside`: a candidate that
    judges the same hours and changes nothing. Hours of which nothing came repeat the evidence
    before them. `hot` stays as it is; T hours at once or one by one give the same bits.
    """
    done = accumulate(
        hot,
        habits,
        hours,
        first_hour=first_hour,
        free=free,
        held=held,
        seen=seen,
        with_features=model is not None or beside is not None,
    )
    rows, evidence = done.rows, done.fused
    if model is not None and done.features is not None:
        evidence = _smoothed(done, done.features, model, "odds", rows[ROWS["evidence"]][0])
    second = _beside(done, beside)
    _keep(rows, evidence, done.fused, first_hour)
    return Advanced(
        np.ascontiguousarray(evidence.T),
        np.ascontiguousarray(done.fused.T),
        np.ascontiguousarray(done.silent.T),
        None if second is None else np.ascontiguousarray(second.T),
        from_rows(rows),
        done.judged.T,
    )


def _beside(done: Accumulated, beside: Model | None) -> Floats | None:
    """(T, H) evidence by a candidate; where nothing is judged it repeats what it said last, which
    its own ring knows."""
    ring = done.rows[ROWS["odds_beside"]]
    if beside is None or done.features is None:
        ring[:] = np.nan
        return None
    return _smoothed(done, done.features, beside, "odds_beside", _mean(ring))


def _smoothed(done: Accumulated, table: Floats, model: Model, ring: str, last: Floats) -> Floats:
    """(T, H) evidence by the trees; the log-odds in `ring` of `done.rows` are carried along."""
    return smooth(
        model.predict(table.reshape(-1, table.shape[2])).reshape(done.judged.shape),
        done.judged,
        seen=done.seen,
        ring=done.rows[ROWS[ring]],
        last=last,
    )


def _mean(ring: Floats) -> Floats:
    """(H,) what a ring (6, H) says: its mean, or its latest where that is lower; 0 when empty."""
    filled = np.isfinite(ring)
    mean = np.where(filled, ring, 0).sum(axis=0) / np.maximum(filled.sum(axis=0), 1)
    return np.asarray(np.fmin(mean, ring[0]), np.float32)


def smooth(
    odds: Floats,
    judged: Flags,
    *,
    seen: Flags | None = None,
    ring: Floats | None = None,
    last: Floats | None = None,
) -> Floats:
    """(T, H) mean of the last six judged hours of `odds` (T, H), or the latest where that is lower.

    Rising takes several hours, falling one: life shows at once. Hours that were not judged repeat
    the evidence before them; after `seen` the mean begins again. `ring` (6, H), latest first, and
    `last` (H,) continue an earlier call and are changed in place.
    """
    homes = odds.shape[1]
    ring = np.full((SMOOTH_HOURS, homes), np.nan, np.float32) if ring is None else ring
    last = np.full(homes, np.nan, np.float32) if last is None else last
    found = np.empty(odds.shape, np.float32)
    for t, push in enumerate(judged):
        if seen is not None and seen[t].any():
            ring[:, seen[t]] = np.nan
            push = push | seen[t]
        ring[1:] = np.where(push, ring[:-1], ring[1:])
        ring[0] = np.where(push, odds[t], ring[0])
        filled = np.isfinite(ring)
        mean = np.where(filled, ring, 0).sum(axis=0) / np.maximum(filled.sum(axis=0), 1)
        last[:] = np.where(push, np.minimum(mean, ring[0]), last)
        found[t] = last
    return found


def _keep(rows: Floats, evidence: Floats, fused: Floats, first_hour: int) -> None:
    """The last 24 hours into the rings."""
    for t in range(max(0, len(evidence) - 24), len(evidence)):
        hour = (first_hour + t) % 24
        rows[ROWS["ring_evidence"].start + hour] = evidence[t]
    if len(evidence):
        rows[ROWS["evidence"]] = evidence[-1]
        rows[ROWS["fused"]] = fused[-1]
