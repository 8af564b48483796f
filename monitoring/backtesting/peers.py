"""What one could take off the shelf, on the same file: outlier libraries, each used as it is meant.

They come with `pip install -r requirements-bench.txt` and are never needed by the portal. Every one
is causal: it is fitted on a home's learning days and scores each later hour by the 24 hours before
it. Missing hours are filled with the home's usual value of that hour, which is kind to the peers:
they know nothing of "not received".
"""

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.backtesting.files import BadFile
from monitoring.backtesting.run import Judged
from monitoring.detection.inputs import PHONE, POWER, STEPS, Floats

WINDOW = 24
FIT_EVERY = 3  # hours between the windows that are fitted on
SEED = 1

Matrix = NDArray[np.float64]


def _library(name: str) -> Any:
    """Import it now, or say in one line how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise BadFile(
            f"{package} is not installed: pip install -r requirements-bench.txt"
        ) from None


def scored(judged: list[Judged]) -> dict[str, list[Floats]]:
    """Evidence (H, T) per group of each peer, by its name. Raises BadFile where one is missing."""
    ecod = _library("pyod.models.ecod").ECOD
    forest = _library("pyod.models.iforest").IForest
    stumpy = _library("stumpy")
    trees = _library("river.anomaly").HalfSpaceTrees
    peers: dict[str, Callable[[Matrix, int], Matrix]] = {
        "PyOD ECOD, last 24 h": lambda hours, first: _fitted(ecod(), hours, first),
        "PyOD IsolationForest, last 24 h": lambda hours, first: _fitted(
            forest(n_estimators=50, random_state=SEED), hours, first
        ),
        "STUMPY discord, last 24 h of power": lambda hours, first: _discord(stumpy, hours, first),
        "river HalfSpaceTrees": lambda hours, first: _stream(trees, hours, first),
    }
    return {name: [_group(group, score) for group in judged] for name, score in peers.items()}


def _group(group: Judged, score: Callable[[Matrix, int], Matrix]) -> Floats:
    """Each home by itself; (H, T) of the hours after the learning days."""
    first = group.learn_days * 24
    homes = len(group.signals.ids)
    history = group.signals.history[[POWER, PHONE, STEPS]].reshape(3, homes, -1)
    return np.stack([_home(history[:, home], first, score) for home in range(homes)])


def _home(history: Floats, first: int, score: Callable[[Matrix, int], Matrix]) -> Floats:
    known = np.isfinite(history[:, :first]).any(axis=1)
    if not known.any():
        return np.full(history.shape[1] - first, np.nan, np.float32)
    hours = np.log1p(_filled(history[known].astype(float), first))
    return np.asarray(score(hours, first), np.float32)


def _filled(history: Matrix, first: int) -> Matrix:
    """Missing hours as the mean of their hour of the day in the learning days."""
    hour = np.arange(history.shape[1]) % 24
    for values in history:
        learned = values[:first]
        usual = np.array([_mean(learned[hour[:first] == h]) for h in range(24)])
        np.copyto(values, usual[hour], where=np.isnan(values))
    return history


def _mean(values: Matrix) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0


def _windows(hours: Matrix, first: int, last: int, step: int) -> Matrix:
    """(N, inputs x 4): the last 24 hours, in quarters of a day, before every `step`-th hour."""
    total = np.pad(np.cumsum(hours, axis=1), ((0, 0), (1, 0)))
    ends = np.arange(max(first, WINDOW), last + 1, step)
    quarters = [total[:, ends - at] - total[:, ends - at - 6] for at in (0, 6, 12, 18)]
    return np.concatenate(quarters).T


def _fitted(detector: Any, hours: Matrix, first: int) -> Matrix:
    """Fitted on the learning days; the score of the 24 hours that end with each later hour."""
    detector.fit(_windows(hours, WINDOW, first, FIT_EVERY))
    return np.asarray(detector.decision_function(_windows(hours, first + 1, hours.shape[1], 1)))


def _discord(stumpy: Any, hours: Matrix, first: int) -> Matrix:
    """Distance of the last 24 hours to the most similar 24 hours of the learning days."""
    series = np.ascontiguousarray(hours[0])
    profile = stumpy.stump(
        series[first + 1 - WINDOW :], WINDOW, T_B=series[:first], ignore_trivial=False
    )
    return np.asarray(profile[:, 0], float)


def _stream(trees: Any, hours: Matrix, first: int) -> Matrix:
    """Learns and scores hour after hour, on the mean of the last six."""
    top = np.maximum(hours[:, :first].max(axis=1), 1e-9)
    level = np.minimum(hours / top[:, None], 1.0)
    total = np.pad(np.cumsum(level, axis=1), ((0, 0), (1, 0)))
    recent = (total[:, 6:] - total[:, :-6]) / 6
    limits = {str(i): (0.0, 1.0) for i in range(len(hours))}
    model = trees(n_trees=10, height=6, window_size=168, limits=limits, seed=SEED)
    found = []
    for at in range(recent.shape[1]):
        row = {str(i): float(value) for i, value in enumerate(recent[:, at])}
        row["clock"] = 0.5 + 0.5 * math.cos(2 * math.pi * at / 24)
        if at + 6 > first:
            found.append(model.score_one(row))
        model.learn_one(row)
    return np.array(found)
