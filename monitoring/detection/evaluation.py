"""How soon collapses are noticed, and how often nobody had collapsed. Pure NumPy.

An episode is a run of hours with evidence above the threshold; a new one can begin only after 12
consecutive hours at or below it. A false alarm is an episode that begins in a home without an
incident or before it. Delay: from the incident to the end of the hour in which the first new
episode begins; none within 96 hours counts as missed, with 96 hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.detection.inputs import Flags

BUDGETS = (2.7, 1.0, 0.32, 0.1)  # false alarms per household-month
HORIZON = 96
REARM = 12
MONTH = 720  # hours
GRID = 300
_PART = 60
SLOW = "slow_fade"  # another index watches this kind; its hours are left out here

Scores = NDArray[np.floating]


@dataclass(frozen=True)
class Trial:
    """`evidence` (H, T), NaN = no statement; `onset` (H,) hour of the incident or -1.

    `part` (H, T): hours that belong to the trial at all (homes may begin on different days).
    """

    evidence: Scores
    onset: NDArray[np.intp]
    kinds: Sequence[str]
    part: Flags | None = None

    @classmethod
    def clean(cls, evidence: Scores) -> "Trial":
        """Homes in which nothing happened."""
        homes = len(evidence)
        return cls(evidence, np.full(homes, -1), [""] * homes)

    @property
    def exposure(self) -> Flags:
        """(H, T): hours in which an alarm would be a false one."""
        hours = np.arange(self.evidence.shape[1])
        before = (self.onset[:, None] < 0) | (hours < self.onset[:, None])
        exposed = before & (np.array(self.kinds) != SLOW)[:, None]
        return exposed if self.part is None else exposed & self.part


def beginnings(evidence: Scores, threshold: float) -> Flags:
    """(H, T): hours in which an episode begins."""
    above = evidence > threshold
    low = np.full(len(evidence), REARM)
    begins = np.zeros(evidence.shape, bool)
    for hour in range(evidence.shape[1]):
        begins[:, hour] = above[:, hour] & (low >= REARM)
        low = np.where(above[:, hour], 0, low + 1)
    return begins


def false_alarm_rates(trial: Trial, thresholds: Scores) -> Scores:
    """False alarms per household-month at each threshold."""
    exposure = trial.exposure
    months = max(exposure.sum(), 1) / MONTH
    rates = []
    for part in np.split(thresholds, range(_PART, len(thresholds), _PART)):
        low = np.full((len(trial.evidence), len(part)), REARM, np.int16)
        count = np.zeros(len(part))
        for hour in range(trial.evidence.shape[1]):
            above = trial.evidence[:, hour, None] > part
            count += (above & (low >= REARM) & exposure[:, hour, None]).sum(axis=0)
            low = np.where(above, 0, np.minimum(low + 1, REARM)).astype(np.int16)
        rates.append(count / months)
    return np.concatenate(rates)


def threshold_grid(trial: Trial) -> Scores:
    """Thresholds from the loudest to the most careful, closer together at the careful end."""
    known = trial.evidence[trial.exposure & np.isfinite(trial.evidence)]
    if not len(known):
        return np.empty(0)
    shares = 1 - np.concatenate([[0.0], np.logspace(-5, -0.1, GRID)])
    return np.unique(np.quantile(known, shares, method="higher"))


def threshold_for(grid: Scores, rates: Scores, budget: float) -> float:
    """The smallest threshold that keeps within the budget, as do all higher ones."""
    over = np.flatnonzero(rates > budget)
    first = int(over[-1]) + 1 if len(over) else 0
    return float(grid[min(first, len(grid) - 1)])


def delays(trial: Trial, threshold: float) -> Scores:
    """Hours for every collapse (slow fades left out), in the order of the homes."""
    begins = beginnings(trial.evidence, threshold)
    found = []
    for home in collapsed(trial):
        onset = int(trial.onset[home])
        after = np.flatnonzero(begins[home, onset : onset + HORIZON])
        found.append(min(int(after[0]) + 1, HORIZON) if len(after) else HORIZON)
    return np.array(found, float)


def collapsed(trial: Trial) -> NDArray[np.intp]:
    """The homes with a sudden collapse."""
    return np.flatnonzero((trial.onset >= 0) & (np.array(trial.kinds) != SLOW))


def figures(late: Scores) -> dict[str, float]:
    """Median, 90 % quantile (the higher of two) and share missed of some delays."""
    return {
        "collapses": len(late),
        "median_h": float(np.median(late)),
        "p90_h": float(np.quantile(late, 0.9, method="higher")),
        "missed": round(float((late >= HORIZON).mean()), 4),
    }


def at(trial: Trial, threshold: float) -> dict[str, object]:
    """One operating point: false alarms per household-month and, with incidents, the delays."""
    rate = float(false_alarm_rates(trial, np.array([threshold]))[0])
    row: dict[str, object] = {"threshold": round(threshold, 4), "false_alarms": round(rate, 4)}
    late = delays(trial, threshold)
    if len(late):
        row |= figures(late)
        kinds = np.array([trial.kinds[home] for home in collapsed(trial)])
        row["kinds"] = {str(kind): figures(late[kinds == kind]) for kind in np.unique(kinds)}
    return row


def operating_points(trial: Trial) -> list[dict[str, object]]:
    """One row per budget: threshold, rate, and with incidents median, p90 and share missed."""
    grid = threshold_grid(trial)
    if not len(grid):
        return []
    rates = false_alarm_rates(trial, grid)
    return [
        {"budget": budget} | at(trial, threshold_for(grid, rates, budget)) for budget in BUDGETS
    ]


def calibration(trial: Trial, rarest: float = 0.02, oftenest: float = 10.0) -> list[list[float]]:
    """Rows of (false alarms per household-month, threshold), rarest first."""
    grid = threshold_grid(trial)
    rates = false_alarm_rates(trial, grid)
    budgets = np.exp(np.linspace(np.log(rarest), np.log(oftenest), 28))
    return [
        [round(float(budget), 5), round(threshold_for(grid, rates, float(budget)), 5)]
        for budget in budgets
    ]


def curve(trial: Trial, points: int = 40) -> list[tuple[float, float]]:
    """(false alarms per household-month, median delay in hours), the careful end first."""
    grid = threshold_grid(trial)
    if not len(grid) or not len(collapsed(trial)):
        return []
    chosen = grid[np.unique(np.linspace(0, len(grid) - 1, points).astype(int))]
    rates = false_alarm_rates(trial, chosen)
    return [
        (float(rate), float(np.median(delays(trial, float(threshold)))))
        for threshold, rate in zip(chosen[::-1], rates[::-1], strict=True)
        if 0.01 <= rate <= 20
    ]
