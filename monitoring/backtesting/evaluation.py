"""How soon collapses are noticed, and how often nobody had collapsed. Pure NumPy.

An episode is a run of hours with evidence above the threshold; a new one can begin only after 12
consecutive hours at or below it. A false alarm is an episode that begins in a home without an
incident or before it. Delay: from the incident to the end of the hour in which the first new
episode begins; none within 96 hours counts as missed, with 96 hours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUDGETS = (2.7, 1.0, 0.32, 0.1)  # false alarms per household-month
HORIZON = 96
REARM = 12
MONTH = 720  # hours
GRID = 300
_PART = 60
SLOW = "slow_fade"  # another index watches this kind; its hours are left out here

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """`evidence` (H, T), NaN or -inf = no statement; `onset` (H,) hour of the incident or -1."""

    evidence: Floats
    onset: NDArray[np.intp]
    kinds: list[str]

    @property
    def exposure(self) -> Flags:
        """(H, T): hours in which an alarm would be a false one."""
        hours = np.arange(self.evidence.shape[1])
        before = (self.onset[:, None] < 0) | (hours < self.onset[:, None])
        return before & (np.array(self.kinds) != SLOW)[:, None]


def beginnings(evidence: Floats, threshold: float) -> Flags:
    """(H, T): hours in which an episode begins."""
    above = evidence > threshold
    low = np.full(len(evidence), REARM)
    begins = np.zeros(evidence.shape, bool)
    for hour in range(evidence.shape[1]):
        begins[:, hour] = above[:, hour] & (low >= REARM)
        low = np.where(above[:, hour], 0, low + 1)
    return begins


def false_alarm_rates(trial: Trial, thresholds: Floats) -> Floats:
    """False alarms per household-month at each threshold."""
    exposure = trial.exposure
    months = exposure.sum() / MONTH
    rates = []
    for part in np.split(thresholds, range(_PART, len(thresholds), _PART)):
        low = np.full((len(trial.evidence), len(part)), REARM, np.int32)
        count = np.zeros(len(part))
        for hour in range(trial.evidence.shape[1]):
            above = trial.evidence[:, hour, None] > part
            count += (above & (low >= REARM) & exposure[:, hour, None]).sum(axis=0)
            low = np.where(above, 0, low + 1)
        rates.append(count / months)
    return np.concatenate(rates)


def threshold_grid(trial: Trial) -> Floats:
    """Thresholds from the loudest to the most careful, closer together at the careful end."""
    known = trial.evidence[trial.exposure & np.isfinite(trial.evidence)]
    if not len(known):
        return np.empty(0)
    shares = 1 - np.concatenate([[0.0], np.logspace(-5, -0.1, GRID)])
    return np.unique(np.quantile(known, shares, method="higher"))


def threshold_for(grid: Floats, rates: Floats, budget: float) -> float:
    """The smallest threshold that keeps within the budget, as do all higher ones."""
    over = np.flatnonzero(rates > budget)
    first = int(over[-1]) + 1 if len(over) else 0
    return float(grid[min(first, len(grid) - 1)])


def delays(trial: Trial, threshold: float) -> Floats:
    """Hours for every collapse (slow fades left out); HORIZON where it was missed."""
    begins = beginnings(trial.evidence, threshold)
    found = []
    for home in np.flatnonzero(trial.onset >= 0):
        if trial.kinds[home] == SLOW:
            continue
        onset = int(trial.onset[home])
        after = np.flatnonzero(begins[home, onset : onset + HORIZON])
        found.append(min(int(after[0]) + 1, HORIZON) if len(after) else HORIZON)
    return np.array(found, float)


def operating_points(trial: Trial) -> list[dict[str, float]]:
    """One row per budget: threshold, rate, and with incidents median, p90 and share missed."""
    grid = threshold_grid(trial)
    if not len(grid):
        return []
    rates = false_alarm_rates(trial, grid)
    return [
        {"budget": budget} | at(trial, threshold_for(grid, rates, budget)) for budget in BUDGETS
    ]


def at(trial: Trial, threshold: float) -> dict[str, float]:
    """One operating point: false alarms per household-month and, with incidents, the delays."""
    rate = float(false_alarm_rates(trial, np.array([threshold]))[0])
    row = {"threshold": round(threshold, 3), "false_alarms": round(rate, 4)}
    late = delays(trial, threshold)
    if len(late):
        row |= {
            "collapses": len(late),
            "median_h": float(np.median(late)),
            "p90_h": float(np.quantile(late, 0.9, method="higher")),
            "missed": round(float((late >= HORIZON).mean()), 4),
        }
    return row


def curve(trial: Trial, points: int = 40) -> list[tuple[float, float]]:
    """(false alarms per household-month, median delay in hours), the careful end first."""
    grid = threshold_grid(trial)
    if not len(grid) or not (trial.onset >= 0).any():
        return []
    chosen = grid[np.unique(np.linspace(0, len(grid) - 1, points).astype(int))]
    rates = false_alarm_rates(trial, chosen)
    return [
        (float(rate), float(np.median(delays(trial, float(threshold)))))
        for threshold, rate in zip(chosen[::-1], rates[::-1], strict=True)
        if 0.01 <= rate <= 20
    ]
