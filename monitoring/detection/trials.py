"""Clean history, judged as it was and with collapses put into it: what the trees learn from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.detection import inject
from monitoring.detection.hot import from_rows
from monitoring.detection.inputs import LEARN_DAYS, POWER, Flags, Floats
from monitoring.detection.nightly import WARM_UP_DAYS, nights

BEFORE_DAYS, AFTER_DAYS = 1, 5  # judged around the day of an injected collapse
EVERY_DAYS = 6  # between the days on which collapses are injected
HOURS_AFTER = 96


@dataclass(frozen=True)
class Windows:
    """Clean history (5, H, D, 24) of homes that share their days; `free` (D,)."""

    history: Floats
    free: Flags

    @property
    def days(self) -> int:
        return int(self.history.shape[2])


@dataclass(frozen=True)
class Judged:
    """Hours as the trees see them; `onset` (H,) counts in them, -1 = nothing happened."""

    features: Floats  # (T, H, F)
    judged: Flags  # (T, H)
    fused: Floats  # (T, H)
    onset: NDArray[np.intp]
    kinds: Sequence[str]


@dataclass(frozen=True)
class Pass:
    """Homes seen through some of their inputs: as they lived, and with collapses."""

    clean: Judged
    collapses: list[Judged]


def run(
    windows: Windows,
    modes: Sequence[str],
    kinds: Sequence[str],
    rng: np.random.Generator,
    *,
    shift: int,
    batteries: bool,
) -> Pass:
    """Judge every home by the inputs its mode leaves, then again with collapses.

    Collapses begin at random hours of every EVERY_DAYS-th day from the first judged day + `shift`.
    `batteries`: devices also die in homes in which nothing happened.
    """
    hidden = _hidden(windows, modes, batteries, rng)
    shape = windows.history.shape
    history = hidden.reshape(shape)
    kept: list[tuple[Floats, Flags, Floats]] = []
    hot = {}
    for night in nights(history, windows.free, LEARN_DAYS - WARM_UP_DAYS):
        hot[night.day + 1] = from_rows(night.done.rows)
        if night.day >= LEARN_DAYS and night.done.features is not None:
            kept.append((night.done.features, night.done.judged, night.done.fused))
    homes = shape[1]
    clean = _judged(kept, np.full(homes, -1), [""] * homes)
    collapses = []
    for day in range(LEARN_DAYS + 1 + shift, windows.days - AFTER_DAYS, EVERY_DAYS):
        chosen = [str(kind) for kind in rng.choice(list(kinds), homes)]
        onset = np.asarray(day * 24 + rng.integers(0, 24, homes), np.intp)
        begun = [inject.Collapse(kind, int(hour)) for kind, hour in zip(chosen, onset, strict=True)]
        altered = inject.inject(hidden, begun, rng, hours=AFTER_DAYS * 24).reshape(shape)
        first = day - BEFORE_DAYS
        part = [
            (night.done.features, night.done.judged, night.done.fused)
            for night in nights(altered, windows.free, first, day + AFTER_DAYS, hot=hot[first])
            if night.done.features is not None
        ]
        collapses.append(_judged(part, onset - first * 24, chosen))
    return Pass(clean, collapses)


def _hidden(
    windows: Windows, modes: Sequence[str], batteries: bool, rng: np.random.Generator
) -> Floats:
    """(5, H, T) of which each home keeps the inputs of its mode."""
    found = windows.history.reshape(*windows.history.shape[:2], -1).copy()
    for home, mode in enumerate(modes):
        inject.hide(found[:, home], mode, rng)
        if batteries:
            inject.flat_batteries(found[:, home], LEARN_DAYS * 24, rng)
    return found


def _judged(
    parts: list[tuple[Floats, Flags, Floats]], onset: NDArray[np.intp], kinds: Sequence[str]
) -> Judged:
    features, judged, fused = (np.concatenate(values) for values in zip(*parts, strict=True))
    return Judged(features, judged, fused, onset, kinds)


def look_alikes(windows: Windows) -> NDArray[np.intp]:
    """(H,) group of each window: each with its nearest neighbour, so that several windows of one
    home are never split between learning and testing."""
    power = windows.history[POWER].reshape(windows.history.shape[1], -1)
    shares = np.nanquantile(power, [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97], axis=1).T
    profile = np.nanmedian(windows.history[POWER], axis=1)
    marks = np.nan_to_num(np.hstack([np.log(shares + 0.01), 0.5 * np.log(profile + 0.02)]))
    # |a - b|^2 by products: the plain difference of 600 homes would be 90 MB.
    square = (marks**2).sum(axis=1)
    apart = square[:, None] + square - 2 * marks @ marks.T
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    group = np.arange(len(power))
    while True:
        joined = np.minimum(group, group[nearest])
        np.minimum.at(joined, nearest, joined.copy())
        if np.array_equal(joined, group):
            return group
        group = joined
